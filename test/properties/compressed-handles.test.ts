/**
 * What a handle to a compressed file may keep from call to call, and what it must look up in the file again: whatever
 * it keeps, it answers and writes as one that is opened anew for each call.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type FileSettings, openFile } from '../../src/database/open-file.js';
import type { ByteFile } from '../../src/file/byte-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import {
  type CompressedInfo,
  create,
  type Database,
  type MixSpec,
  open,
  type Series,
  WhisperError,
} from '../../src/index.js';
import {
  type CompressedMethod,
  compressedLayouts,
  METHODS,
  optionsOf,
  ROOMY,
  retentionsOf,
  SHARES,
  values,
} from '../support/compressed-histories.js';
import { CompressedBytes } from '../support/compressed-samples.js';
import { bitsOf } from '../support/compressed-vectors.js';
import { FailingFile } from '../support/failing-file.js';
import { type Archives, greatestRetention } from '../support/histories.js';
import { RecordingFile } from '../support/recording-file.js';
import { sha256 } from '../support/vectors.js';

vi.setConfig({ testTimeout: 60_000 });

const runs = Number(process.env['SOTTO_RUNS'] ?? 30);
/** Batches of one run: more of them show nothing new. */
const MOST_BATCHES = 40;
const START = 1_600_000_000 - (1_600_000_000 % 86_400);

/** How every handle to a file is opened. */
type Handling = Pick<FileSettings, 'dialect' | 'late'>;

/** A file to begin with. */
interface Begun {
  readonly archives: Archives;
  readonly handling: Handling;
  readonly bytes: Uint8Array;
  /** How a failed property shows it. */
  readonly [fc.toStringMethod]?: () => string;
}

type Call = { readonly tick: number } & (
  | { readonly kind: 'batch'; readonly points: readonly (readonly [age: number, value: number])[] }
  | {
      readonly kind: 'retention';
      readonly points: readonly (readonly [number, number])[];
      readonly of: number;
    }
  /** A value for each step from now on, in batches of so many. */
  | { readonly kind: 'run'; readonly seed: number; readonly count: number; readonly together: number }
  | { readonly kind: 'one'; readonly age: number; readonly value: number }
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'method'; readonly method: CompressedMethod; readonly share: number | undefined }
  | {
      readonly kind: 'fetch';
      readonly age: number;
      readonly length: number;
      readonly archive: number | undefined;
    }
  | { readonly kind: 'look' }
);

/** Metadata of more than 8 KiB, by large buffers or by many blocks. */
const LARGE: readonly { readonly archives: Archives; readonly pointsPerBlock?: number }[] = [
  {
    archives: [
      [1, 3600],
      [600, 144],
    ],
  },
  {
    archives: [
      [10, 1000],
      [4000, 100],
    ],
    pointsPerBlock: 50,
  },
  {
    archives: [
      [1, 700],
      [700, 600],
      [420_000, 10],
    ],
  },
  { archives: [[1, 9000]], pointsPerBlock: 16 },
];
/** Blocks of more points than stand between two places that are remembered, and few of them. */
const LONG: readonly { readonly archives: Archives; readonly pointsPerBlock: number }[] = [
  { archives: [[1, 3000]], pointsPerBlock: 1000 },
  {
    archives: [
      [1, 4000],
      [5, 1500],
    ],
    pointsPerBlock: 1200,
  },
];
/** Bytes a point with which they come round before they have to grow. */
const TIGHT = 0.5;

function begun(archives: Archives, options: object, handling: Handling): Begun {
  const asked = {
    ...options,
    retentions: retentionsOf(archives),
    format: 'compressed',
    ...handling,
  } as const;
  using database = create(null, asked);
  return { archives, handling, bytes: database.toBytes(), [fc.toStringMethod]: () => JSON.stringify(asked) };
}

const INSERTING = { dialect: 'python', late: 'insert' } as const;
const handlings = fc.constantFrom<Handling>(
  INSERTING,
  { dialect: 'python', late: 'discard' },
  { dialect: 'go', late: 'discard' },
);

/** Small files, most of which soon have to grow; or none of which does. */
function smallFiles(pointSize?: number): fc.Arbitrary<Begun> {
  return fc.tuple(compressedLayouts(), handlings).map(([layout, handling]) => {
    const options = optionsOf(layout);
    return begun(layout.archives, pointSize === undefined ? options : { ...options, pointSize }, handling);
  });
}

function mixFiles(pointSize: number): fc.Arbitrary<Begun> {
  const mix = fc.shuffledSubarray<MixSpec>(['average', 'max', 'p95', 'last'], { minLength: 1, maxLength: 3 });
  return fc
    .record({
      mix,
      points: fc.integer({ min: 30, max: 200 }),
      ratio: fc.integer({ min: 2, max: 5 }),
      handling: handlings,
    })
    .map(({ mix, points, ratio, handling }) => {
      const archives: Archives = [
        [1, points],
        [ratio, Math.ceil(points / ratio) + 10],
      ];
      return begun(
        archives,
        { aggregation: 'mix', mix, pointsPerBlock: 12, pointSize, xFilesFactor: 0 },
        handling,
      );
    });
}

function filesOf(
  layouts: readonly { readonly archives: Archives; readonly pointsPerBlock?: number }[],
  pointSize: number,
): fc.Arbitrary<Begun> {
  const share = fc.constantFrom(0, 0.2, 0.5);
  return fc
    .tuple(fc.constantFrom(...layouts), share, fc.constantFrom(...METHODS), handlings)
    .map(([{ archives, ...rest }, xFilesFactor, aggregation, handling]) =>
      begun(archives, { ...rest, xFilesFactor, aggregation, pointSize }, handling),
    );
}

/** Any file and what is done with it. */
function histories(files: fc.Arbitrary<Begun>, longest = 16): fc.Arbitrary<{ file: Begun; calls: Call[] }> {
  return files.chain((file) => {
    return fc.array(calls(file.archives), { minLength: 1, maxLength: longest, size: 'max' }).map((calls) => {
      return { file, calls };
    });
  });
}

function calls(archives: Archives): fc.Arbitrary<Call> {
  const [[step, points]] = archives as [[number, number]];
  const reach = greatestRetention(archives);
  const tick = fc.oneof(
    { weight: 6, arbitrary: fc.nat(2 * step) },
    { weight: 2, arbitrary: fc.nat(Math.ceil((step * points) / 3)) },
    { weight: 1, arbitrary: fc.nat(step * points) },
  );
  const young = fc.integer({ min: -step, max: Math.min(step * points, 100 * step) });
  const age = fc.oneof(
    { weight: 6, arbitrary: young },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: step * points }) },
    { weight: 1, arbitrary: fc.nat(reach + step) },
  );
  const list = fc.array(fc.tuple(age, values()), { maxLength: 30, size: 'max' });
  const retention = fc.constantFrom(...archives.map(([step, points]) => step * points));
  const archive = fc.option(fc.nat(archives.length - 1), { nil: undefined });
  const length = fc.oneof(fc.nat(20 * step), fc.nat(reach));
  const of = (kind: Call['kind'], fields: { readonly [name: string]: fc.Arbitrary<unknown> }) => {
    return fc.record({ kind: fc.constant(kind), tick, ...fields }) as fc.Arbitrary<Call>;
  };
  const count = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: Math.ceil(points / 2) }));
  return fc.oneof(
    { weight: 6, arbitrary: of('batch', { points: list }) },
    { weight: 1, arbitrary: of('retention', { points: list, of: retention }) },
    { weight: 6, arbitrary: of('run', { seed: fc.nat(), count, together: fc.constantFrom(1, 7, 60, 5000) }) },
    { weight: 3, arbitrary: of('one', { age, value: values() }) },
    { weight: 1, arbitrary: of('share', { share: fc.constantFrom(...SHARES) }) },
    {
      weight: 1,
      arbitrary: of('method', {
        method: fc.constantFrom(...METHODS),
        share: fc.constantFrom(undefined, ...SHARES),
      }),
    },
    { weight: 5, arbitrary: of('fetch', { age: fc.nat(reach), length, archive }) },
    { weight: 2, arbitrary: of('look', {}) },
  );
}

/** Makes a call; tells what came of it, exactly. */
function make(call: Call, database: Database, now: number, step: number): unknown {
  const at = (points: readonly (readonly [number, number])[]) =>
    points.map(([age, value]) => [Math.max(1, now - age), value] as const);
  return answerTo(() => {
    switch (call.kind) {
      case 'batch':
        return database.updateMany(at(call.points), { now });
      case 'retention':
        return database.updateMany(at(call.points), { now, retention: call.of });
      case 'run':
        return collect(call, database, now, step);
      case 'one':
        return database.update(call.value, now - call.age, { now });
      case 'share':
        return database.setXFilesFactor(call.share);
      case 'method':
        return database.setAggregation(call.method, call.share);
      case 'fetch': {
        const [from, { archive }] = [now - call.age, call];
        return textOf(
          database.fetch(from, from + call.length, { now, ...(archive === undefined ? {} : { archive }) }),
        );
      }
      case 'look':
        return look(database);
    }
  });
}

function collect(
  { seed, count, together }: Call & { kind: 'run' },
  database: Database,
  now: number,
  step: number,
): unknown {
  const told: unknown[] = [];
  const piece = Math.max(together, Math.ceil(count / MOST_BATCHES));
  for (let done = 0; done < count; done += piece) {
    const points = Array.from({ length: Math.min(piece, count - done) }, (_, i) => {
      const index = done + i;
      // Now and then a value that takes all of its bits; mostly the one before.
      const value =
        (index + seed) % 90 === 0 ? Math.sqrt(index + seed) : Math.floor((index + seed) / 20) % 50;
      return [now - (count - 1 - index) * step, value] as const;
    });
    told.push(database.updateMany(points, { now: points.at(-1)![0] }));
  }
  return told;
}

/** How far a call moves the clock. */
function timeOf(call: Call, step: number): number {
  return call.tick + (call.kind === 'run' ? call.count * step : 0);
}

/** What a call returns, or the code that it throws. */
function answerTo(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
}

function textOf(series: Series | null): string {
  if (series === null) return 'null';
  const { from, until, step, archive, isClamped, values, known } = series;
  const shown = { from, until, step, archive, isClamped };
  return `${JSON.stringify(shown)} ${sha256(Buffer.concat([bytesOf(values), known]))}`;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** All that a handle tells without being asked for a range. */
function look(database: Database): string {
  const archives = database.info.archives.keys();
  return [...archives]
    .map((archive) => {
      const blocks = database.blocks(archive).map(({ points, ...rest }) => {
        return [JSON.stringify(rest), ...points.timestamps, ...bitsOf(points.values)].join();
      });
      const { timestamps, values } = database.points(archive);
      const slots = database.slots(archive);
      return sha256(
        Buffer.from(
          [
            ...blocks,
            ...timestamps,
            ...bitsOf(values.slice()),
            ...slots.timestamps,
            ...bitsOf(slots.values),
          ].join(),
        ),
      );
    })
    .join('\n');
}

/** Every handle here reads the same clock: that of the call. */
function over(file: ByteFile, { handling }: Begun, isExclusive = false): Database {
  return openFile(file, {
    ...handling,
    durable: 'none',
    clock: () => START,
    isReadOnly: false,
    isExclusive,
    lock: undefined,
    force: false,
    strict: false,
  });
}

function growthsOf(database: Database): number {
  return (database.info as CompressedInfo).archives.reduce((sum, { growths }) => sum + growths, 0);
}

function expectSameBytes(found: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(found, expected) === 0) return;
  const first = found.findIndex((byte, i) => byte !== expected[i]);
  expect({ length: found.length, first }).toEqual({ length: expected.length, first: -1 });
}

const FILES = [
  { name: 'small blocks, most of which have to grow', files: () => smallFiles(), share: 2 },
  { name: 'a mix', files: () => mixFiles(7), share: 1 },
  { name: 'metadata of more than 8 KiB', files: () => filesOf(LARGE, 2), share: 0.6 },
  { name: 'long blocks', files: () => filesOf(LONG, TIGHT), share: 1 },
];

describe('a handle that stays open', () => {
  it.each(FILES)('does as one that is opened anew for each call: $name', ({ files, share }) => {
    fc.assert(
      fc.property(histories(files()), ({ file, calls }) => {
        const step = file.archives[0]![0];
        using kept = open(file.bytes, file.handling);
        let { bytes } = file;
        let now = START;
        for (const call of calls) {
          now += timeOf(call, step);
          using anew = open(bytes, file.handling);
          expect(make(call, kept, now, step)).toEqual(make(call, anew, now, step));
          bytes = anew.toBytes();
          expectSameBytes(kept.toBytes(), bytes);
          expect(kept.info).toMatchObject({ isChecksumRight: true });
          expect(kept.info).toEqual(anew.info);
        }
        using anew = open(bytes, file.handling);
        expect(look(kept)).toBe(look(anew));
      }),
      { numRuns: Math.ceil(runs * share) },
    );
  });
});

/** Of files that do not grow: growth puts another file in the place of the one that the second handle has. */
const ROOMY_FILES = [
  { name: 'small blocks', files: () => smallFiles(ROOMY) },
  { name: 'a mix', files: () => mixFiles(ROOMY) },
  { name: 'metadata of more than 8 KiB', files: () => filesOf(LARGE, ROOMY) },
];

describe('two handles to a file that take turns', () => {
  it.each(ROOMY_FILES)(
    'each see what the other wrote, and write what one alone would: $name',
    ({ files }) => {
      const turns = fc.array(fc.nat(1), { minLength: 16, maxLength: 16 });
      fc.assert(
        fc.property(histories(files()), turns, ({ file, calls }, turns) => {
          const step = file.archives[0]![0];
          using alone = open(file.bytes, file.handling);
          const shared = new MemoryFile(file.bytes);
          const handles = [over(shared, file), over(shared, file)] as const;
          let now = START;
          for (const [i, call] of calls.entries()) {
            now += timeOf(call, step);
            expect(make(call, handles[turns[i] as 0 | 1], now, step)).toEqual(make(call, alone, now, step));
            if (growthsOf(alone) > 0) return;
          }
          expectSameBytes(shared.bytes, alone.toBytes());
          const seen = look(alone);
          expect(handles.map(look)).toEqual([seen, seen]);
          expect(handles.map(({ info }) => info)).toEqual([alone.info, alone.info]);
        }),
        { numRuns: runs },
      );
    },
  );
});

describe('a handle that is alone with its file', () => {
  it.each(FILES)('answers and writes as any other: $name', ({ files, share }) => {
    fc.assert(
      fc.property(histories(files()), ({ file, calls }) => {
        const step = file.archives[0]![0];
        const { handling } = file;
        using exclusive = open(file.bytes, { ...handling, exclusive: true });
        using shared = open(file.bytes, handling);
        let now = START;
        for (const call of calls) {
          now += timeOf(call, step);
          expect(make(call, exclusive, now, step)).toEqual(make(call, shared, now, step));
          expectSameBytes(exclusive.toBytes(), shared.toBytes());
        }
        expect(look(exclusive)).toBe(look(shared));
        expect(exclusive.info).toEqual(shared.info);
      }),
      { numRuns: Math.ceil(runs * share * 0.7) },
    );
  });

  it.each(ROOMY_FILES)('reads the metadata once, and the others for each call: $name', ({ files }) => {
    fc.assert(
      fc.property(histories(files()), fc.boolean(), ({ file, calls }, isExclusive) => {
        const step = file.archives[0]![0];
        const { metadataSize } = new CompressedBytes(file.bytes);
        const recording = new RecordingFile(file.bytes);
        using database = over(recording, file, isExclusive);
        recording.takeCalls();
        let now = START;
        for (const call of calls) {
          // Once the settings have been changed the metadata are read again.
          if (call.kind === 'share' || call.kind === 'method') continue;
          now += timeOf(call, step);
          make({ ...call, ...(call.kind === 'run' ? { together: call.count } : {}) }, database, now, step);
          const reads = recording.calls.splice(0).filter(({ call, position }) => {
            return call === 'read' && position < metadataSize;
          });
          if (growthsOf(database) > 0) return;
          recording.takeCalls();
          // A look is many calls, and a point that is not covered is refused before anything is read.
          const once = { call: 'read', position: 0, length: metadataSize };
          if (isExclusive) expect(reads).toEqual([]);
          else if (call.kind === 'run' || call.kind === 'batch') {
            expect(reads[0]).toEqual(once);
            // Blocks that hold points are written anew only if the metadata are still the ones that were read.
            expect(reads.slice(1)).toEqual(file.handling.late === 'insert' && reads.length > 1 ? [once] : []);
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('a call that fails', () => {
  /** More are not tried of one call: a run in batches of one point has hundreds. */
  const MOST_PLACES = 12;
  const failures = fc.record({
    torn: fc.constantFrom(0, 0, 0.3, 0.9),
    of: fc.constantFrom('writes', 'writes', 'reads'),
  });

  it.each(FILES)(
    'at any read or write leaves a handle that knows what the file has: $name',
    ({ files, share }) => {
      fc.assert(
        fc.property(
          histories(files(), 8),
          calledAfter(files),
          failures,
          ({ file, calls }, after, { torn, of }) => {
            const step = file.archives[0]![0];
            const failing = calls.at(-1)!;
            for (let left = 0; left < MOST_PLACES; left++) {
              const broken = new FailingFile(file.bytes, { torn });
              using kept = over(broken, file);
              let now = START;
              for (const call of calls.slice(0, -1)) {
                now += timeOf(call, step);
                make(call, kept, now, step);
              }
              if (hasGrown(kept, broken)) return;
              now += timeOf(failing, step);
              broken[of === 'writes' ? 'writesLeft' : 'readsLeft'] = left;
              const answer = make(failing, kept, now, step);
              broken.writesLeft = Number.POSITIVE_INFINITY;
              broken.readsLeft = Number.POSITIVE_INFINITY;
              if (hasGrown(kept, broken)) return;
              expectAsAnew(kept, broken.bytes, file, after, now);
              if (answer !== 'WSP_SYSTEM') return;
            }
          },
        ),
        { numRuns: Math.ceil(runs * share) },
      );
    },
  );

  function calledAfter(files: () => fc.Arbitrary<Begun>): fc.Arbitrary<Call[]> {
    return histories(files(), 3).map(({ calls }) => calls.filter(({ kind }) => kind !== 'retention'));
  }

  /** A file that has grown is another one. */
  function hasGrown(database: Database, file: FailingFile): boolean {
    return Buffer.compare(database.toBytes(), file.bytes) !== 0;
  }
});

describe('a call whose writes fail', () => {
  /** What the ring and the buffer of each archive hold. */
  function pointsOf(database: Database): string[][] {
    return [...database.info.archives.keys()].map((archive) => {
      const { timestamps, values } = database.points(archive);
      return bitsOf(values.slice()).map((bits, i) => `${timestamps[i]} ${bits}`);
    });
  }

  it('at a minute that makes ten others leave a large buffer loses none of them', () => {
    using made = create(null, {
      retentions: '1s:1h,10m:1d',
      format: 'compressed',
      pointSize: ROOMY,
      xFilesFactor: 0,
    });
    const minute = (at: number) => Array.from({ length: 60 }, (_, i) => [START + 60 * at + i, i] as const);
    for (let at = 0; at < 30; at++) made.updateMany(minute(at), { now: START + 60 * (at + 1) });
    const now = START + 31 * 60;
    const bytes = made.toBytes();
    for (let writes = 0, isDone = false; !isDone; writes++) {
      const broken = new FailingFile(bytes, { writes });
      const file: Begun = { archives: [[1, 3600]], handling: INSERTING, bytes };
      isDone = answerTo(() => over(broken, file).updateMany(minute(30), { now })) !== 'WSP_SYSTEM';
      using again = open(broken.bytes);
      expect(again.points(0).timestamps).toHaveLength(isDone ? 1860 : 1800);
      again.updateMany(minute(30), { now });
      expect(again.points(0).timestamps).toHaveLength(1860);
    }
  });

  it('leaves all that earlier calls stored, however far apart in the metadata that lies which it changes', () => {
    const run = fc.record({ count: fc.integer({ min: 1, max: 900 }), seed: fc.nat() });
    fc.assert(
      fc.property(filesOf(LARGE, ROOMY), fc.array(run, { maxLength: 4 }), run, (file, before, last) => {
        const { handling } = file;
        const step = file.archives[0]![0];
        using done = open(file.bytes, handling);
        let now = START;
        const store = (database: Database, { count, seed }: typeof last) => {
          return make({ kind: 'run', tick: 0, seed, count, together: 900 }, database, now, step);
        };
        for (const run of before) {
          now += run.count * step;
          store(done, run);
        }
        const [bytes, expected] = [done.toBytes(), pointsOf(done)];
        now += last.count * step;
        store(done, last);
        for (let writes = 0; ; writes++) {
          const broken = new FailingFile(bytes, { writes });
          if (store(over(broken, file), last) !== 'WSP_SYSTEM') break;
          using again = open(broken.bytes, handling);
          for (const [archive, points] of pointsOf(again).entries()) {
            const found = new Set(points);
            expect(expected[archive]!.filter((point) => !found.has(point))).toEqual([]);
          }
          store(again, last);
          expectSameBytes(again.toBytes(), done.toBytes());
        }
      }),
      { numRuns: 2 * runs },
    );
  });
});

/** A handle answers and goes on as one that is opened over these bytes, or is refused as that is. */
function expectAsAnew(
  kept: Database,
  bytes: Uint8Array,
  file: Begun,
  after: readonly Call[],
  from: number,
): void {
  const step = file.archives[0]![0];
  const code = answerTo(() => open(bytes, file.handling).close());
  if (code !== undefined) {
    expect(answerTo(() => kept.info)).toBe(code);
    return;
  }
  let now = from;
  using anew = open(Uint8Array.from(bytes), file.handling);
  expect(kept.info).toEqual(anew.info);
  expect(answerTo(() => look(kept))).toBe(answerTo(() => look(anew)));
  for (const call of after) {
    now += timeOf(call, step);
    expect(make(call, kept, now, step)).toEqual(make(call, anew, now, step));
    expectSameBytes(kept.toBytes(), anew.toBytes());
  }
}

describe('a file that is changed behind the back of a handle', () => {
  /** Where a byte changes, as a share of what stands behind the headers; and whether it is put right again. */
  const harm = fc.record({
    before: fc.nat(15),
    place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    bits: fc.integer({ min: 1, max: 255 }),
    isMended: fc.boolean(),
  });

  it.each(FILES)('is what it reads, damage and all: $name', ({ files, share }) => {
    fc.assert(
      fc.property(
        histories(files()),
        fc.array(harm, { minLength: 1, maxLength: 4 }),
        ({ file, calls }, harms) => {
          const { archives, handling } = file;
          const step = archives[0]![0];
          const shared = new MemoryFile(Uint8Array.from(file.bytes), 'owned');
          using kept = over(shared, file);
          const behindHeaders = 63 + 128 * kept.info.archives.length;
          const toMend: { position: number; bits: number }[] = [];
          const change = (position: number, bits: number) => {
            shared.writeAt(Uint8Array.of(shared.bytes[position]! ^ bits), 1, position);
          };
          let now = START;
          for (const [i, call] of calls.entries()) {
            if (Buffer.compare(kept.toBytes(), shared.bytes) !== 0) return;
            for (const { position, bits } of toMend.splice(0)) change(position, bits);
            for (const { before, place, bits, isMended } of harms) {
              if (before !== i) continue;
              const position = behindHeaders + Math.floor(place * (shared.bytes.length - behindHeaders));
              change(position, bits);
              if (isMended) toMend.push({ position, bits });
            }
            now += timeOf(call, step);
            using anew = open(Uint8Array.from(shared.bytes), handling);
            expect(make(call, kept, now, step)).toEqual(make(call, anew, now, step));
            expectSameBytes(kept.toBytes(), anew.toBytes());
            expect(answerTo(() => look(kept))).toBe(answerTo(() => look(anew)));
          }
        },
      ),
      { numRuns: Math.ceil(runs * share) },
    );
  });
});

describe('any sequence of ranges', () => {
  const range = fc.record({
    from: fc.nat(7000),
    length: fc.oneof(fc.nat(30), fc.nat(2000), fc.nat(7000)),
    archive: fc.constantFrom(undefined, 0, 0, 1),
  });

  it('is read from one handle as each from a handle of its own, out of blocks of a thousand points', () => {
    const fill = fc.record({ count: fc.integer({ min: 100, max: 3000 }), seed: fc.nat() });
    const rounds = fc.array(fc.tuple(fill, fc.array(range, { maxLength: 12, size: 'max' })), {
      minLength: 1,
      maxLength: 8,
      size: 'max',
    });
    fc.assert(
      fc.property(filesOf(LONG, TIGHT), rounds, (file, rounds) => {
        const { handling, archives } = file;
        using kept = open(file.bytes, handling);
        let now = START;
        for (const [{ count, seed }, ranges] of rounds) {
          now += count;
          make({ kind: 'run', tick: 0, seed, count, together: 5000 }, kept, now, 1);
          const bytes = kept.toBytes();
          for (const { from, length, archive } of ranges) {
            const start = now - from;
            const choice = archive === undefined || archive >= archives.length ? {} : { archive };
            using anew = open(bytes, handling);
            const ask = (database: Database) => {
              return answerTo(() =>
                textOf(database.fetch(start, Math.min(now, start + length), { now, ...choice })),
              );
            };
            expect(ask(kept)).toBe(ask(anew));
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('a file that has to grow and cannot', () => {
  const small = { retentions: '1s:300', format: 'compressed', pointsPerBlock: 20 } as const;

  it('grows as soon as it can, also where no block is closed in between', () => {
    using made = create(null, small);
    make({ kind: 'run', tick: 0, seed: 5, count: 40, together: 40 }, made, START, 1);
    const { offset } = made.info.archives[0]!;
    const shared = new MemoryFile(made.toBytes(), 'owned');
    const file: Begun = { archives: [[1, 300]], handling: INSERTING, bytes: shared.bytes };
    using kept = over(shared, file);
    const harm = () => shared.writeAt(Uint8Array.of(shared.bytes[offset + 20]! ^ 1), 1, offset + 20);
    // While a block is damaged a file does not grow.
    harm();
    const now = START + 30;
    const wild = Array.from({ length: 29 }, (_, i) => [START + 1 + i, Math.sqrt(i + 2)] as const);
    for (const batch of [wild, [[now, 1]] as const]) {
      kept.updateMany(batch, { now });
      expect(growthsOf(kept)).toBe(0);
    }
    harm();
    using anew = open(kept.toBytes());
    for (const handle of [kept, anew]) handle.updateMany([], { now });
    expect(growthsOf(anew)).toBe(1);
    expectSameBytes(kept.toBytes(), anew.toBytes());
  });
});

describe('a batch for which the ring comes round too early', () => {
  it('is begun again from the file as it was, which grows no further than its points need', () => {
    using database = create(null, { retentions: '1s:20000', format: 'compressed' });
    const first = START - 17_999;
    const wild = Array.from({ length: 18_000 }, (_, i) => [first + i, 1e6 * Math.sin(i * i)] as const);
    expect(database.updateMany(wild, { now: START })).toEqual({
      written: 18_000,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(database.points(0).timestamps).toHaveLength(18_000);
    const [{ pointSize, discarded, growths }] = (database.info as CompressedInfo).archives as [
      CompressedInfo['archives'][number],
    ];
    expect({ discarded, growths }).toEqual({ discarded: 0, growths: 1 });
    // 14 is what is made room for where nothing less will do.
    expect(pointSize).toBeLessThan(11);
  });
});

describe('a batch that is refused half-way', () => {
  it.each([
    { name: 'at a block that it reads to grow', mix: undefined },
    { name: 'at a block that it rolls up', mix: ['max', 'p95'] as const },
  ])('leaves nothing of it with the handle: $name', ({ mix }) => {
    using made = create(null, {
      retentions: mix === undefined ? '1s:300' : '1s:300,5s:1000s',
      format: 'compressed',
      pointsPerBlock: 20,
      ...(mix === undefined ? { pointSize: 2 } : { aggregation: 'mix', mix, pointSize: ROOMY }),
    });
    const wild = (count: number, first: number) => {
      return Array.from({ length: count }, (_, i) => [START + first + i, Math.sqrt(first + i)] as const);
    };
    if (mix === undefined)
      make({ kind: 'run', tick: 0, seed: 5, count: 60, together: 60 }, made, START + 60, 1);
    else made.updateMany(wild(60, 1), { now: START + 60 });
    const bytes = made.toBytes();
    const file: Begun = { archives: [[1, 300]], handling: INSERTING, bytes };
    const refused: number[] = [];
    for (let reads = 0; ; reads++) {
      const broken = new FailingFile(bytes, {});
      using kept = over(broken, file);
      broken.readsLeft = reads;
      const batch = wild(60, 61);
      const answer = answerTo(() => kept.updateMany(batch, { now: START + 120 }));
      broken.readsLeft = Number.POSITIVE_INFINITY;
      if (answer !== 'WSP_SYSTEM') break;
      refused.push(reads);
      expectSameBytes(kept.toBytes(), bytes);
      using anew = open(bytes);
      for (const handle of [kept, anew]) handle.updateMany(batch.slice(0, 3), { now: START + 120 });
      expectSameBytes(kept.toBytes(), anew.toBytes());
    }
    // Behind the metadata, which are the first to be read.
    expect(refused.length).toBeGreaterThan(1);
  });
});
