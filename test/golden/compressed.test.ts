import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Database,
  type Finding,
  type FindingCode,
  open,
  type Series,
  verify,
  WhisperError,
} from '../../src/index.js';
import { type Moment, Replay } from '../support/compressed-replay.js';
import {
  bitsOf,
  type CompressedCase,
  compressedCases,
  doubles,
  expandSeries,
  type FetchStep,
  type RecordedArchive,
  type RecordedInfo,
  type RecordedSeries,
} from '../support/compressed-vectors.js';
import { compressedInfo, pointsInBlocks, recordedInfo } from '../support/recorded-info.js';
import { differencesOf, ReferenceFile } from '../support/reference-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { gunzip, sha256 } from '../support/vectors.js';

const inFolder = temporaryFolder();
const rows = compressedCases();

/** Bytes a point with which no file grows. */
const ROOMY = 14;
/** What an end marker in an empty archive is as a time. */
const MARKER_TIME = 0xf000_0000;

describe('cases: a history of writes gives the bytes and the answers of go-whisper', () => {
  it.each(rows.map((row) => [titleOf(row) + differencesOf(row), row] as const))('%s', (_, row) => {
    const path = inFolder('history.wsp');
    using history = new Replay(row, path);
    // The same without growth, for archives that go-whisper damages by growing.
    using roomy = new Replay(row, inFolder('roomy.wsp'), { pointSize: ROOMY });
    const roomyMoments = row.tags.includes('bug:growth-marker') ? roomy.moments() : undefined;
    const damaged = damagedArchives(row.final.info);
    const reference = new ReferenceFile(row);
    const otherwise: Overrides = new Map();
    for (const moment of history.moments()) {
      const { step, sha } = moment;
      const { database } = history;
      roomyMoments?.next();
      reference.observe(database, moment);
      if (sha !== undefined) expectFile(history, reference, sha);
      if (step.op === 'fill' && row.tags.includes('bug:fill-percentile')) {
        for (const [archive, values] of samePercentiles(moment)) otherwise.set(archive, values);
      }
      if (step.op !== 'fetch') continue;
      const answer = fetched(database, step);
      if (isSeries(answer) && damaged.has(answer.archive) && reference.parting === 'damaged archive') {
        expect(answer).toEqual(fetched(roomy.database, step));
        expect(slotsThatDiffer(answer, step.result!).filter(({ expected }) => expected !== 'gap')).toEqual(
          [],
        );
      } else {
        expectAnswer(answer, step, otherwise);
      }
    }
    expectEnd(row, history.database, reference, roomy, otherwise);
    expect(damageIn(path)).toEqual([]);
  });
});

/** On the disk is what the handle says, and that is what was recorded once known differences are put in. */
function expectFile(history: Replay, reference: ReferenceFile, sha: string): void {
  expect(sha256(history.file)).toBe(sha256(history.database.toBytes()));
  if (reference.parting !== undefined) return;
  expect(sha256(reference.bytes(history.database)).slice(0, sha.length)).toBe(sha);
}

function expectEnd(
  row: CompressedCase,
  database: Database,
  reference: ReferenceFile,
  roomy: Replay,
  otherwise: Overrides,
): void {
  const { final } = row;
  const info = recordedInfo(database);
  expect(compressedInfo(database).isChecksumRight).toBe(true);
  if (reference.parting === undefined) {
    // The checksum is judged with the bytes.
    expect(info).toEqual({ ...final.info, crc32: info.crc32 });
    const bytes = reference.bytes(database);
    expect({ size: bytes.length, sha256: sha256(bytes) }).toEqual({ size: final.size, sha256: final.sha256 });
    return;
  }
  expect(settingsOf(info)).toEqual(settingsOf(final.info));
  using recorded = openRecorded(row);
  const damaged = damagedArchives(final.info);
  for (const [index, archive] of info.archives.entries()) {
    const content = contentOf(database, archive, index);
    if (damaged.has(index)) {
      expect(content).toEqual(
        contentOf(roomy.database, recordedInfo(roomy.database).archives[index]!, index),
      );
      continue;
    }
    const expected = final.info.archives[index]!;
    expect(content).toEqual(contentOf(recorded, expected, index, otherwise.get(index)));
    if (reference.parting === 'computed NaN') {
      if (!holdsNaN(content)) expect(archive).toEqual(expected);
      continue;
    }
    if (reference.parting === 'growth at the cap') expect(archive.extended).toBeLessThan(expected.extended);
    else expect(archive.extended).toBe(expected.extended);
    if (otherwise.has(index)) continue;
    // Growing for nothing moves blocks within the ring and changes none of them.
    if (archive.block_size === expected.block_size) expect(usedBlocks(archive)).toEqual(usedBlocks(expected));
  }
}

function settingsOf({ version, aggregation, max_retention, xff_bits, archive_count }: RecordedInfo) {
  return { version, aggregation, max_retention, xff_bits, archive_count };
}

/** What an archive holds, in whatever blocks, with some values of ours put in; all NaNs alike. */
function contentOf(
  database: Database,
  archive: RecordedArchive,
  index: number,
  otherwise?: ReadonlyMap<number, number>,
) {
  const inBlocks = pointsInBlocks(database, index).map(([timestamp, bits]) => {
    const ours = otherwise?.get(timestamp);
    return [timestamp, withoutNaNBits(ours === undefined ? bits : bitsOf(Float64Array.of(ours))[0]!)];
  });
  const { seconds_per_point, points, discarded, spec, buffer = [] } = archive;
  return {
    seconds_per_point,
    points,
    discarded,
    spec,
    buffer: buffer.map(([slot, timestamp, value]) => [slot, timestamp, withoutNaNBits(value)]),
    inBlocks,
  };
}

function holdsNaN({ buffer, inBlocks }: ReturnType<typeof contentOf>): boolean {
  return [...buffer, ...inBlocks].some((point) => point.at(-1) === 'NaN');
}

function withoutNaNBits(bits: string): string {
  return Number.isNaN(doubles([bits])[0]) ? 'NaN' : bits;
}

function usedBlocks({ blocks }: RecordedArchive) {
  return blocks.filter(({ start }) => start !== 0).toSorted((a, b) => a.start - b.start);
}

/** Archives of a recorded file in which an end marker was read as a point. */
function damagedArchives({ archives }: RecordedInfo): Set<number> {
  const indices = [...archives.keys()];
  return new Set(indices.filter((i) => archives[i]!.blocks.some(({ start }) => start === MARKER_TIME)));
}

type Answer = Series | null | string;

/** The series, null where there is none, or the code of a refusal. */
function fetched(database: Database, { from, until, now, spec }: FetchStep): Answer {
  try {
    return database.fetch(from, until, { now, ...(spec === undefined ? {} : { spec }) });
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
}

function isSeries(answer: Answer): answer is Series {
  return answer !== null && typeof answer !== 'string';
}

const CODES = { range: 'WSP_BAD_RANGE', spec: 'WSP_NO_SUCH_ARCHIVE' } as const;

/** Values that ours has in an archive at some times in place of those recorded. */
type Overrides = Map<number, ReadonlyMap<number, number>>;

function expectAnswer(answer: Answer, step: FetchStep, otherwise: Overrides = new Map()): void {
  if (step.error !== undefined) {
    expect(answer).toBe(CODES[step.error]);
    return;
  }
  if (!step.result) {
    expect(answer).toBeNull();
    return;
  }
  if (!isSeries(answer)) throw new Error(`no series but ${answer}`);
  const { from, until, step: seconds, count } = step.result;
  expect({ from: answer.from, until: answer.until, step: answer.step, count: answer.length }).toEqual({
    from,
    until,
    step: seconds,
    count,
  });
  expect(slotsThatDiffer(answer, step.result, otherwise.get(answer.archive))).toEqual([]);
}

/** The NaN with which go-whisper fills gaps; a stored one is a gap to it. */
const GAP = '7ff8000000000001';

/** Slots with another value or gap; NaN is as good as NaN, 0 is not −0. */
function slotsThatDiffer(series: Series, recorded: RecordedSeries, otherwise?: ReadonlyMap<number, number>) {
  const { values, known } = expandSeries(recorded);
  const bits = bitsOf(series.values);
  const slots = [];
  for (let slot = 0; slot < recorded.count; slot++) {
    const timestamp = recorded.from + slot * recorded.step;
    const value = otherwise?.get(timestamp) ?? values[slot]!;
    const isKnown = series.known[slot] === 1 && !(known[slot] === 0 && bits[slot] === GAP);
    const isSame = isKnown === (known[slot] === 1) && Object.is(series.values[slot], value);
    if (isSame) continue;
    slots.push({
      slot,
      timestamp,
      found: series.known[slot] === 1 ? series.values[slot] : 'gap',
      expected: known[slot] === 1 ? value : 'gap',
    });
  }
  return slots;
}

/**
 * What a fill takes from the source's archives of the same percentile, where go-whisper takes the source's last
 * percentile for all: by archive and time.
 */
function samePercentiles({ step, before }: Moment): Overrides {
  if (step.op !== 'fill' || before === undefined) throw new Error('not a fill');
  const { now } = step;
  using target = open(before, { dialect: 'go' });
  using source = open(gunzip(step.source), { dialect: 'go' });
  const sources = compressedInfo(source).archives;
  const taken: Overrides = new Map();
  for (const [archive, { retention, step, spec }] of compressedInfo(target).archives.entries()) {
    const from = sources.findIndex((other) => other.step === step && other.spec?.name === spec?.name);
    if (spec?.method !== 'percentile' || from === -1) continue;
    const kept = target.fetch(now - retention, now, { now, archive });
    const offered = source.fetch(now - retention, now, { now, archive: from });
    const stays = new Set([...(kept?.knownPoints() ?? [])].map(([timestamp]) => timestamp));
    const filled = [...(offered?.knownPoints() ?? [])].filter(([timestamp]) => !stays.has(timestamp));
    taken.set(archive, new Map(filled));
  }
  return taken;
}

describe('files: what go-whisper left behind is read as it reads it', () => {
  it.each(rows.map((row) => [titleOf(row), row] as const))('%s', (_, row) => {
    const { final } = row;
    const bytes = gunzip(final.file);
    expect({ size: bytes.length, sha256: sha256(bytes) }).toEqual({ size: final.size, sha256: final.sha256 });
    using database = openRecorded(row);
    expect(recordedInfo(database)).toEqual(final.info);
    expect(compressedInfo(database).isChecksumRight).toBe(final.integrity === 'ok');
    for (const step of fetchesAtTheEnd(row)) expectAnswer(fetched(database, step), step);
    const path = inFolder('recorded.wsp');
    writeFileSync(path, bytes);
    const failed = damageIn(path).filter(({ code }) => INTEGRITY.includes(code));
    expect(failed.length === 0 ? 'ok' : 'mismatch').toBe(final.integrity);
  });
});

function fetchesAtTheEnd({ steps }: CompressedCase): FetchStep[] {
  const end = steps.slice(steps.findLastIndex(({ op }) => op !== 'fetch') + 1);
  return end.filter((step) => step.op === 'fetch');
}

function openRecorded({ final }: CompressedCase): Database {
  return open(gunzip(final.file), { dialect: 'go' });
}

function titleOf({ name, note }: CompressedCase): string {
  return `${name}: ${note}`;
}

/** Findings of what go-whisper's own check looks at: checksums, and blocks that cannot be decoded. */
const INTEGRITY: readonly FindingCode[] = ['checksum', 'block-crc', 'block-bits', 'point-size'];

function damageIn(path: string): Finding[] {
  return verify(path, { deep: true, dialect: 'go' }).filter(({ level }) => level === 'damage');
}
