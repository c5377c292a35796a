/**
 * Times as C's `strftime` and Python's `time.ctime` print them in the C locale.
 *
 * Directives: a A b B c C d D e F g G h H I j k l m M n p P r R s S t T u U V w W x X y Y z Z %. Of glibc's
 * extensions the flags are there: `-` (no padding), `_` (blanks), `0` (zeros), `^` (upper case) and `#`
 * (other case), and so are the modifiers E and O, which change nothing in the C locale. A field width is
 * not. What is no directive stays in the text as it is.
 */

import { type TimeZone, utcOffset } from '../tools/time-zone.js';

/**
 * Prints a time.
 *
 * @param timestamp  whole Unix seconds, 0 … 2^32 − 1
 */
export function strftime(format: string, timestamp: number, timeZone: TimeZone): string {
  return printFields(format, breakDown(timestamp, timeZone));
}

/** `Tue Nov 14 22:13:20 2023`; the day of the month is padded with a blank. */
export function ctime(timestamp: number, timeZone: TimeZone): string {
  return strftime('%c', timestamp, timeZone);
}

const DAY = 86_400;
const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTH_NAMES = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** A moment, and what calendar and clock on the wall show. */
interface BrokenDownTime {
  readonly timestamp: number;
  readonly timeZone: TimeZone;
  /** Seconds ahead of UTC. */
  readonly offset: number;
  readonly year: number;
  /** 0 is January. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0 is the first of January. */
  readonly yearDay: number;
}

function breakDown(timestamp: number, timeZone: TimeZone): BrokenDownTime {
  const offset = timeZone === 'utc' ? 0 : utcOffset(timestamp);
  const wall = new Date((timestamp + offset) * 1000);
  return {
    timestamp,
    timeZone,
    offset,
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth(),
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
    weekday: wall.getUTCDay(),
    yearDay: yearDayOf(wall),
  };
}

function yearDayOf(wall: Date): number {
  return Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / (DAY * 1000));
}

/** The Thursday of a time's week: ISO 8601 counts a week to the year that holds its Thursday. */
function thursday({ year, yearDay, weekday }: BrokenDownTime): Date {
  return new Date(Date.UTC(year, 0, 1 + yearDay + 3 - ((weekday + 6) % 7)));
}

type NumberDirective = readonly [width: number, pad: '0' | ' ', value: (t: BrokenDownTime) => number];

const NUMBERS: Readonly<Record<string, NumberDirective>> = {
  C: [2, '0', (t) => Math.floor(t.year / 100)],
  d: [2, '0', (t) => t.day],
  e: [2, ' ', (t) => t.day],
  g: [2, '0', (t) => thursday(t).getUTCFullYear() % 100],
  G: [4, '0', (t) => thursday(t).getUTCFullYear()],
  H: [2, '0', (t) => t.hour],
  I: [2, '0', (t) => ((t.hour + 11) % 12) + 1],
  j: [3, '0', (t) => t.yearDay + 1],
  k: [2, ' ', (t) => t.hour],
  l: [2, ' ', (t) => ((t.hour + 11) % 12) + 1],
  m: [2, '0', (t) => t.month + 1],
  M: [2, '0', (t) => t.minute],
  s: [1, '0', (t) => t.timestamp],
  S: [2, '0', (t) => t.second],
  u: [1, '0', (t) => ((t.weekday + 6) % 7) + 1],
  U: [2, '0', (t) => Math.floor((t.yearDay + 7 - t.weekday) / 7)],
  V: [2, '0', (t) => Math.floor(yearDayOf(thursday(t)) / 7) + 1],
  w: [1, '0', (t) => t.weekday],
  W: [2, '0', (t) => Math.floor((t.yearDay + 7 - ((t.weekday + 6) % 7)) / 7)],
  y: [2, '0', (t) => t.year % 100],
  Y: [4, '0', (t) => t.year],
};

const TEXTS: Readonly<Record<string, (t: BrokenDownTime) => string>> = {
  a: (t) => DAY_NAMES[t.weekday]!.slice(0, 3),
  A: (t) => DAY_NAMES[t.weekday]!,
  b: (t) => MONTH_NAMES[t.month]!.slice(0, 3),
  B: (t) => MONTH_NAMES[t.month]!,
  h: (t) => MONTH_NAMES[t.month]!.slice(0, 3),
  n: () => '\n',
  p: (t) => (t.hour < 12 ? 'AM' : 'PM'),
  P: (t) => (t.hour < 12 ? 'am' : 'pm'),
  t: () => '\t',
  Z: zoneName,
  '%': () => '%',
};

/** Directives that stand for others. */
const COMPOSITES: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

function printFields(format: string, time: BrokenDownTime): string {
  return format.replace(
    /%([-_0^#]*)(?:E(?=[cCxXyY])|O(?=[deHImMSuUVwWy]))?(.)/gsu,
    (whole, flags: string, letter: string) => printDirective(letter, flags, time) ?? whole,
  );
}

function printDirective(letter: string, flags: string, time: BrokenDownTime): string | undefined {
  const number = NUMBERS[letter];
  if (number !== undefined) {
    const [width, pad, value] = number;
    return padNumber(value(time), width, pad, flags);
  }
  if (letter === 'z') return printOffset(time.offset, flags);
  const composite = COMPOSITES[letter];
  const text = composite === undefined ? TEXTS[letter]?.(time) : printFields(composite, time);
  return text === undefined ? undefined : changeCase(text, letter, flags);
}

function padNumber(value: number, width: number, pad: string, flags: string): string {
  // Of several padding flags the last one counts.
  const flag = /[-_0](?=[^-_0]*$)/.exec(flags)?.[0];
  if (flag === '-') return String(value);
  const filler = flag === undefined ? pad : flag === '_' ? ' ' : '0';
  return String(value).padStart(width, filler);
}

function printOffset(offset: number, flags: string): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const clock = Math.floor(minutes / 60) * 100 + (minutes % 60);
  return (offset < 0 ? '-' : '+') + padNumber(clock, 4, '0', flags);
}

/** glibc's quirks: `#` lowers what is all capitals and raises names; `^` leaves the small letters of %P. */
function changeCase(text: string, letter: string, flags: string): string {
  if (flags.includes('#') && 'pZ'.includes(letter)) return text.toLowerCase();
  if (flags.includes('#') && 'aAbBh'.includes(letter)) return text.toUpperCase();
  return flags.includes('^') && letter !== 'P' ? text.toUpperCase() : text;
}

/**
 * Abbreviations of the zone database, standard then daylight time, by the stem of ICU's English zone name.
 * ICU's own short names do not serve: it says `GMT+9` where C says `JST`, and makes up names such as `GST`
 * where C says `+04`. A zone without a row is printed as its offset, as the zone database does itself.
 */
const ZONE_NAMES: Readonly<Record<string, string>> = {
  Alaska: 'AKST AKDT',
  'American Samoa': 'SST',
  Atlantic: 'AST ADT',
  'Australian Central': 'ACST ACDT',
  'Australian Eastern': 'AEST AEDT',
  'Australian Western': 'AWST',
  British: 'GMT BST',
  Central: 'CST CDT',
  'Central Africa': 'CAT',
  'Central European': 'CET CEST',
  'Central Indonesia': 'WITA',
  Chamorro: 'ChST',
  China: 'CST',
  'Coordinated Universal': 'UTC',
  Cuba: 'CST CDT',
  'East Africa': 'EAT',
  Eastern: 'EST EDT',
  'Eastern European': 'EET EEST',
  'Eastern Indonesia': 'WIT',
  Greenwich: 'GMT',
  'Hawaii-Aleutian': 'HST HDT',
  'Hong Kong': 'HKT',
  India: 'IST',
  Irish: 'IST', // summer time: Dublin's winter is Greenwich's
  Israel: 'IST IDT',
  Japan: 'JST',
  Korean: 'KST',
  'Mexican Pacific': 'MST',
  Moscow: 'MSK',
  Mountain: 'MST MDT',
  'New Zealand': 'NZST NZDT',
  Newfoundland: 'NST NDT',
  Pacific: 'PST PDT',
  Pakistan: 'PKT',
  Philippine: 'PST',
  'South Africa': 'SAST',
  Taiwan: 'CST',
  'West Africa': 'WAT',
  'Western European': 'WET WEST',
  'Western Indonesia': 'WIB',
  Yukon: 'MST',
};

function zoneName({ timestamp, timeZone, offset }: BrokenDownTime): string {
  if (timeZone === 'utc') return 'UTC';
  const parts = zoneFormatter().formatToParts(timestamp * 1000);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, stem = '', season] = /^(.*?)(?: (Standard|Mean|Daylight|Summer))? Time$/.exec(name) ?? [];
  const [standard, daylight] = ZONE_NAMES[stem]?.split(' ') ?? [];
  const known = season === 'Daylight' || season === 'Summer' ? daylight : standard;
  return known ?? printOffset(offset, '').replace(/(?<=^...)00$/, '');
}

// Making one takes longer than printing a hundred times; one lasts until the zone of the process changes.
let zoneCache: { readonly zone: string | undefined; readonly formatter: Intl.DateTimeFormat } | undefined;

function zoneFormatter(): Intl.DateTimeFormat {
  const { TZ: zone } = process.env;
  if (zoneCache === undefined || zoneCache.zone !== zone) {
    zoneCache = { zone, formatter: new Intl.DateTimeFormat('en-US', { timeZoneName: 'long' }) };
  }
  return zoneCache.formatter;
}
