import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WhisperError } from '../../src/errors.js';
import { formatIso, formatLocal, parseTime } from '../../src/tools/time-text.js';

const NOW = 1_700_000_000; // 2023-11-14 22:13:20 UTC
const MIDNIGHT = 1_699_920_000;
const HOUR = 3600;
const DAY = 86_400;

const ZONES = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Africa/Monrovia', 'Pacific/Kiritimati'];

const timestamps = () => fc.integer({ min: 0, max: 2 ** 32 - 1 });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('parseTime', () => {
  it.each([
    { text: 'now', timestamp: NOW },
    { text: 'N', timestamp: NOW },
    { text: 'today', timestamp: MIDNIGHT },
    { text: 'midnight', timestamp: MIDNIGHT },
    { text: 'yesterday', timestamp: MIDNIGHT - DAY },
    { text: '  NOW ', timestamp: NOW },
  ])('reads the word $text', ({ text, timestamp }) => {
    expect(parseTime(text, NOW)).toBe(timestamp);
  });

  it.each([
    { text: 'now-7d', timestamp: NOW - 7 * DAY },
    { text: 'now+1h', timestamp: NOW + HOUR },
    { text: 'N-1min', timestamp: NOW - 60 },
    { text: '-24h', timestamp: NOW - DAY },
    { text: '+90s', timestamp: NOW + 90 },
    { text: '-3600', timestamp: NOW - HOUR },
    { text: 'now-90', timestamp: NOW - 90 },
    { text: '-1h30m', timestamp: NOW - 5400 },
    { text: '-1d+2h', timestamp: NOW - 22 * HOUR },
    { text: 'now - 2 weeks', timestamp: NOW - 14 * DAY },
    { text: '-1 hour 30 minutes', timestamp: NOW - 5400 },
    { text: '-1mon', timestamp: NOW - 30 * DAY },
    { text: '-2y', timestamp: NOW - 730 * DAY },
    { text: '-1.5h', timestamp: NOW - 5400 },
    { text: '-0.5s', timestamp: NOW - 1 },
    { text: 'today-1d', timestamp: MIDNIGHT - DAY },
    { text: 'yesterday+12h', timestamp: MIDNIGHT - DAY / 2 },
  ])('reads $text against now', ({ text, timestamp }) => {
    expect(parseTime(text, NOW)).toBe(timestamp);
  });

  it.each([
    { names: ['s', 'second', 'seconds'], seconds: 1 },
    { names: ['m', 'min', 'minute', 'minutes'], seconds: 60 },
    { names: ['h', 'hour', 'hours'], seconds: HOUR },
    { names: ['d', 'day', 'days'], seconds: DAY },
    { names: ['w', 'week', 'weeks'], seconds: 7 * DAY },
    { names: ['mon', 'month', 'months'], seconds: 30 * DAY },
    { names: ['y', 'year', 'years'], seconds: 365 * DAY },
  ])('knows $seconds seconds as $names', ({ names, seconds }) => {
    for (const name of names) expect(parseTime(`-3${name}`, NOW)).toBe(NOW - 3 * seconds);
  });

  it.each([
    { text: '1700000000', timestamp: NOW },
    { text: '1700000000.9', timestamp: NOW },
    { text: '0', timestamp: 0 },
    { text: '20231114', timestamp: 20_231_114 },
  ])('reads $text as Unix seconds', ({ text, timestamp }) => {
    expect(parseTime(text, 0)).toBe(timestamp);
  });

  it.each([
    { text: '2023-11-14', timestamp: MIDNIGHT },
    { text: '2023-11-14T22:13', timestamp: NOW - 20 },
    { text: '2023-11-14 22:13:20', timestamp: NOW },
    { text: '2023-11-14T22:13:20.999', timestamp: NOW },
    { text: '2023-11-14T22:13:20,5Z', timestamp: NOW },
    { text: '2023-11-14T22:13:20Z', timestamp: NOW },
    { text: '2023-11-14t22:13:20z', timestamp: NOW },
    { text: '2023-11-14T23:13:20+01:00', timestamp: NOW },
    { text: '2023-11-14T17:13:20-0500', timestamp: NOW },
    { text: '2023-11-14 23:13 +01', timestamp: NOW - 20 },
    { text: '2023-11-15T03:58:20+05:45', timestamp: NOW },
    { text: '2024-02-29', timestamp: 1_709_164_800 },
    { text: '1969-12-31T23:59:59.5Z', timestamp: -1 },
    { text: '0050-01-01', timestamp: -60_589_296_000 },
  ])('reads the ISO date $text', ({ text, timestamp }) => {
    expect(parseTime(text, 0)).toBe(timestamp);
  });

  it.each([
    'Tue, 14 Nov 2023 22:13:20 GMT',
    'Tue, 14 Nov 2023 17:13:20 -0500',
    'Tue, 14 Nov 2023 17:13:20 EST',
    'tue, 14 nov 2023 22:13:20 ut',
    '14 Nov 2023 22:13:20',
  ])("reads the RFC 2822 date '%s'", (text) => {
    expect(parseTime(text, 0)).toBe(NOW);
  });

  it.each([
    ...['', ' ', 'noon', 'nowish', 'now7d', 'now-', '-', '--1h', '-1h30', '-1x', '-1M', '7d', '1e9', '0x10'],
    ...['1,5', '-1.h', 'NaN', 'Infinity', '-Infinity', '99999999999999999999', `-${'9'.repeat(400)}d`],
    ...['2023-02-29', '2023-02-30', '2023-13-01', '2023-00-10', '2023-01-00', '2023-1-1', '23-01-01'],
    ...['2023-11-14T', '2023-11-14T25:00', '2023-11-14T24:00', '2023-11-14T22:60', '2023-11-14T22:13:60'],
    ...['2023-11-14T22', '2023-11-14T22:13:20+24:00', '2023-11-14T22:13:20+01:60', '2023-11-14Z'],
    ...['2023-11-14T22:13:20 CEST', 'Mon, 14 Nov 2023 22:13:20 GMT', 'Foo, 14 Nov 2023 22:13:20 GMT'],
    ...['31 Nov 2023 22:13:20 GMT', '14 Foo 2023 22:13:20 GMT', '14 Nov 2023 24:13:20 GMT', '14 Nov 2023'],
    ...['14 Nov 2023 22:13:20 XYZ', '14 Nov 2023 22:13:20 constructor', '٣'],
  ])("refuses '%s'", (text) => {
    expect(() => parseTime(text, NOW)).toThrow(expect.objectContaining({ code: 'WSP_BAD_TIMESTAMP' }));
  });

  it('says what was typed and what it would have read', () => {
    expect(() => parseTime(' 2023-02-30', NOW)).toThrow(
      /^time ' 2023-02-30': there is no such day; expected now, /,
    );
  });

  it('floors a now that lies within a second', () => {
    expect(parseTime('now', NOW + 0.9)).toBe(NOW);
  });

  it('reads no zone of the machine', () => {
    const texts = ['2023-11-14', '2023-11-14T22:13', '14 Nov 2023 22:13:20', 'today', 'yesterday'];
    const answers = ZONES.map((zone) => {
      vi.stubEnv('TZ', zone);
      return texts.map((text) => parseTime(text, NOW));
    });
    expect(new Set(answers.map(String)).size).toBe(1);
  });

  it('reads its own printing, and the printing of others, as the same second', () => {
    fc.assert(
      fc.property(timestamps(), fc.constantFrom(...ZONES), (timestamp, zone) => {
        vi.stubEnv('TZ', zone);
        const date = new Date(timestamp * 1000);
        const texts = [String(timestamp), formatIso(timestamp), formatLocal(timestamp)];
        for (const text of [...texts, date.toISOString(), date.toUTCString()]) {
          expect(parseTime(text, 0)).toBe(timestamp);
        }
      }),
    );
  });

  it('adds durations up, in whatever order they come', () => {
    const parts = fc.uniqueArray(fc.constantFrom('w', 'd', 'h', 'm', 's'), { minLength: 1 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 0, max: 999 }), (units, count) => {
        const together = parseTime(`-${units.map((unit) => `${count}${unit}`).join('')}`, NOW);
        const apart = parseTime(units.map((unit) => `-${count}${unit}`).join(''), NOW);
        expect(together).toBe(apart);
        expect(together).toBe(units.reduce((at, unit) => parseTime(`-${count}${unit}`, at), NOW));
      }),
    );
  });

  it('answers any text at all with whole seconds or its own error', () => {
    const pieces = fc.constantFrom(
      ...['now', 'n', 'today', '-', '+', '1', '23', '2023', '.', ':', ' ', ',', 't', 'z', 'd', 'mon', 'h'],
      ...['-11', '-14', 'T22:13', ':20', '+01', 'Tue, ', ' Nov ', ' GMT', '9'.repeat(320), '\n', 'é'],
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(Number.isSafeInteger(timeOrNaught(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses a long text at once', () => {
    for (const piece of ['1', '1d', ' ', '-', '1 ', '-1d', 'n', '1.']) {
      expect(timeOrNaught(`-${piece.repeat(20_000)}!`)).toBe(0);
    }
  });
});

describe('formatIso', () => {
  it.each([
    { timestamp: NOW, text: '2023-11-14T22:13:20Z' },
    { timestamp: 0, text: '1970-01-01T00:00:00Z' },
    { timestamp: 2 ** 32 - 1, text: '2106-02-07T06:28:15Z' },
  ])('prints $text', ({ timestamp, text }) => {
    expect(formatIso(timestamp)).toBe(text);
  });
});

describe('formatLocal', () => {
  it.each([
    { zone: 'Europe/Paris', timestamp: NOW, text: '2023-11-14T23:13:20+01:00' },
    { zone: 'America/New_York', timestamp: NOW, text: '2023-11-14T17:13:20-05:00' },
    { zone: 'America/New_York', timestamp: 1_689_000_000, text: '2023-07-10T10:40:00-04:00' },
    { zone: 'America/St_Johns', timestamp: NOW, text: '2023-11-14T18:43:20-03:30' },
    { zone: 'UTC', timestamp: NOW, text: '2023-11-14T22:13:20+00:00' },
  ])('prints $text in $zone', ({ zone, timestamp, text }) => {
    vi.stubEnv('TZ', zone);
    expect(formatLocal(timestamp)).toBe(text);
  });
});

/** What {@link parseTime} answers, or 0 where it refuses in its own words. */
function timeOrNaught(text: string): number {
  try {
    return parseTime(text, NOW);
  } catch (error) {
    expect(error).toBeInstanceOf(WhisperError);
    expect(error).toHaveProperty('code', 'WSP_BAD_TIMESTAMP');
    return 0;
  }
}
