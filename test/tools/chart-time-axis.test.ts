import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { clockTime, dayRange, timeTicks, zoneName } from '../../src/tools/chart-time-axis.js';

const HOUR = 3600;
const DAY = 86_400;
/** 2023-11-14 12:00 UTC, a Tuesday. */
const NOON = 1_699_963_200;

describe('timeTicks', () => {
  const labels = (from: number, span: number, room = 72) =>
    timeTicks(from, from + span, room, 'utc').map(({ label }) => label);

  it.each([
    {
      name: 'seconds',
      span: 30,
      expected: ['12:00:00', '12:00:05', '12:00:10', '12:00:15', '12:00:20', '12:00:25'],
    },
    { name: 'minutes', span: HOUR, expected: ['12:00', '12:10', '12:20', '12:30', '12:40', '12:50'] },
    { name: 'hours', span: 6 * HOUR, expected: ['12:00', '13:00', '14:00', '15:00', '16:00', '17:00'] },
    {
      name: 'hours, with the day at midnight',
      span: 36 * HOUR,
      expected: ['12:00', '18:00', 'Nov 15', '06:00', '12:00', '18:00'],
    },
    { name: 'days', span: 6 * DAY, expected: ['Nov 15', 'Nov 16', 'Nov 17', 'Nov 18', 'Nov 19', 'Nov 20'] },
    { name: 'weeks, from Mondays', span: 30 * DAY, expected: ['Nov 20', 'Nov 27', 'Dec 4', 'Dec 11'] },
    { name: 'months', span: 120 * DAY, expected: ['Dec 2023', 'Jan 2024', 'Feb 2024', 'Mar 2024'] },
    { name: 'years', span: 5 * 365 * DAY, expected: ['2024', '2025', '2026', '2027', '2028'] },
    {
      name: 'decades',
      span: 75 * 365 * DAY,
      expected: ['2030', '2040', '2050', '2060', '2070', '2080', '2090'],
    },
  ])('chooses $name', ({ span, expected }) => {
    expect(labels(NOON, span)).toEqual(expected);
  });

  it('goes to finer ticks rather than to none', () => {
    expect(labels(NOON + HOUR, 10 * HOUR, 6)).toEqual(['18:00']);
  });

  it('stands on multiples of its distance inside the range, with labels that fit the room', () => {
    const times = fc.integer({ min: 0, max: 0xffff_ffff });
    const spans = fc.oneof(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 1e7 }),
      fc.integer({ min: 1, max: 3e9 }),
    );
    fc.assert(
      fc.property(times, spans, fc.integer({ min: 20, max: 200 }), (from, span, room) => {
        const ticks = timeTicks(from, from + span, room, 'utc');
        for (const [i, { time }] of ticks.entries()) {
          expect(time).toBeGreaterThanOrEqual(from);
          expect(time).toBeLessThan(from + span);
          if (i > 0) expect(time).toBeGreaterThan(ticks[i - 1]!.time);
        }
        expect(ticks.length).toBeGreaterThan(0);
        // Months differ in length, so one tick more than the average distance promises may fall into a range.
        expect((ticks.length - 2) * 7).toBeLessThanOrEqual(room);
      }),
    );
  });
});

describe('local time', () => {
  afterEach(() => vi.unstubAllEnvs());
  const at = (text: string) => Date.parse(text) / 1000;
  const local = (from: number, until: number) =>
    timeTicks(from, until, 72, 'local').map(({ time, label }) => `${label} ${(time - from) / HOUR}`);

  it('stands on whole hours of a zone that is half an hour off', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    expect(local(at('2023-11-14T12:00Z'), at('2023-11-14T18:00Z'))).toEqual([
      '18:00 0.5',
      '19:00 1.5',
      '20:00 2.5',
      '21:00 3.5',
      '22:00 4.5',
      '23:00 5.5',
    ]);
  });

  it('stays on its hours when the clock leaves one out', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-03-30T23:00Z'), at('2024-03-31T16:00Z'))).toEqual([
      'Mar 31 0',
      '03:00 2',
      '06:00 5',
      '09:00 8',
      '12:00 11',
      '15:00 14',
    ]);
  });

  it('stays on its hours when the clock shows one twice', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-10-26T22:00Z'), at('2024-10-27T15:00Z'))).toEqual([
      'Oct 27 0',
      '03:00 4',
      '06:00 7',
      '09:00 10',
      '12:00 13',
      '15:00 16',
    ]);
  });

  it('stands on local midnights, however long the days are', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(local(at('2024-03-30T00:00Z'), at('2024-04-05T00:00Z'))).toEqual([
      'Mar 31 23',
      'Apr 1 46',
      'Apr 2 70',
      'Apr 3 94',
      'Apr 4 118',
      'Apr 5 142',
    ]);
  });

  it('names the local days of a range', () => {
    vi.stubEnv('TZ', 'Pacific/Auckland');
    expect(dayRange(NOON, NOON + HOUR, 'local')).toBe('2023-11-15 Pacific/Auckland');
    expect(clockTime(NOON, 'local')).toBe('2023-11-15 01:00:00');
  });
});

describe('zoneName', () => {
  it.each([
    { zone: 'Europe/Berlin', name: 'Europe/Berlin' },
    { zone: 'UTC', name: 'UTC' },
    { zone: 'Nowhere/Land', name: 'UTC' },
  ])('calls a TZ of $zone $name', ({ zone, name }) => {
    vi.stubEnv('TZ', zone);
    expect(zoneName('local')).toBe(name);
    expect(zoneName('utc')).toBe('UTC');
    if (name === 'UTC') expect(clockTime(NOON, 'local')).toBe(clockTime(NOON, 'utc'));
  });
});

describe('dayRange', () => {
  it.each([
    { name: 'one day', from: NOON, until: NOON + HOUR, text: '2023-11-14 UTC' },
    { name: 'one day up to its end', from: NOON, until: NOON + 12 * HOUR, text: '2023-11-14 UTC' },
    { name: 'two days', from: NOON, until: NOON + 12 * HOUR + 1, text: '2023-11-14 to 2023-11-15 UTC' },
    { name: 'a range without length', from: NOON, until: NOON, text: '2023-11-14 UTC' },
  ])('names $name', ({ from, until, text }) => {
    expect(dayRange(from, until, 'utc')).toBe(text);
  });
});
