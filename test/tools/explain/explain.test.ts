import { describe, expect, it } from 'vitest';
import { create, type Database, explain } from '../../../src/index.js';
import { errorOf } from '../../support/error-of.js';

/** A multiple of ten minutes. */
const NOW = 1_699_999_800;
const FORMATS = ['standard', 'compressed'] as const;

/** Points of the finest archive, `[seconds ago, value]`, stored one by one as they come. */
function database(
  format: (typeof FORMATS)[number],
  ages: readonly (readonly [age: number, value: number])[],
  options: { retentions?: string; xFilesFactor?: number; aggregation?: 'average' | 'sum' } = {},
): Database {
  const made = create(null, { retentions: '10s:10m,1m:1h,10m:1d', format, ...options });
  for (const [age, value] of [...ages].sort((a, b) => b[0] - a[0])) {
    made.update(value, NOW - age, { now: NOW - age });
  }
  return made;
}

const every = (step: number, length: number, from = 0) =>
  Array.from({ length }, (_, i) => [from + i * step, i] as const);

const at = (made: Database, age: number, now = NOW) => explain(made.toBytes(), NOW - age, { now });

describe.each(FORMATS)('explain, of a %s file', (format) => {
  it('finds a value in the finest archive that reaches back, and its neighbours there', () => {
    const explained = at(database(format, every(10, 30)), 55);
    expect(explained).toMatchObject({
      path: '<memory>',
      format,
      timestamp: NOW - 55,
      now: NOW,
      verdict: {
        code: 'value',
        message: expect.stringMatching(/^a value: archive 0 \(10s:10m\) answers with 6/),
      },
      answer: 0,
      value: 6,
      before: { timestamp: NOW - 70, value: 7 },
      after: { timestamp: NOW - 50, value: 5 },
      spacing: 10,
      advice: [],
    });
    expect(explained.archives.map(({ interval, covers }) => [NOW - interval, covers])).toEqual([
      [60, true],
      [60, true],
      [600, true],
    ]);
  });

  it('finds a coarser value where the finest archive does not reach back any more', () => {
    const made = database(format, every(10, 200));
    expect(at(made, 1200)).toMatchObject({ verdict: { code: 'value' }, answer: 1, value: 117.5 });
    expect(at(made, 1200).archives[0]).toMatchObject({ covers: false, value: null, fallsOut: NOW - 600 });
    expect(at(made, 590)).toMatchObject({ answer: 0 });
    expect(at(made, 600)).toMatchObject({ answer: 1 });
  });

  it('counts the finer points that are known, and those that the xFilesFactor needs', () => {
    const explained = at(database(format, [...every(10, 2, 120), ...every(10, 2)]), 120);
    expect(explained).toMatchObject({ answer: 0, value: 0 });
    expect(explained.archives[1]).toMatchObject({
      interval: NOW - 120,
      covers: true,
      value: null,
      rollUp: { archive: 0, known: 1, of: 6, needed: 3, isEnough: false, lost: 0, hadPoints: true, value: 0 },
    });
    expect(explained.archives[2]!.rollUp).toMatchObject({
      archive: 1,
      known: 0,
      of: 10,
      needed: 5,
      hadPoints: true,
    });
  });

  it('says that too few are known, and what would be enough', () => {
    // Two of the six points that make a minute, of which newer ones have not yet taken the places.
    const made = database(format, [...every(60, 9, 30), [580, 1], [570, 1], [1000, 1]], {
      retentions: '10s:10m,1m:1h',
    });
    const explained = at(made, 580, NOW + 20);
    expect(explained).toMatchObject({
      verdict: {
        code: 'too-few',
        message:
          'no value: archive 1 (1m:1h) answers, and 2 of 6 finer points are known where xFilesFactor 0.5 needs 3',
      },
      answer: 1,
      value: null,
    });
    expect(explained.advice[0]).toBe(
      'an xFilesFactor of at most 0.33 takes 2 of 6 for enough, and 0 takes any: ' +
        "sotto tune '<memory>' --xff 0.33 --recompute",
    );
  });

  it('blames the schema where points come more seldom than it expects', () => {
    const explained = at(database(format, every(60, 40)), 1200);
    const { code, message } = explained.verdict;
    expect([code, explained.value, explained.spacing]).toEqual(['too-few', null, 60]);
    expect(message).toMatch(
      /^no value: archive 1 \(1m:1h\) answers, and (of 6 finer points at most 1 was|1 of 6 finer points is) known where xFilesFactor 0\.5 needs 3$/,
    );
    expect(explained.advice).toEqual([
      'an xFilesFactor of at most 0.16 takes 1 of 6 for enough, and 0 takes any: ' +
        "sotto tune '<memory>' --xff 0.16 --recompute",
      'points come every 1m, and archive 0 (10s:10m) has a place for every 10s: the first step of a schema should be ' +
        'as long as points are apart',
    ]);
  });

  it.each([
    {
      name: 'a time to come',
      age: -300,
      code: 'future',
      message: 'no value: the time is still to come, in 5m',
    },
    {
      name: 'a time before all archives',
      age: 86_400 + 600,
      code: 'too-old',
      message:
        'no value: the time is older than what the archives hold; it fell out of archive 2 (10m:1d), the one that ' +
        'reaches back furthest, at 2023-11-14T22:00:00Z, 10m ago',
    },
    {
      name: 'a time before the first point',
      age: 7200,
      code: 'before-first',
      message:
        /^no value: archive 2 \(10m:1d\) answers, and the first point of the file is later, of 2023-11-14T2/,
    },
    {
      name: 'a time after the newest point',
      age: 5,
      now: NOW + 300,
      code: 'value',
      message: /^a value/,
    },
    {
      name: 'a time after the newest point, later',
      age: -200,
      now: NOW + 300,
      code: 'after-last',
      message:
        'no value: archive 0 (10s:10m) answers, and the newest point of the file is of 2023-11-14T22:10:00Z, 5m ago',
    },
    {
      name: 'a gap between points',
      age: 95,
      code: 'not-stored',
      message:
        'no value: archive 0 (10s:10m) answers, and no point of the 10s from 2023-11-14T22:08:20Z on is stored',
    },
  ])('tells of $name', ({ age, now, code, message }) => {
    const made = database(format, [...every(10, 9), ...every(10, 90, 110)]);
    const { verdict } = at(made, age, now);
    expect(verdict).toEqual({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  it('tells of a file without points', () => {
    expect(at(database(format, []), 60)).toMatchObject({
      verdict: { code: 'empty', message: 'no value: the file has no points' },
      before: null,
      after: null,
      spacing: null,
    });
  });

  it('takes NaN for a value', () => {
    const { verdict, value } = at(database(format, [[0, Number.NaN]]), 0);
    expect(value).toBeNaN();
    expect(verdict).toMatchObject({
      code: 'value',
      message: expect.stringContaining('answers with NaN, which is a value and no gap'),
    });
  });

  it('tells of a point in the future that is stored already', () => {
    const made = database(format, []);
    made.updateMany([[NOW + 100, 1]], { now: NOW });
    const { verdict, answer, after } = at(made, -100);
    expect(verdict).toEqual({
      code: 'future',
      message:
        'no value: the time is still to come, in 1m40s; a point of it is stored, and shows when the time has come',
    });
    expect([answer, after]).toEqual([null, null]);
    expect(at(made, -100, NOW + 100)).toMatchObject({ verdict: { code: 'value' }, value: 1 });
  });

  it('tells that nothing was made of enough points, after a change of settings', () => {
    const made = database(format, every(20, 30, 60), { xFilesFactor: 1 });
    made.setXFilesFactor(0.5);
    const later = explain(made.toBytes(), NOW - 300, { now: NOW + 300 });
    expect(later.answer).toBe(1);
    if (format === 'standard') {
      expect(later.verdict).toEqual({
        code: 'not-rolled-up',
        message:
          'no value: archive 1 (1m:1h) answers, and it has none, though 3 of 6 finer points are known where ' +
          'xFilesFactor 0.5 needs 3: nothing was made of them',
      });
      expect(later.advice).toEqual([expect.stringContaining("sotto tune '<memory>' --recompute")]);
    }
  });

  it('cannot tell what was known where newer points have the places', () => {
    const made = database(format, every(10, 200));
    made.erase(NOW - 1260, NOW - 1200, { now: NOW, archive: 1 });
    const { verdict, archives } = at(made, 1200);
    expect(archives[1]).toMatchObject({
      value: null,
      rollUp: format === 'standard' ? { lost: 6 } : { known: 6 },
    });
    if (format === 'standard') {
      expect(verdict).toEqual({
        code: 'past',
        message:
          'no value: archive 1 (1m:1h) answers, and it has none of the 1m from 2023-11-14T21:50:00Z on; what was known ' +
          'of it has left archive 0 (10s:10m) by now',
      });
    } else expect(verdict.code).toBe('not-rolled-up');
  });

  it('takes for the spacing of points what most of them are apart', () => {
    const irregular = [...every(60, 9), [70, 1], [400, 1]] as const;
    expect(at(database(format, irregular), 0).spacing).toBe(60);
    expect(at(database(format, every(10, 3)), 0).spacing).toBeNull();
  });

  it('tells that a coarser value is another one than the finer points come to', () => {
    const made = database(format, every(10, 60), { retentions: '10s:10m,1m:1h' });
    made.updateMany([[NOW - 300, 1e9]], { now: NOW, retention: 3600 });
    const { archives } = at(made, 300);
    expect(archives[1]).toMatchObject({ value: 1e9, rollUp: { isEnough: true, lost: 0, value: 27.5 } });
  });
});

describe('explain, of a standard file', () => {
  it.each([
    {
      name: 'holds the interval',
      age: 30,
      slot: { slot: 57, offset: 52 + 57 * 12, holds: 'this', value: 3 },
    },
    { name: 'was never written', age: 600, slot: { holds: 'nothing', timestamp: 0 } },
  ])('names the slot, which $name', ({ age, slot }) => {
    const made = create(null, { retentions: '10s:10m,1m:1h,10m:1d' });
    for (const [back, value] of every(10, 61).reverse()) {
      if (back <= 590 && back !== 600) made.update(value, NOW - back, { now: NOW - back });
    }
    // The ring began with the point of 590 s ago.
    expect(made.slots(0).timestamps[0]).toBe(NOW - 590);
    const explained = at(made, age === 600 ? -10 : age, age === 600 ? NOW + 10 : NOW);
    expect(explained.archives[0]!.slot).toMatchObject(
      age === 600
        ? { slot: 0, offset: 52, holds: 'older', timestamp: NOW - 590 }
        : { ...slot, slot: 56, offset: 52 + 56 * 12 },
    );
  });

  it.each([
    { age: 600, holds: 'newer', timestamp: NOW },
    { age: -10, holds: 'older', timestamp: NOW - 590 },
    { age: 0, holds: 'this', timestamp: NOW },
  ])('finds in the slot of $age seconds ago a $holds interval', ({ age, holds, timestamp }) => {
    const { archives } = at(database('standard', every(10, 100)), age);
    expect(archives[0]!.slot).toMatchObject({ holds, timestamp });
  });

  it('finds nothing in a slot that was never written, and the first one in an empty ring', () => {
    const { archives } = at(database('standard', [[0, 1]]), 100);
    expect(archives[0]!.slot).toEqual({ slot: 50, offset: 652, holds: 'nothing', timestamp: 0, value: 0 });
    expect(archives[1]!.slot).toMatchObject({ slot: 0, offset: 772, holds: 'nothing' });
  });

  it('advises an xFilesFactor that the header, in single precision, does not hold higher', () => {
    const points = [190, 180, 170, 50].map((age) => [age, 1] as const);
    const made = database('standard', points, { retentions: '10s:200s,100s:5h', xFilesFactor: 0.9 });
    const { verdict, advice } = at(made, 190, NOW + 10);
    expect(verdict.message).toContain('3 of 10 finer points are known where xFilesFactor 0.9 needs 9');
    // 0.3 becomes 0.30000001, of which 3 of 10 are less.
    expect(advice[0]).toContain('--xff 0.29 --recompute');
  });

  it.each([
    { xFilesFactor: 0.1, python: 2, go: 1 },
    { xFilesFactor: 0.5, python: 5, go: 5 },
    { xFilesFactor: 0.51, python: 6, go: 6 },
    { xFilesFactor: 0, python: 1, go: 1 },
    { xFilesFactor: 1, python: 10, go: 10 },
  ])('rounds as each dialect does: of 10 with $xFilesFactor', ({ xFilesFactor, python, go }) => {
    const bytes = create(null, { retentions: '1s:1m,10s:1h', xFilesFactor }).toBytes();
    const needed = (dialect: 'python' | 'go') =>
      explain(bytes, NOW, { now: NOW, dialect }).archives[1]!.rollUp!.needed;
    expect([needed('python'), needed('go')]).toEqual([python, go]);
    // In compressed files it is single precision for both.
    const compressed = create(null, {
      retentions: '1s:1m,10s:1h',
      xFilesFactor,
      format: 'compressed',
    }).toBytes();
    expect(explain(compressed, NOW, { now: NOW }).archives[1]!.rollUp!.needed).toBe(go);
  });

  it('explains a file that was cut off if told to', () => {
    const bytes = database('standard', every(10, 30)).toBytes().subarray(0, 1000);
    expect(errorOf(() => explain(bytes, NOW - 290, { now: NOW })).code).toBe('WSP_CORRUPT');
    expect(explain(bytes, NOW - 290, { now: NOW, force: true })).toMatchObject({
      verdict: { code: 'value' },
      value: 29,
    });
  });
});

describe('explain, of a compressed file', () => {
  it('names the block, and what waits in the buffer', () => {
    const { archives } = at(database('compressed', every(10, 100)), 30);
    expect(archives[0]).toMatchObject({
      value: 3,
      source: 'buffer',
      buffered: { value: 3, until: NOW + 60 },
      block: null,
    });
    const older = at(database('compressed', every(10, 100)), 300).archives[0]!;
    expect(older).toMatchObject({
      value: 30,
      source: 'block',
      buffered: null,
      block: { value: 30, isCurrent: true },
    });
    expect(older.block!.start).toBeLessThanOrEqual(NOW - 300);
    expect(older.block!.end).toBeGreaterThanOrEqual(NOW - 300);
  });

  it('tells of values that a reader makes of what waits', () => {
    const { archives } = at(database('compressed', every(10, 100)), 30);
    expect(archives[1]).toMatchObject({
      interval: NOW - 60,
      value: 3.5,
      source: 'waiting',
      rollUp: { known: 6, of: 6 },
    });
  });

  it('takes what waits to a block when it says so, and not before', () => {
    const made = database('compressed', every(10, 100));
    const { until } = at(made, 60).archives[0]!.buffered!;
    expect(until).toBe(NOW + 60);
    expect(at(made, 0).archives[0]!.buffered).toEqual({ value: 0, until: NOW + 120 });
    made.update(1, until - 10, { now: until });
    expect(explain(made.toBytes(), NOW - 60, { now: until }).archives[0]!.source).toBe('buffer');
    made.update(1, until, { now: until });
    expect(explain(made.toBytes(), NOW - 60, { now: until }).archives[0]!.source).toBe('block');
  });

  it('tells of a damaged block', () => {
    const made = database('compressed', every(10, 100));
    const bytes = made.toBytes();
    bytes[made.blocks(0)[0]!.offset + 14]! ^= 0xff;
    const { verdict, advice } = explain(bytes, NOW - 300, { now: NOW });
    expect(verdict).toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(
        /^no value: archive 0 \(10s:10m\) answers, and its block 0, where the time falls, is dam/,
      ),
    });
    expect(advice).toEqual([expect.stringContaining("sotto repair '<memory>'")]);
  });

  it('counts what was discarded as late', () => {
    const made = create(null, { retentions: '10s:10m,1m:1h', format: 'compressed', late: 'discard' });
    for (const [age, value] of every(10, 40).reverse()) made.update(value, NOW - age, { now: NOW - age });
    made.updateMany([[NOW - 500, 1]], { now: NOW });
    expect(at(made, 500).archives.map(({ discarded }) => discarded)).toEqual([1, 0]);
  });
});

describe('explain, of a mix file', () => {
  const made = create(null, { retentions: '10s:10m,1m:1h', format: 'compressed', mix: ['max', 'p50'] });
  made.updateMany(
    every(10, 200).map(([age, value]) => [NOW - age, value]),
    { now: NOW },
  );
  const bytes = made.toBytes();

  it('asks the archives of one aggregation', () => {
    const one = (spec?: string) => explain(bytes, NOW - 300, { now: NOW + 500, spec });
    expect(one()).toMatchObject({ answer: 1, value: 30 });
    expect(one('p50')).toMatchObject({ answer: 2, value: 27.5 });
    expect(one().archives.map(({ spec }) => spec)).toEqual([undefined, 'max', 'p50']);
    expect(one().archives[2]!.rollUp).toMatchObject({ archive: 0, known: 6, of: 6, value: 27.5 });
  });

  it('shows what a fetch up to now shows, and not what one that ends there does', () => {
    const sparse = create(null, { retentions: '10s:10m,1m:1h', format: 'compressed', mix: ['max'] });
    sparse.updateMany(
      every(60, 9).map(([age, value]) => [NOW - age, value]),
      { now: NOW },
    );
    const { archives } = at(sparse, 300);
    expect(archives[1]).toMatchObject({ value: null, rollUp: { known: 1, needed: 3, isEnough: false } });
    expect(at(sparse, 0).archives[1]).toMatchObject({ value: 0, rollUp: { known: 1, isEnough: false } });
  });

  it('refuses an aggregation that it does not have', () => {
    const error = errorOf(() => explain(bytes, NOW, { now: NOW, spec: 'p99' }));
    expect(error).toMatchObject({ code: 'WSP_NO_SUCH_ARCHIVE' });
  });
});

it.each([
  { source: 'none.wsp', timestamp: NOW, options: {}, code: 'WSP_NOT_FOUND' },
  { source: new Uint8Array(9), timestamp: NOW, options: {}, code: 'WSP_CORRUPT' },
  { source: new Uint8Array(9), timestamp: Number.NaN, options: {}, code: 'WSP_BAD_TIMESTAMP' },
  { source: 'a.wsp', timestamp: NOW, options: { at: 1 }, code: 'WSP_BAD_OPTION' },
  { source: 'a.wsp', timestamp: NOW, options: { now: 'x' }, code: 'WSP_BAD_TIMESTAMP' },
])('refuses with $code', ({ source, timestamp, options, code }) => {
  expect(errorOf(() => explain(source, timestamp, options as never)).code).toBe(code);
});
