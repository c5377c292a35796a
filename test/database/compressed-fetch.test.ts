import { describe, expect, it } from 'vitest';
import { CompressedImage } from '../../src/database/compressed-image.js';
import { checkCompressedLayout } from '../../src/database/layout.js';
import { PointRun } from '../../src/format/point-run.js';
import {
  type CreateOptions,
  create,
  type Database,
  type Dialect,
  type FetchOptions,
  type MixSpec,
  type OpenOptions,
  open,
} from '../../src/index.js';
import { bitsOf } from '../support/compressed-vectors.js';

/** The beginning of a minute and of a day. */
const T0 = 1_599_955_200;
const MINUTE = 60;
const NOW = T0 + 20 * MINUTE;

type Pair = readonly [timestamp: number, value: number];

function compressed(options: Partial<CreateOptions> = {}): Database {
  return create(null, {
    retentions: '10s:10m,1m:1h,5m:5h',
    format: 'compressed',
    aggregation: 'sum',
    xFilesFactor: 0,
    pointSize: 14,
    clock: () => NOW,
    ...options,
  });
}

/** Points of value 1 in every slot of 10 s from one minute up to another. */
function minutes(from: number, until: number): Pair[] {
  return Array.from({ length: (until - from) * 6 }, (_, i) => [T0 + from * MINUTE + i * 10, 1] as const);
}

/** Stores points as they come in, each with its own now. */
function collect(database: Database, pairs: readonly Pair[]): void {
  for (const pair of pairs) database.updateMany([pair], { now: pair[0] });
}

/** The known values of a range, by minute. */
function seen(database: Database, from: number, until: number, options: FetchOptions = {}): Pair[] {
  const series = database.fetch(T0 + from * MINUTE, T0 + until * MINUTE, options)!;
  return [...series.knownPoints()].map(([timestamp, value]) => [(timestamp - T0) / MINUTE, value] as const);
}

describe('the slots of a range', () => {
  it('begin after the interval of from, and end with that of until', () => {
    using database = compressed();
    const series = database.fetch(NOW - 30, NOW - 10)!;
    expect([series.from, series.until, series.step, series.length]).toEqual([NOW - 20, NOW, 10, 2]);
    expect([...series.values]).toEqual([Number.NaN, Number.NaN]);
  });

  it.each<{ dialect: Dialect; length: number }>([
    { dialect: 'python', length: 1 },
    { dialect: 'go', length: 0 },
  ])('within one interval are $length in the $dialect dialect (quirk 33)', ({ dialect, length }) => {
    using database = compressed({ dialect });
    database.updateMany([[NOW - 20, 7]]);
    const series = database.fetch(NOW - 29, NOW - 21)!;
    expect([series.from, series.until, series.length]).toEqual([NOW - 20, NOW - 20 + 10 * length, length]);
    expect([...series.knownPoints()]).toEqual(length === 0 ? [] : [[NOW - 20, 7]]);
  });

  it.each([
    { from: -9 * MINUTE, step: 10 },
    { from: -10 * MINUTE, step: 10 },
    { from: -10 * MINUTE - 1, step: 60 },
    { from: -60 * MINUTE - 1, step: 300 },
    { from: -9000 * MINUTE, step: 300 },
  ])('from $from s are of the archive with a step of $step', ({ from, step }) => {
    using database = compressed();
    expect(database.fetch(NOW + from)?.step).toBe(step);
  });

  it('are none where nothing can be, and a range may not run backwards', () => {
    using database = compressed();
    expect(database.fetch(NOW + 1, NOW + 60)).toBeNull();
    expect(database.fetch(0, NOW - 5 * 3600 - 1)).toBeNull();
    expect(() => database.fetch(NOW, NOW - 1)).toThrow(expect.objectContaining({ code: 'WSP_BAD_RANGE' }));
  });

  it('of an archive that is asked for are cut to what it holds', () => {
    using database = compressed();
    const series = database.fetch(NOW - 3600, NOW, { archive: 0 })!;
    expect([series.isClamped, series.length, series.archive]).toEqual([true, 60, 0]);
    const all = database.fetch(NOW - 3600, NOW, { archive: 0, clamp: false })!;
    expect([all.isClamped, all.length]).toEqual([false, 360]);
  });

  it('are not made up for a header that promises more than its archive holds', () => {
    using made = compressed();
    const bytes = made.toBytes();
    new DataView(bytes.buffer).setUint32(23, 0xffff_ffff);
    using odd = open(bytes, { clock: () => NOW });
    expect(odd.info.warnings[1]).toMatch(/max retention is 4294967295 s/);
    expect(odd.fetch(0)!.length).toBe(60);
    expect(() => odd.fetch(0, NOW, { archive: 0, clamp: false })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_RANGE' }),
    );
  });
});

describe('values', () => {
  it('come from blocks and from the buffer', () => {
    using database = compressed();
    collect(database, minutes(15, 18));
    expect(database.info.archives[0]).toMatchObject({ buffered: 12, current: { count: 5 } });
    expect(seen(database, 14, 20)).toHaveLength(18);
  });

  it('that wait take the place of those in blocks, but where they will be discarded as too late', () => {
    const { settings, planned } = checkCompressedLayout({ retentions: '1s:60,10s:600s' }, 'python');
    const image = new CompressedImage({ ...settings, xFilesFactor: 0 }, planned);
    const [base, coarse] = image.archives;
    const run = (value: number) => {
      const points = new PointRun(1);
      points.pushValue(NOW - 10, value);
      return points;
    };
    base!.append(run(1));
    coarse!.append(run(2));
    base!.buffer!.put(0, NOW - 10, run(3), 0);
    const bytes = image.finish();
    const shown = (options: OpenOptions) => {
      using database = open(bytes, { ...options, clock: () => NOW });
      const [fine] = database.fetch(NOW - 11, NOW - 10, { archive: 0 })!.values;
      const [coarse] = database.fetch(NOW - 11, NOW, { archive: 1 })!.values;
      return { fine, coarse, stored: [...database.points(0).values] };
    };
    // A flush puts it into the block.
    expect(shown({})).toEqual({ fine: 3, coarse: 3, stored: [3] });
    expect(shown({ late: 'discard' })).toEqual({ fine: 1, coarse: 2, stored: [1] });
    // go-whisper shows what a flush would bring too late.
    expect(shown({ dialect: 'go' })).toEqual({ fine: 3, coarse: 3, stored: [1] });
  });

  it('keep their bits', () => {
    using database = compressed();
    const values = new Float64Array(BigUint64Array.of(0x7ff8_0000_dead_beefn, 0x8000_0000_0000_0000n).buffer);
    database.updateMany({ timestamps: [NOW - 20, NOW - 10], values });
    const series = database.fetch(NOW - 21, NOW - 10)!;
    expect(bitsOf(series.values)).toEqual(['7ff80000deadbeef', '8000000000000000']);
    expect([...series.known]).toEqual([1, 1]);
  });

  it('that still wait in the buffers above are aggregated for the reader', () => {
    using database = compressed();
    collect(database, minutes(1, 18));
    expect(seen(database, 0, 20, { archive: 1 })).toEqual(Array.from({ length: 17 }, (_, i) => [i + 1, 6]));
    expect(seen(database, -5, 20, { archive: 2 })).toEqual([
      [0, 24],
      [5, 30],
      [10, 30],
      [15, 18],
    ]);
  });

  it('are shown so under the go dialect in part (quirk 30)', () => {
    using database = compressed({ dialect: 'go' });
    collect(database, minutes(1, 18));
    // Unit 1 of the base holds minute 16, to its last slot.
    expect(seen(database, 0, 20, { archive: 1 }).map(([minute]) => minute)).toEqual([
      ...Array.from({ length: 15 }, (_, i) => i + 1),
      17,
    ]);
    // Of the last five minutes a part waits above and another below: the latter is shown.
    expect(seen(database, -5, 20, { archive: 2 })).toEqual([
      [0, 24],
      [5, 30],
      [10, 30],
      [15, 6],
    ]);
  });

  it('of a damaged block are refused, and under the go dialect or by force what can be read is read', () => {
    using made = compressed({ retentions: '1s:200', pointsPerBlock: 12 });
    made.updateMany(Array.from({ length: 60 }, (_, i) => [NOW - 60 + i, Math.sin(i)] as const));
    const bytes = made.toBytes();
    const [first] = made.blocks(0);
    bytes[first!.offset + first!.size - 1]! ^= 1;
    using strict = open(bytes);
    expect(() => strict.fetch(NOW - 60, NOW, { now: NOW })).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        message: expect.stringContaining('force reads what is there'),
      }),
    );
    expect(strict.fetch(first!.end + 1, NOW, { now: NOW })).not.toBeNull();
    for (const options of [{ force: true }, { dialect: 'go' }] as const) {
      using lenient = open(bytes, options);
      expect([...lenient.fetch(NOW - 61, NOW, { now: NOW })!.knownPoints()]).toHaveLength(60);
    }
  });
});

describe('of a file with one method, a spec', () => {
  it.each<{ spec: MixSpec | undefined }>([{ spec: undefined }, { spec: 'sum' }, { spec: { method: 'sum' } }])(
    'of $spec is fine, whichever archive answers',
    ({ spec }) => {
      for (const format of ['compressed', 'standard'] as const) {
        for (const dialect of ['python', 'go'] as const) {
          using database = compressed({ format, dialect, pointSize: format === 'standard' ? undefined : 14 });
          expect(database.fetch(NOW - 60, NOW, { spec })?.archive).toBe(0);
          expect(database.fetch(NOW - 3600, NOW, { spec })?.archive).toBe(1);
        }
      }
    },
  );

  it.each([
    { spec: 'max', code: 'WSP_NO_SUCH_ARCHIVE' },
    { spec: 'p95', code: 'WSP_NO_SUCH_ARCHIVE' },
    { spec: { method: 'max' }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { spec: 'median', code: 'WSP_BAD_AGGREGATION' },
    { spec: 'p101', code: 'WSP_BAD_AGGREGATION' },
    { spec: 95, code: 'WSP_BAD_AGGREGATION' },
  ])('of $spec is refused', ({ spec, code }) => {
    for (const dialect of ['python', 'go'] as const) {
      using database = compressed({ dialect });
      expect(() => database.fetch(NOW - 60, NOW, { spec: spec as never })).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });
});

describe('of a mix file', () => {
  const MIX: readonly MixSpec[] = ['average', 'max', 'p95', 'p99.9'];

  function mixed(dialect: Dialect = 'python', mix = MIX): Database {
    const database = compressed({ aggregation: undefined, mix, dialect, retentions: '10s:10m,1m:1h' });
    collect(database, minutes(9, 19));
    return database;
  }

  it.each([
    { spec: undefined, archive: 1 },
    { spec: 'average', archive: 1 },
    { spec: 'max', archive: 2 },
    { spec: { method: 'max' }, archive: 2 },
    { spec: 'p95', archive: 3 },
    { spec: 'p95.0', archive: 3 },
    { spec: { method: 'percentile', percentile: 95 }, archive: 3 },
    { spec: 'p99.9', archive: 4 },
    { spec: 'p99.900002', archive: 4 },
    { spec: { method: 'percentile', percentile: Math.fround(99.9) }, archive: 4 },
  ] as { spec: MixSpec | undefined; archive: number }[])(
    '$spec is answered by archive $archive',
    ({ spec, archive }) => {
      for (const dialect of ['python', 'go'] as const) {
        using database = mixed(dialect);
        expect(database.fetch(NOW - 15 * MINUTE, NOW, { spec })?.archive).toBe(archive);
        expect(database.fetch(NOW - 5 * MINUTE, NOW, { spec, step: '1m' })?.archive).toBe(archive);
      }
    },
  );

  it('the base answers whatever was asked, with raw values (quirk 34)', () => {
    using python = mixed();
    using go = mixed('go');
    for (const database of [python, go]) {
      for (const spec of [undefined, 'average', 'p95'] as const) {
        const series = database.fetch(NOW - 5 * MINUTE, NOW, { spec })!;
        expect([series.archive, series.step]).toEqual([0, 10]);
      }
    }
    // One that no archive has is an error, but to go-whisper only where the base does not reach.
    const near = [NOW - 5 * MINUTE, NOW, { spec: 'p50' }] as const;
    const far = [NOW - 15 * MINUTE, NOW, { spec: 'p50' }] as const;
    const refusal = expect.objectContaining({
      code: 'WSP_NO_SUCH_ARCHIVE',
      message: expect.stringContaining(
        "no archive of the aggregation 'p50'; expected one of average, max, p95",
      ),
    });
    expect(() => python.fetch(...near)).toThrow(refusal);
    expect(() => python.fetch(...far)).toThrow(refusal);
    expect(go.fetch(...near)?.archive).toBe(0);
    expect(() => go.fetch(...far)).toThrow(refusal);
  });

  it.each<Dialect>(['python', 'go'])(
    'an archive of another aggregation than the one asked for is refused: %s',
    (dialect) => {
      using database = mixed(dialect);
      expect(database.fetch(NOW - 60, NOW, { archive: 2, spec: 'max' })?.archive).toBe(2);
      expect(() => database.fetch(NOW - 60, NOW, { archive: 1, spec: 'max' })).toThrow(
        expect.objectContaining({ code: 'WSP_NO_SUCH_ARCHIVE' }),
      );
    },
  );

  it('of a single archive there is only the base', () => {
    using database = compressed({ aggregation: undefined, mix: ['max'], retentions: '1m:1h' });
    expect(() => database.fetch(NOW - 60, NOW, { spec: 'max' })).toThrow(/there is only the base/);
    expect(database.fetch(NOW - 60, NOW)?.archive).toBe(0);
  });

  describe('whose base has closed a few blocks', () => {
    /** Values of no likeness, so that blocks are soon full. */
    const noisy = minutes(5, 19).map(([timestamp], i): Pair => [timestamp, (i * 0.618_034) % 1]);

    function rolledUp(): Database {
      const database = compressed({
        aggregation: undefined,
        mix: ['sum', 'max'],
        retentions: '10s:10m,1m:1h',
        pointsPerBlock: 12,
      });
      collect(database, noisy);
      return database;
    }

    it('what an archive does not have yet is aggregated for the reader', () => {
      using database = rolledUp();
      const stored = [...database.points(1).timestamps].map((timestamp) => (timestamp - T0) / MINUTE);
      expect(stored[0]).toBe(5);
      expect(stored.at(-1)).toBeLessThan(14);
      const all = Array.from({ length: 14 }, (_, minute) => noisy.slice(6 * minute, 6 * minute + 6));
      const made = {
        sum: all.map((group) => group.reduce((sum, [, value]) => sum + value, 0)),
        max: all.map((group) => Math.max(...group.map(([, value]) => value))),
      };
      for (const spec of ['sum', 'max'] as const) {
        const series = database.fetch(T0 + 4 * MINUTE, NOW, { spec, step: 60 })!;
        expect([...series.knownPoints()]).toEqual(
          made[spec].map((value, i) => [T0 + (5 + i) * MINUTE, value]),
        );
      }
    });

    it('what it has is not asked of the base, which may be damaged', () => {
      using made = rolledUp();
      const { timestamps, values } = made.points(1);
      const latest = timestamps.at(-1)!;
      const bytes = made.toBytes();
      for (const { isEmpty, offset } of made.blocks(0)) if (!isEmpty) bytes[offset + 13]! ^= 1;
      using damaged = open(bytes);
      const series = damaged.fetch(latest - 2 * MINUTE, latest - MINUTE, { archive: 1, now: NOW })!;
      expect([...series.knownPoints()]).toEqual([[latest - MINUTE, values.at(-2)]]);
      expect(() => damaged.fetch(latest - 2 * MINUTE, NOW, { archive: 1, now: NOW })).toThrow(
        expect.objectContaining({ code: 'WSP_CORRUPT' }),
      );
    });
  });
});
