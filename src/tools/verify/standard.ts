/** Everything that is wrong with a standard file. */
import { slotOf } from '../../archive/ring.js';
import { LONGEST_PIECE } from '../../archive/standard-archive.js';
import { floorMod } from '../../bytes/integers.js';
import { readHeader } from '../../database/header.js';
import type { ByteFile } from '../../file/byte-file.js';
import { decodeTimestamp, POINT_SIZE } from '../../format/point.js';
import {
  ARCHIVE_INFO_SIZE,
  type ArchiveInfo,
  archiveEnd,
  METADATA_SIZE,
  type StandardHeader,
} from '../../format/standard-header.js';
import type { FindingCode, Findings } from './finding.js';
import { ANY_SIZE, checkLayout, checkRetentions, tryHeader, type VerifySettings } from './layout.js';

/** Runs of wrong slots that are told one by one; in a ring of noise every slot would be one. */
const MOST_RUNS = 100;

export function verifyStandard(file: ByteFile, findings: Findings, settings: VerifySettings): void {
  const fileSize = file.size();
  if (fileSize === 0) {
    findings.add('empty-file', 'the file is empty');
    return;
  }
  const header = tryHeader(findings, () => readHeader(file, settings.dialect, true, ANY_SIZE));
  if (header === undefined) return;
  checkHeader(findings, header, fileSize);
  if (!settings.deep) return;
  for (const [archive, info] of header.archives.entries()) {
    const ring = new RingCheck(findings, archive, info, settings.now);
    readSlots(file, info, fileSize, (slot, timestamp) => ring.look(slot, timestamp));
    ring.finish();
  }
}

function checkHeader(findings: Findings, header: StandardHeader, fileSize: number): void {
  const { archives, maxRetention, lastUpdate } = header;
  if (lastUpdate !== undefined) {
    findings.add('very-old-format', 'a time stands in place of the method, which is average', {
      offset: 0,
      timestamp: lastUpdate,
    });
  }
  const unordered = archives.findIndex(({ step }, i) => i > 0 && step <= archives[i - 1]!.step);
  if (unordered !== -1) {
    const { step } = archives[unordered]!;
    findings.add(
      'archive-order',
      `its step of ${step} s comes after one of ${archives[unordered - 1]!.step} s`,
      {
        archive: unordered,
      },
    );
  }
  checkRetentions(findings, [...archives.entries()]);
  const placed = archives.map((archive) => ({ ...archive, end: archiveEnd(archive) }));
  checkLayout(findings, placed, METADATA_SIZE + ARCHIVE_INFO_SIZE * archives.length, maxRetention, fileSize);
}

/** Gives the timestamp of every slot that is there, a piece of the ring at a time: a header may claim any size. */
function readSlots(
  file: ByteFile,
  { offset, points }: ArchiveInfo,
  fileSize: number,
  look: (slot: number, timestamp: number) => void,
): void {
  const there = Math.min(points, Math.floor(Math.max(0, fileSize - offset) / POINT_SIZE));
  const bytes = new Uint8Array(Math.min(there, LONGEST_PIECE) * POINT_SIZE);
  const view = new DataView(bytes.buffer);
  for (let start = 0; start < there; start += LONGEST_PIECE) {
    const count = Math.min(LONGEST_PIECE, there - start);
    const read = file.readAt(bytes, count * POINT_SIZE, offset + start * POINT_SIZE);
    for (let i = 0; i < Math.floor(read / POINT_SIZE); i++)
      look(start + i, decodeTimestamp(view, i * POINT_SIZE));
  }
}

/** What is wrong with a slot; of misplaced points also by how many slots. */
interface Fault {
  readonly code: FindingCode;
  readonly shift: number;
}

/** Slots with one fault, which follow one another but for empty ones. */
interface FaultyRun extends Fault {
  readonly slot: number;
  readonly timestamp: number;
  points: number;
  lastSlot: number;
}

/** Looks at the slots of one ring in their order. */
class RingCheck {
  readonly #findings: Findings;
  readonly #archive: number;
  readonly #ring: ArchiveInfo;
  readonly #now: number;
  /** Interval in slot 0; 0 if that is empty. */
  #base = 0;
  #run: FaultyRun | undefined;
  #runs = 0;
  /** Points of runs beyond {@link MOST_RUNS}. */
  #untold = new Map<FindingCode, number>();
  #future = 0;
  #latest = { slot: 0, timestamp: 0 };

  constructor(findings: Findings, archive: number, ring: ArchiveInfo, now: number) {
    this.#findings = findings;
    this.#archive = archive;
    this.#ring = ring;
    this.#now = now;
  }

  look(slot: number, timestamp: number): void {
    if (slot === 0) this.#base = timestamp;
    if (timestamp === 0) return;
    if (timestamp > this.#now) {
      this.#future++;
      if (timestamp > this.#latest.timestamp) this.#latest = { slot, timestamp };
    }
    const fault = this.#faultOf(slot, timestamp);
    const run = this.#run;
    if (fault !== undefined && fault.code === run?.code && fault.shift === run.shift) {
      run.points++;
      run.lastSlot = slot;
      return;
    }
    this.#tell();
    if (fault !== undefined) this.#run = { ...fault, slot, timestamp, points: 1, lastSlot: slot };
  }

  finish(): void {
    this.#tell();
    for (const [code, points] of this.#untold) {
      this.#findings.add(code, `${points} more points in slots further on`, {
        archive: this.#archive,
        points,
      });
    }
    if (this.#future === 0) return;
    const { slot, timestamp } = this.#latest;
    const which = this.#future === 1 ? 'a point lies' : `${this.#future} points lie`;
    this.#findings.add('future-points', `${which} after now, the latest ${timestamp - this.#now} s`, {
      ...this.#placeOf(slot),
      timestamp,
      points: this.#future,
    });
  }

  #faultOf(slot: number, timestamp: number): Fault | undefined {
    const { step, points } = this.#ring;
    if (timestamp % step !== 0) return { code: 'off-step-points', shift: 0 };
    if (this.#base === 0) return { code: 'missing-base', shift: 0 };
    const shift = floorMod(slotOf(this.#ring, this.#base, timestamp) - slot, points);
    return shift === 0 ? undefined : { code: 'misplaced-points', shift };
  }

  /** Tells the run that has ended. */
  #tell(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { code, slot, timestamp, points } = run;
    if (++this.#runs > MOST_RUNS) {
      this.#untold.set(code, (this.#untold.get(code) ?? 0) + points);
      return;
    }
    this.#findings.add(code, this.#describe(run), { ...this.#placeOf(slot), timestamp, points });
  }

  #describe({ code, shift, timestamp, points, lastSlot }: FaultyRun): string {
    const isOne = points === 1;
    const subject = isOne
      ? `the point of ${timestamp}`
      : `${points} points up to slot ${lastSlot}, the first of ${timestamp},`;
    switch (code) {
      case 'off-step-points':
        return `${subject} ${isOne ? 'is' : 'are'} off the step of ${this.#ring.step} s`;
      case 'missing-base':
        return `${subject} ${isOne ? 'is' : 'are'} there, but slot 0 is empty: the archive counts as never written`;
      default: {
        const distance = `${shift} ${shift === 1 ? 'slot' : 'slots'}`;
        return `${subject} ${isOne ? 'belongs' : 'belong'} ${distance} further on, counted from ${this.#base} in slot 0`;
      }
    }
  }

  #placeOf(slot: number): { archive: number; slot: number; offset: number } {
    return { archive: this.#archive, slot, offset: this.#ring.offset + slot * POINT_SIZE };
  }
}
