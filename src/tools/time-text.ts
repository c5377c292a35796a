/**
 * Times as operators type them, and as we print them back.
 *
 *   now  N                             the time given as `now`; N is whisper-update's word for it
 *   today  midnight  yesterday         the start of that UTC day
 *   now-7d  yesterday+1h30m  -24h      a time, or nothing for `now`, and a duration before or after it
 *   -3600                              a duration without a unit is seconds
 *   1700000000                         Unix seconds; a bare number is never a date
 *   2023-11-14  2023-11-14T22:13:20Z   ISO 8601, with a blank for the T if one likes; seconds, fraction and
 *                                      zone (Z, +01:00, +0100, +01) may be left out
 *   Tue, 14 Nov 2023 22:13:20 GMT      RFC 2822; weekday, seconds and zone may be left out
 *
 * A time without a zone is UTC, and days begin in UTC: one command asks for the same points of a file
 * whatever machine it runs on. Fractions of a second are cut off downward.
 */
import { WhisperError } from '../errors.js';
import { utcOffset } from './time-zone.js';

const DAY = 86_400;

/** Between these a time can be printed as a date of a four-digit year. */
const YEAR_0 = -62_167_219_200;
const YEAR_10000 = 253_402_300_800;

const UNITS: readonly (readonly [seconds: number, names: readonly string[]])[] = [
  [1, ['s', 'sec', 'secs', 'second', 'seconds']],
  [60, ['m', 'min', 'mins', 'minute', 'minutes']],
  [3600, ['h', 'hr', 'hrs', 'hour', 'hours']],
  [DAY, ['d', 'day', 'days']],
  [7 * DAY, ['w', 'week', 'weeks']],
  // There is no calendar in a ring of points: a month is 30 days and a year 365.
  [30 * DAY, ['mon', 'month', 'months']],
  [365 * DAY, ['y', 'yr', 'yrs', 'year', 'years']],
];

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** RFC 2822's zones with a name, in hours. */
const ZONES: ReadonlyMap<string, number> = new Map([
  ['ut', 0],
  ['utc', 0],
  ['gmt', 0],
  ['z', 0],
  ['edt', -4],
  ['est', -5],
  ['cdt', -5],
  ['cst', -6],
  ['mdt', -6],
  ['mst', -7],
  ['pdt', -7],
  ['pst', -8],
]);

/**
 * Reads a time in one of the forms above. Capitals are free, but not in units: `1M` is a month to some.
 *
 * @param now  Unix seconds that `now` stands for
 * @returns    whole Unix seconds; negative before 1970, and not held to 32 bits but to the years 0 to 9999
 * @throws WhisperError `WSP_BAD_TIMESTAMP`, also for a day or an hour that does not exist
 */
export function parseTime(text: string, now: number): number {
  const typed = text.trim();
  if (/^\d+(\.\d+)?$/.test(typed)) return checkSize(Math.floor(Number(typed)), text);
  return (
    parseRelative(typed, text, now) ??
    parseIso(typed.toLowerCase(), text) ??
    parseRfc2822(typed.toLowerCase(), text) ??
    refuse(text)
  );
}

/** `2023-11-14T22:13:20Z`. */
export function formatIso(timestamp: number): string {
  return wallClock(timestamp, 0, 'Z');
}

/** ISO 8601 on the local clock: `2023-11-14T23:13:20+01:00`. */
export function formatLocal(timestamp: number): string {
  // ISO 8601 has no seconds in an offset, as some zones had before 1972; the nearest minute names the same
  // moment so long as the clock is turned by it too.
  const minutes = Math.round(utcOffset(timestamp) / 60);
  const hours = String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0');
  const zone = `${hours}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
  return wallClock(timestamp, minutes * 60, (minutes < 0 ? '-' : '+') + zone);
}

function wallClock(timestamp: number, offset: number, zone: string): string {
  return new Date((timestamp + offset) * 1000).toISOString().replace(/\.\d+Z$/, zone);
}

/** A word, a signed duration, or both; undefined when it is neither. */
function parseRelative(typed: string, text: string, now: number): number | undefined {
  const [, word, durations = ''] = /^(now|n|today|midnight|yesterday)?\s*([-+].*)?$/is.exec(typed) ?? [];
  if (word === undefined && durations === '') return undefined;
  return checkSize(Math.floor(moment(word?.toLowerCase(), now) + sumDurations(durations, text)), text);
}

function moment(word: string | undefined, now: number): number {
  if (word === undefined || word.startsWith('n')) return now;
  const midnight = Math.floor(now / DAY) * DAY;
  return word === 'yesterday' ? midnight - DAY : midnight;
}

/** Seconds of `-1h30m`, `-1d+2h` or `+90`, or of nothing at all. */
function sumDurations(durations: string, text: string): number {
  let seconds = 0;
  for (const term of durations.split(/(?=[-+])/)) {
    if (term === '') continue;
    const amount = parseDuration(term.slice(1).trim()) ?? refuse(text);
    seconds += term.startsWith('-') ? -amount : amount;
  }
  return seconds;
}

/** Seconds of `1h30m`, `2 weeks` or `90`; only a lone number may go without its unit. */
function parseDuration(duration: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(duration)) return Number(duration);
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(duration)) return undefined;
  let seconds = 0;
  for (const [, count, unit = ''] of duration.matchAll(/([\d.]+)\s*([a-z]+)/g)) {
    const size = UNITS.find(([, names]) => names.includes(unit))?.[0];
    if (size === undefined) return undefined;
    seconds += Number(count) * size;
  }
  return seconds;
}

function parseIso(typed: string, text: string): number | undefined {
  const date =
    /^(\d{4})-(\d\d)-(\d\d)(?:[t ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)? ?(z|[-+]\d\d(?::?\d\d)?)?)?$/;
  const match = date.exec(typed);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, zone] = match;
  return toTimestamp({ year, month: Number(month) - 1, day, hour, minute, second, zone }, text);
}

function parseRfc2822(typed: string, text: string): number | undefined {
  const date =
    /^(?:([a-z]{3}),\s*)?(\d\d?)\s+([a-z]{3})\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?(?:\s+([a-z]+|[-+]\d{4}))?$/;
  const match = date.exec(typed);
  if (match === null) return undefined;
  const [, weekday, day, month = '', year, hour, minute, second, zone] = match;
  return toTimestamp({ year, month: MONTHS.indexOf(month), day, hour, minute, second, zone, weekday }, text);
}

/** What stands in a date; the digits as they were typed. */
interface DateFields {
  readonly year: string | undefined;
  /** 0 is January; −1 is a name that is no month. */
  readonly month: number;
  readonly day: string | undefined;
  readonly hour: string | undefined;
  readonly minute: string | undefined;
  readonly second: string | undefined;
  readonly zone: string | undefined;
  readonly weekday?: string | undefined;
}

function toTimestamp(fields: DateFields, text: string): number {
  const { month, weekday } = fields;
  const [year, day] = [Number(fields.year), Number(fields.day)];
  const [hour, minute, second] = [fields.hour, fields.minute, fields.second].map((digits) =>
    Number(digits ?? 0),
  );
  const date = new Date(0);
  date.setUTCFullYear(year, month, day); // Date.UTC would take the year 50 for 1950
  // A day that does not exist comes out as one of another month.
  if (date.getUTCMonth() !== month) refuse(text, 'there is no such day');
  if (weekday !== undefined && WEEKDAYS.indexOf(weekday) !== date.getUTCDay()) {
    refuse(text, `that day is no '${weekday}'`);
  }
  if (hour! > 23 || minute! > 59 || second! > 59) refuse(text, 'there is no such time of day');
  const offset = parseZone(fields.zone) ?? refuse(text, `there is no zone '${fields.zone}'`);
  return date.getTime() / 1000 + hour! * 3600 + minute! * 60 + second! - offset;
}

/** Seconds ahead of UTC of `+01:00`, `-0530`, `+01`, `gmt` or no zone; undefined when there is no such zone. */
function parseZone(zone: string | undefined): number | undefined {
  if (zone === undefined) return 0;
  const match = /^([-+])(\d\d):?(\d\d)?$/.exec(zone);
  if (match === null) {
    const hours = ZONES.get(zone);
    return hours === undefined ? undefined : hours * 3600;
  }
  const [, sign, hours, minutes = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === '-' ? -offset : offset;
}

function checkSize(timestamp: number, text: string): number {
  if (timestamp >= YEAR_0 && timestamp < YEAR_10000) return timestamp;
  refuse(text, `it is too far away${timestamp > 0 ? ' (are these milliseconds?)' : ''}`);
}

function refuse(text: string, problem?: string): never {
  throw new WhisperError('WSP_BAD_TIMESTAMP', {
    found: problem === undefined ? `time '${text}'` : `time '${text}': ${problem}`,
    expected: 'now, now-7d, -24h, Unix seconds, or a date such as 2023-11-14 or 2023-11-14T22:13:20Z',
  });
}
