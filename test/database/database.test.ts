import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aggregationMethods, create, type Database, open, type Points } from '../../src/index.js';
import { ringFaults } from '../support/ring-invariant.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const NOW = 1_700_000_000;

function inMemory(retentions = '10s:2m,1m:10m', options: object = {}): Database {
  return create(null, { retentions, xFilesFactor: 0, clock: () => NOW, ...options });
}

function points(
  database: Database,
  from: number,
  until: number,
  options: object = {},
): [number, number | null][] {
  return [...database.fetch(from, until, { now: NOW, ...options })!].map(([time, value]) => [time, value]);
}

function known(database: Database, archive: number): [number, number][] {
  const { timestamps, values } = database.slots(archive);
  return [...timestamps]
    .map((timestamp, i): [number, number] => [timestamp, values[i]!])
    .filter(([timestamp]) => timestamp > 0)
    .sort(([a], [b]) => a - b);
}

describe('update', () => {
  it('stores a value for now when no timestamp is given', () => {
    using database = inMemory();
    database.update(42);
    expect(points(database, NOW - 10, NOW)).toEqual([[NOW, 42]]);
  });

  it.each([
    { name: 'a second in the future', timestamp: NOW + 1, says: '1 s in the future' },
    { name: 'as old as the longest retention', timestamp: NOW - 600, says: '600 s old' },
    { name: 'much older', timestamp: 0, says: `${NOW} s old` },
  ])('refuses a point $name, and the file stays as it was', ({ timestamp, says }) => {
    using database = create(inFolder('a.wsp'), { retentions: '10s:2m,1m:10m' });
    const before = readFileSync(inFolder('a.wsp'));
    expect(() => database.update(1, timestamp, { now: NOW })).toThrow(
      expect.objectContaining({
        code: 'WSP_TIME_NOT_COVERED',
        path: inFolder('a.wsp'),
        message: expect.stringContaining(says),
      }),
    );
    expect(readFileSync(inFolder('a.wsp'))).toEqual(before);
  });

  it.each([
    { value: '5', timestamp: NOW, code: 'WSP_BAD_VALUE' },
    { value: null, timestamp: NOW, code: 'WSP_BAD_VALUE' },
    { value: undefined, timestamp: NOW, code: 'WSP_BAD_VALUE' },
    { value: 5n, timestamp: NOW, code: 'WSP_BAD_VALUE' },
    { value: 5, timestamp: `${NOW}`, code: 'WSP_BAD_TIMESTAMP' },
    { value: 5, timestamp: null, code: 'WSP_BAD_TIMESTAMP' },
    { value: 5, timestamp: Number.NaN, code: 'WSP_BAD_TIMESTAMP' },
    { value: 5, timestamp: -5, code: 'WSP_BAD_TIMESTAMP' },
    { value: 5, timestamp: NOW * 1000, code: 'WSP_BAD_TIMESTAMP' },
  ])('refuses $value at $timestamp', ({ value, timestamp, code }) => {
    using database = inMemory();
    const before = database.toBytes();
    expect(() => database.update(value as never, timestamp as never)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(database.toBytes()).toEqual(before);
  });

  it.each(aggregationMethods)('rolls up by %s', (aggregation) => {
    using database = inMemory('10s:2m,1m:10m', { aggregation });
    const start = NOW - (NOW % 60) - 60;
    for (const [i, value] of [4, -9, 2, 5].entries()) database.update(value, start + i * 10, { now: NOW });
    const expected = {
      average: 0.5,
      sum: 2,
      last: 5,
      max: 5,
      min: -9,
      avg_zero: 2 / 6,
      absmax: -9,
      absmin: 2,
      first: 4,
    };
    expect(known(database, 1)).toEqual([[start, expected[aggregation]]]);
  });
});

describe('updateMany', () => {
  const BATCH: [number, number][] = [
    [NOW - 25, 1],
    [NOW - 15, 2],
    [NOW - 5, 3],
  ];
  const forms: { name: string; batch: () => Points }[] = [
    { name: 'pairs', batch: () => BATCH },
    { name: 'pairs in any order', batch: () => BATCH.toReversed() },
    {
      name: 'columns',
      batch: () => ({ timestamps: BATCH.map(([t]) => t), values: BATCH.map(([, v]) => v) }),
    },
    {
      name: 'typed columns',
      batch: () => ({
        timestamps: Uint32Array.from(BATCH, ([t]) => t),
        values: Float64Array.from(BATCH, ([, v]) => v),
      }),
    },
    { name: 'a generator', batch: () => BATCH.values() },
  ];

  it.each(forms)('stores $name, and says how many', ({ batch }) => {
    using database = inMemory();
    expect(database.updateMany(batch())).toEqual({
      written: 3,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(known(database, 0)).toEqual([
      [NOW - 30, 1],
      [NOW - 20, 2],
      [NOW - 10, 3],
    ]);
  });

  it('does nothing with an empty batch', () => {
    using database = inMemory();
    const before = database.toBytes();
    expect(database.updateMany([])).toEqual({
      written: 0,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    expect(database.toBytes()).toEqual(before);
  });

  it('drops and counts what is older than every archive', () => {
    using database = inMemory();
    expect(
      database.updateMany([
        [NOW - 601, 1],
        [NOW - 600, 2],
        [5, 3],
        [NOW, 4],
      ]),
    ).toEqual({ written: 2, inserted: 0, replaced: 0, dropped: 2, discarded: 0 });
  });

  it('puts points too old for the finest archive into a coarser one, the latest of an interval, unaggregated', () => {
    using database = inMemory('10s:2m,1m:10m', { aggregation: 'sum' });
    const start = NOW - (NOW % 60) - 300;
    database.updateMany([
      [start, 1],
      [start + 10, 2],
      [start + 50, 4],
    ]);
    expect(known(database, 0)).toEqual([]);
    expect(known(database, 1)).toEqual([[start, 4]]);
  });

  describe('points after now', () => {
    const batch: [number, number][] = [
      [NOW, 1],
      [NOW + 10, 2],
      [NOW + 20, 3],
    ];

    it('are stored, and seen once now reaches them', () => {
      using database = inMemory();
      expect(database.updateMany(batch)).toEqual({
        written: 3,
        inserted: 0,
        replaced: 0,
        dropped: 0,
        discarded: 0,
      });
      expect(points(database, NOW - 10, NOW + 20)).toEqual([[NOW, 1]]);
      expect(points(database, NOW - 10, NOW + 20, { now: NOW + 20 })).toEqual(batch);
    });

    it('are dropped and counted when asked', () => {
      using database = inMemory();
      expect(database.updateMany(batch, { future: 'drop' })).toEqual({
        written: 1,
        inserted: 0,
        replaced: 0,
        dropped: 2,
        discarded: 0,
      });
      expect(known(database, 0)).toEqual([[NOW, 1]]);
    });

    it('are refused with the whole batch when asked', () => {
      using database = inMemory();
      const before = database.toBytes();
      expect(() => database.updateMany(batch, { future: 'error' })).toThrow(
        expect.objectContaining({
          code: 'WSP_TIME_NOT_COVERED',
          message: expect.stringContaining('2 of the points in the future'),
        }),
      );
      expect(database.toBytes()).toEqual(before);
    });

    it('keep to their ring when they are more than it holds', () => {
      using database = inMemory('1s:10,10s:10');
      const run = Array.from({ length: 37 }, (_, i): [number, number] => [NOW + i, i]);
      expect(database.updateMany(run)).toEqual({
        written: 37,
        inserted: 0,
        replaced: 0,
        dropped: 0,
        discarded: 0,
      });
      expect(known(database, 0)).toEqual(run.slice(-10));
      expect(ringFaults(database)).toEqual([]);
    });
  });

  it.each([
    { options: {}, dialect: 'python', value: 1 },
    { options: { duplicates: 'last' }, dialect: 'python', value: 3 },
    { options: {}, dialect: 'go', value: 3 },
    { options: { duplicates: 'first' }, dialect: 'go', value: 1 },
  ] as const)(
    'of equal timestamps counts $value with $options in the $dialect dialect',
    ({ options, dialect, value }) => {
      using database = inMemory('10s:2m', { dialect });
      database.updateMany(
        [
          [NOW, 1],
          [NOW, 2],
          [NOW, 3],
        ],
        options,
      );
      expect(known(database, 0)).toEqual([[NOW, value]]);
    },
  );

  it('stores nothing of a batch with one bad point', () => {
    using database = inMemory();
    const before = database.toBytes();
    for (const bad of [[NOW, '1'], [Number.NaN, 1], [-1, 1], [NOW], 'xy']) {
      expect(() => database.updateMany([[NOW, 5], bad as never])).toThrow(/^<memory>: /);
    }
    expect(database.toBytes()).toEqual(before);
  });

  it('lets the source of the points use other databases meanwhile', () => {
    using database = inMemory();
    using other = inMemory();
    function* source(): Generator<readonly [number, number]> {
      for (let i = 5; i >= 0; i--) {
        other.update(i, NOW - i * 10);
        yield [NOW - i * 10, i];
      }
    }
    database.updateMany(source());
    expect(known(database, 0)).toEqual(known(other, 0));
  });
});

describe('fetch', () => {
  function filled(): Database {
    const database = inMemory();
    const start = NOW - (NOW % 60) - 540;
    database.updateMany(Array.from({ length: 60 }, (_, i): [number, number] => [start + i * 10, i]));
    return database;
  }

  it('begins after the interval of from and ends with that of until', () => {
    using database = filled();
    const series = database.fetch(NOW - 30, NOW - 10)!;
    expect([series.from, series.until, series.step, series.length]).toEqual([NOW - 20, NOW, 10, 2]);
  });

  it('lets the age of from alone choose the archive', () => {
    using database = filled();
    expect(database.fetch(NOW - 120, NOW)?.step).toBe(10);
    expect(database.fetch(NOW - 121, NOW - 120)?.step).toBe(60);
  });

  it('yields one point for a range of no length', () => {
    using database = filled();
    expect(points(database, NOW - 20, NOW - 20)).toHaveLength(1);
    using empty = inMemory();
    expect(points(empty, NOW - 20, NOW - 20)).toEqual([[NOW - 10, null]]);
  });

  it('answers null before the oldest time there can be and after now', () => {
    using database = filled();
    expect(database.fetch(NOW + 1, NOW + 60)).toBeNull();
    expect(database.fetch(0, NOW - 601)).toBeNull();
    expect(database.fetch(0, NOW - 600)).not.toBeNull();
  });

  it('raises from to the longest retention, and lowers until to now', () => {
    using database = filled();
    const series = database.fetch(0, NOW + 1000)!;
    expect([series.from, series.until]).toEqual([NOW - 540 - (NOW % 60), NOW + 60 - (NOW % 60)]);
    expect(series.isClamped).toBe(false);
  });

  it('refuses a range that ends before it begins, and times that are none', () => {
    using database = filled();
    expect(() => database.fetch(NOW, NOW - 1)).toThrow(expect.objectContaining({ code: 'WSP_BAD_RANGE' }));
    for (const wrong of ['now', null, Number.NaN, new Date()]) {
      expect(() => database.fetch(wrong as never)).toThrow(
        expect.objectContaining({ code: 'WSP_BAD_TIMESTAMP' }),
      );
    }
  });

  it.each([{ step: 60 }, { step: '1m' }, { step: '60' }, { archive: 1 }])(
    'asks the archive of %j',
    (choice) => {
      using database = filled();
      expect(database.fetch(NOW - 100, NOW, choice)).toMatchObject({ step: 60, archive: 1 });
    },
  );

  it.each([
    { choice: { step: 30 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { step: 0 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { step: '5m' }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { step: 'minute' }, code: 'WSP_BAD_RETENTION' },
    { choice: { archive: 2 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { archive: -1 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { archive: 0.5 }, code: 'WSP_NO_SUCH_ARCHIVE' },
    { choice: { archive: 0, step: 10 }, code: 'WSP_BAD_OPTION' },
    { choice: { resolution: 10 }, code: 'WSP_BAD_OPTION' },
  ])('refuses the choice of $choice', ({ choice, code }) => {
    using database = filled();
    expect(() => database.fetch(NOW - 100, NOW, choice as never)).toThrow(expect.objectContaining({ code }));
  });

  it('cuts a range to what the chosen archive holds, and says so', () => {
    using database = filled();
    const series = database.fetch(NOW - 600, NOW, { archive: 0 })!;
    expect(series.isClamped).toBe(true);
    expect([series.from, series.until, series.length]).toEqual([NOW - 110, NOW + 10, 12]);
    expect(database.fetch(NOW - 600, NOW - 300, { archive: 0 })).toBeNull();
  });

  it("answers such a range in Python's form when asked: fewer values, from its beginning on", () => {
    using database = filled();
    const series = database.fetch(NOW - 600, NOW, { archive: 0, clamp: false })!;
    expect([series.from, series.until, series.length]).toEqual([NOW - 590, NOW + 10, 12]);
  });

  it('gives rings longer than their range only what was written there', () => {
    using database = inMemory();
    expect(points(database, NOW - 600, NOW).every(([, value]) => value === null)).toBe(true);
    database.update(1);
    expect([...database.fetch(NOW - 600, NOW)!.known]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('does not make up memory for a header that promises more than its ring holds', () => {
    using database = filled();
    const bytes = database.toBytes();
    new DataView(bytes.buffer).setUint32(4, 0xffff_ffff);
    using odd = open(bytes, { clock: () => NOW });
    expect(odd.fetch(0)!.length).toBe(10);
    expect(odd.fetch(-1e15, NOW)!.length).toBe(10);
    using empty = inMemory();
    const wide = empty.toBytes();
    new DataView(wide.buffer).setUint32(4, 0xffff_ffff);
    using oddAndEmpty = open(wide, { clock: () => NOW });
    expect(() => oddAndEmpty.fetch(0, NOW, { archive: 0, clamp: false })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_RANGE' }),
    );
  });
});

describe('times up to the edge of 32 bits', () => {
  it.each([2_147_483_640, 3_000_000_000, 4_294_967_290])('%d', (now) => {
    using database = inMemory();
    database.updateMany(
      [
        [now - 10, 1],
        [now, 2],
      ],
      { now },
    );
    database.update(3, now - 20, { now });
    const start = now - (now % 10);
    expect([...database.fetch(now - 30, now, { now })!]).toEqual([
      [start - 20, 3],
      [start - 10, 1],
      [start, 2],
    ]);
    expect(ringFaults(database)).toEqual([]);
  });

  it('refuses what lies behind it', () => {
    using database = inMemory();
    expect(() => database.updateMany([[2 ** 32, 1]], { now: 2 ** 32 })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_TIMESTAMP' }),
    );
  });
});

describe('milliseconds in place of seconds are refused with the question whether they are', () => {
  it.each([
    { name: 'a clock', call: () => inMemory(undefined, { clock: Date.now }).update(1) },
    { name: 'now', call: () => inMemory().updateMany([[NOW, 1]], { now: NOW * 1000 }) },
    { name: 'the beginning of a range', call: () => inMemory().fetch(NOW * 1000, NOW * 1000) },
    { name: 'a timestamp', call: () => inMemory().update(1, NOW * 1000) },
  ])('$name', ({ call }) => {
    expect(call).toThrow(
      expect.objectContaining({
        code: 'WSP_BAD_TIMESTAMP',
        message: expect.stringContaining('milliseconds?'),
      }),
    );
  });

  it('but the end of a range may be as good as never', () => {
    using database = inMemory();
    expect(database.fetch(NOW - 60, Number.MAX_SAFE_INTEGER / 2)?.until).toBe(NOW + 10);
  });
});

describe('settings', () => {
  it('say what was set before', () => {
    using database = inMemory();
    expect(database.setXFilesFactor(0.3)).toBe(0);
    expect(database.setXFilesFactor('0.4')).toBe(Math.fround(0.3));
    expect(database.setAggregation('max')).toBe('average');
    expect(database.info).toMatchObject({ aggregation: 'max', xFilesFactor: Math.fround(0.4) });
    expect(database.setAggregation('sum', 1)).toBe('max');
    expect(database.info).toMatchObject({ aggregation: 'sum', xFilesFactor: 1 });
  });

  it('leave what was rolled up before as it was, and hold from then on', () => {
    using database = inMemory();
    const start = NOW - (NOW % 60) - 60;
    database.updateMany([
      [start, 1],
      [start + 10, 5],
    ]);
    database.setAggregation('sum');
    expect(known(database, 1)).toEqual([[start, 3]]);
    database.update(5, start + 20, { now: NOW });
    expect(known(database, 1)).toEqual([[start, 11]]);
  });

  it.each([
    { call: (database: Database) => database.setXFilesFactor(2), code: 'WSP_BAD_X_FILES_FACTOR' },
    {
      call: (database: Database) => database.setXFilesFactor(undefined as never),
      code: 'WSP_BAD_X_FILES_FACTOR',
    },
    { call: (database: Database) => database.setAggregation('median' as never), code: 'WSP_BAD_AGGREGATION' },
    { call: (database: Database) => database.setAggregation('sum', -1), code: 'WSP_BAD_X_FILES_FACTOR' },
  ])('refuse what is none: $code', ({ call, code }) => {
    using database = inMemory();
    const before = database.toBytes();
    expect(() => call(database)).toThrow(expect.objectContaining({ code }));
    expect(database.toBytes()).toEqual(before);
    expect(database.info.aggregation).toBe('average');
  });
});

describe('two handles', () => {
  it('keep the settings of each other', () => {
    using a = create(inFolder('a.wsp'), { retentions: '10s:2m' });
    using b = open(inFolder('a.wsp'));
    a.setXFilesFactor(0.125);
    expect(b.setAggregation('max')).toBe('average');
    expect(a.setXFilesFactor(1)).toBe(0.125);
    using c = open(inFolder('a.wsp'));
    expect(c.info).toMatchObject({ aggregation: 'max', xFilesFactor: 1 });
  });

  it('do not change settings over archives that are others by now', () => {
    using a = create(inFolder('a.wsp'), { retentions: '10s:2m,1m:10m' });
    using other = create(null, { retentions: '10s:12,2m:8' });
    writeFileSync(inFolder('a.wsp'), other.toBytes());
    expect(() => a.setAggregation('max')).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
    expect(readFileSync(inFolder('a.wsp'))).toEqual(Buffer.from(other.toBytes()));
  });

  it('know when another file has taken the place of theirs', () => {
    using a = create(inFolder('a.wsp'), { retentions: '10s:2m' });
    expect(a.isReplaced()).toBe(false);
    using b = create(inFolder('a.wsp'), { retentions: '10s:2m', overwrite: true });
    expect([a.isReplaced(), b.isReplaced()]).toEqual([true, false]);
  });
});

it('an error tells where it was refused, not where its path was added', () => {
  using database = inMemory();
  const refuse = () => database.updateMany('x' as never);
  expect(refuse).toThrow(expect.objectContaining({ stack: expect.stringMatching(/<memory>: .*\n.*points/) }));
});

describe('a handle', () => {
  it('refuses everything once it is closed, and closing it twice is fine', () => {
    const database = create(inFolder('a.wsp'), { retentions: '10s:2m' });
    database.close();
    database.close();
    const calls = [
      () => database.info,
      () => database.update(1),
      () => database.updateMany([]),
      () => database.fetch(0),
      () => database.slots(0),
      () => database.toBytes(),
      () => database.setXFilesFactor(0),
      () => database.sync(),
    ];
    for (const call of calls)
      expect(call).toThrow(expect.objectContaining({ code: 'WSP_CLOSED', path: inFolder('a.wsp') }));
  });

  it('goes by its own clock, and by now where that is given', () => {
    let time = 1000;
    using database = create(null, { retentions: '10s:2m', clock: () => time });
    database.update(1);
    time = 1010;
    database.update(2);
    expect([...database.fetch(990)!]).toEqual([
      [1000, 1],
      [1010, 2],
    ]);
    expect([...database.fetch(990, undefined, { now: 1005 })!]).toEqual([[1000, 1]]);
  });

  it('gives the same file whether it locks, syncs and closes at every step, or none of it', () => {
    const steps: ((database: Database) => void)[] = [
      (database) =>
        database.updateMany(
          [
            [NOW - 300, 1],
            [NOW - 60, 2],
            [NOW, 3],
          ],
          { now: NOW },
        ),
      (database) => database.update(4, NOW - 10, { now: NOW }),
      (database) => database.setXFilesFactor(0.2),
      (database) => database.setAggregation('max'),
      (database) => database.update(5, NOW - 20, { now: NOW }),
    ];
    create(inFolder('a.wsp'), { retentions: '10s:2m,1m:10m', lock: true, durable: 'sync' }).close();
    using plain = create(null, { retentions: '10s:2m,1m:10m' });
    for (const step of steps) {
      using careful = open(inFolder('a.wsp'), { lock: true, durable: true });
      step(careful);
      step(plain);
    }
    expect(readFileSync(inFolder('a.wsp'))).toEqual(Buffer.from(plain.toBytes()));
  });
});

describe('a batch for the archive of one retention', () => {
  const batch: [number, number][] = [
    [NOW - 500, 1],
    [NOW - 100, 2],
    [NOW, 3],
  ];
  const formats = [{ format: 'standard' }, { format: 'compressed' }] as const;
  const minute = NOW - (NOW % 60);

  it.each(
    formats.flatMap(({ format }) => [600, '10m', '600', '600s'].map((retention) => ({ format, retention }))),
  )('goes there alone: $retention in a $format file', ({ format, retention }) => {
    using database = inMemory('10s:2m,1m:10m', { format });
    expect(database.updateMany(batch, { retention })).toEqual({
      written: 3,
      inserted: 0,
      replaced: 0,
      dropped: 0,
      discarded: 0,
    });
    const stored = (archive: number) => [...database.points(archive).timestamps];
    expect([stored(0), stored(1)]).toEqual([[], [minute - 480, minute - 120, minute]]);
  });

  it.each(formats)('drops what that one does not reach, and a coarser one would: $format', ({ format }) => {
    using database = inMemory('10s:2m,1m:10m', { format });
    const { written, dropped } = database.updateMany(batch, { retention: '2m' });
    expect([written, dropped, [...database.points(1).timestamps]]).toEqual(
      // What a compressed file rolls up waits in its buffer first.
      format === 'standard' ? [2, 1, [minute - 120, minute]] : [2, 1, []],
    );
  });

  it.each(
    formats.flatMap(({ format }) => [
      { format, retention: 601, code: 'WSP_NO_SUCH_ARCHIVE', says: 'no archive that reaches back 601' },
      { format, retention: '1h', code: 'WSP_NO_SUCH_ARCHIVE', says: "no archive that reaches back '1h'" },
      { format, retention: 0, code: 'WSP_NO_SUCH_ARCHIVE', says: '120 (10s:2m), 600 (1m:10m)' },
      { format, retention: Number.NaN, code: 'WSP_NO_SUCH_ARCHIVE', says: 'NaN' },
      { format, retention: '10 minutes', code: 'WSP_BAD_RETENTION', says: '10 minutes' },
      { format, retention: null, code: 'WSP_NO_SUCH_ARCHIVE', says: 'null' },
    ]),
  )('is refused for $retention in a $format file', ({ format, retention, code, says }) => {
    using database = inMemory('10s:2m,1m:10m', { format });
    const before = database.toBytes();
    expect(() => database.updateMany(batch, { retention: retention as never })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(says) }),
    );
    expect(database.toBytes()).toEqual(before);
  });

  it.each(formats)('finds nothing to do in the go dialect if there is none: $format', ({ format }) => {
    using database = inMemory('10s:2m,1m:10m', { format, dialect: 'go' });
    const before = database.toBytes();
    expect(database.updateMany(batch, { retention: 601 })).toEqual({
      written: 0,
      inserted: 0,
      replaced: 0,
      dropped: 3,
      discarded: 0,
    });
    expect(database.toBytes()).toEqual(before);
    expect(() => database.updateMany(batch, { retention: '10 minutes' })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_RETENTION' }),
    );
  });

  it('is refused in a mix file for an archive that takes no points', () => {
    using database = inMemory('10s:2m,1m:10m', { format: 'compressed', mix: ['max'] });
    expect(database.updateMany(batch, { retention: 120 }).written).toBeGreaterThan(0);
    expect(() => database.updateMany(batch, { retention: 600 })).toThrow(
      expect.objectContaining({ code: 'WSP_NO_SUCH_ARCHIVE' }),
    );
  });

  it('may hold points after now, or be refused with them', () => {
    for (const { format } of formats) {
      using database = inMemory('10s:2m,1m:10m', { format });
      const later: [number, number][] = [[NOW + 60, 1]];
      expect(() => database.updateMany(later, { retention: 600, future: 'error' })).toThrow(
        expect.objectContaining({ code: 'WSP_TIME_NOT_COVERED' }),
      );
      expect(database.updateMany(later, { retention: 600, future: 'drop' })).toMatchObject({ dropped: 1 });
      expect(database.updateMany(later, { retention: 600 })).toMatchObject({ written: 1 });
    }
  });
});

describe('what an archive holds', () => {
  it.each(['standard', 'compressed'] as const)('is told oldest first: %s', (format) => {
    using database = inMemory('10s:2m,1m:10m', { format });
    for (const age of [70, 60, 50, 20, 10, 0]) database.update(age, NOW - age, { now: NOW - age });
    const { timestamps, values } = database.points(0);
    expect([...timestamps]).toEqual([70, 60, 50, 20, 10, 0].map((age) => NOW - age));
    expect([...values]).toEqual([70, 60, 50, 20, 10, 0]);
  });

  it('does not hold what a later turn of a ring passed over', () => {
    using database = inMemory('10s:2m');
    database.updateMany(
      [
        [NOW - 230, 1],
        [NOW - 220, 2],
      ],
      { now: NOW - 200 },
    );
    database.update(3, NOW - 100);
    database.update(4, NOW);
    expect([...database.points(0).values]).toEqual([3, 4]);
    expect(known(database, 0).map(([, value]) => value)).toEqual([1, 3, 4]);
  });

  it('is none but what the file has: a point after now is one of them', () => {
    for (const format of ['standard', 'compressed'] as const) {
      using database = inMemory('10s:2m', { format });
      database.updateMany([
        [NOW, 1],
        [NOW + 500, 2],
      ]);
      expect([...database.points(0, { now: NOW }).values]).toEqual([1, 2]);
    }
  });

  it.each(['slots', 'points', 'blocks'] as const)(
    'is not told of an archive that is not there: %s',
    (call) => {
      for (const format of ['standard', 'compressed'] as const) {
        using database = inMemory('10s:2m,1m:10m', { format });
        for (const archive of [2, -1, 0.5, Number.NaN, '0', undefined]) {
          expect(() => database[call](archive as never)).toThrow(
            expect.objectContaining({ code: 'WSP_NO_SUCH_ARCHIVE', expected: '0 to 1' }),
          );
        }
      }
    },
  );

  it('is no blocks in a standard file', () => {
    using database = inMemory();
    expect(() => database.blocks(0)).toThrow(
      expect.objectContaining({ code: 'WSP_UNSUPPORTED_FORMAT', path: '<memory>' }),
    );
  });

  it('refuses options that it has not', () => {
    using database = inMemory();
    expect(() => database.points(0, { until: NOW } as never)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
    );
    expect(() => database.points(0, { now: NOW * 1000 })).toThrow(/milliseconds\?/);
  });
});

describe('an aggregation asked for in a standard file', () => {
  it('is its own, or an error', () => {
    using database = inMemory('10s:2m', { aggregation: 'avg_zero' });
    database.update(1);
    expect(points(database, NOW - 10, NOW, { spec: 'avg_zero' })).toEqual([[NOW, 1]]);
    for (const spec of ['average', 'p95', 'median', { method: 'max' }, {}, null]) {
      expect(() => database.fetch(NOW - 10, NOW, { spec: spec as never })).toThrow(
        expect.objectContaining({
          code: 'WSP_NO_SUCH_ARCHIVE',
          message: expect.stringContaining('avg_zero'),
        }),
      );
    }
  });
});

describe('of equal timestamps in a compressed file', () => {
  it.each([
    { options: {}, value: 3 },
    { options: { duplicates: 'first' }, value: 1 },
    { options: { duplicates: 'last' }, value: 3 },
  ] as const)('counts $value with $options, in either dialect', ({ options, value }) => {
    for (const dialect of ['python', 'go'] as const) {
      using database = inMemory('10s:2m', { format: 'compressed', dialect });
      database.updateMany(
        [
          [NOW, 1],
          [NOW, 2],
          [NOW, 3],
        ],
        options,
      );
      expect([...database.points(0).values]).toEqual([value]);
    }
  });
});

it('a handle to a compressed file refuses everything once it is closed', () => {
  const database = create(inFolder('a.wsp'), { format: 'compressed', retentions: '10s:2m' });
  expect(database.format).toBe('compressed');
  database.close();
  database.close();
  const calls = [
    () => database.info,
    () => database.update(1),
    () => database.updateMany([]),
    () => database.fetch(0),
    () => database.slots(0),
    () => database.points(0),
    () => database.blocks(0),
    () => database.toBytes(),
    () => database.isReplaced(),
    () => database.setXFilesFactor(0),
    () => database.setAggregation('max'),
    () => database.sync(),
  ];
  for (const call of calls) {
    expect(call).toThrow(expect.objectContaining({ code: 'WSP_CLOSED', path: inFolder('a.wsp') }));
  }
});

describe('points', () => {
  it('come in memory that holds nothing else', () => {
    const database = inMemory('1s:3000', { format: 'compressed' });
    const timestamps = Float64Array.from({ length: 2500 }, (_, i) => NOW - 2499 + i);
    database.updateMany({ timestamps, values: timestamps });
    const points = database.points(0);
    expect([points.timestamps.buffer.byteLength, points.values.buffer.byteLength]).toEqual([20_000, 20_000]);
  });
});

describe('two handles of which one locks', () => {
  it('keep each other’s points: a lock is no promise that nobody else writes', () => {
    const path = inFolder('locked.wsp');
    create(path, { retentions: '1s:60', format: 'compressed', clock: () => NOW }).close();
    using locked = open(path, { lock: true, clock: () => NOW });
    locked.update(1, NOW - 5);
    {
      using other = open(path, { clock: () => NOW });
      other.update(2, NOW - 4);
    }
    locked.update(3, NOW - 3);
    expect([...locked.points(0).values]).toEqual([1, 2, 3]);
  });
});
