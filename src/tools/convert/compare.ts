/** A new file read back: whether every point that it must hold is there, bit for bit. */
import { lastOfEach } from '../../archive/compressed-archive.js';
import { HIGH, LOW } from '../../bytes/double-bits.js';
import { loadMetadata } from '../../database/compressed-metadata.js';
import { fileSettings, openFile } from '../../database/open-file.js';
import { WhisperError } from '../../errors.js';
import type { ByteFile } from '../../file/byte-file.js';
import type { Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import type { PointRun, PointSink } from '../../format/point-run.js';

/**
 * @param points  for each archive those that it must hold, by rising time
 * @param now     Unix seconds: the time of the conversion
 * @throws WhisperError `WSP_CORRUPT` if the file holds others
 */
export function compare(
  file: ByteFile,
  points: readonly PointRun[],
  { to, now, dialect }: { readonly to: Format; readonly now: number; readonly dialect: Dialect },
): void {
  const wanted = points.map((run) => lastOfEach(run, 1));
  const isSame = to === 'compressed' ? compareBlocks(file, wanted) : compareRings(file, wanted, now, dialect);
  const archive = isSame.indexOf(false);
  if (archive === -1) return;
  throw new WhisperError('WSP_CORRUPT', {
    found: `archive ${archive} of the new file differs from the old one`,
    expected: `the same ${wanted[archive]!.length} points; the old file is as it was`,
  });
}

/** Whether each archive holds what it must. */
function compareBlocks(file: ByteFile, wanted: readonly PointRun[]): boolean[] {
  const { archives } = loadMetadata(file);
  return wanted.map((run, i) => {
    const expected = new Expectation(run);
    archives[i]!.ring.read(0, Number.POSITIVE_INFINITY, expected, false);
    return expected.isMet;
  });
}

/** Compares points with those that are expected, as they come. */
class Expectation implements PointSink {
  readonly #run: PointRun;
  #next = 0;
  #isSame = true;

  constructor(run: PointRun) {
    this.#run = run;
  }

  /** Whether all came that were expected, and no others. */
  get isMet(): boolean {
    return this.#isSame && this.#next === this.#run.length;
  }

  push(timestamp: number, high: number, low: number): void {
    const { timestamps, halves } = this.#run;
    const i = this.#next++;
    this.#isSame &&=
      timestamps[i] === timestamp && halves[2 * i + HIGH] === high && halves[2 * i + LOW] === low;
  }

  pushAll(timestamps: Float64Array, values: Float64Array, start: number, end: number): void {
    const next = this.#next + end - start;
    const given = { timestamps: timestamps.subarray(start, end), values: values.subarray(start, end) };
    const expected = this.#run.part(this.#next, next);
    this.#isSame &&= haveSameBits(given.timestamps, expected.timestamps);
    this.#isSame &&= haveSameBits(given.values, expected.values);
    this.#next = next;
  }
}

/** Whether each archive holds what it must; a standard file holds one NaN for all. */
function compareRings(file: ByteFile, wanted: readonly PointRun[], now: number, dialect: Dialect): boolean[] {
  const handle = {
    dialect,
    durable: 'none',
    clock: () => now,
    lock: undefined,
    isExclusive: true,
    late: 'discard',
  } as const;
  const made = openFile(file, fileSettings(handle, true));
  return wanted.map((run, archive) => {
    const { timestamps, values } = made.points(archive, { now });
    const expected = run.part(0, run.length);
    return (
      haveSameBits(timestamps, expected.timestamps) &&
      values.length === expected.length &&
      values.every((value, i) => Object.is(value, expected.values[i]))
    );
  });
}

function haveSameBits(a: Float64Array, b: Float64Array): boolean {
  return Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
