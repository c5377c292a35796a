/**
 * Ticks of time that a person would have chosen. Times are Unix seconds; *civil* seconds are what a wall clock
 * shows, counted as if that clock were in UTC.
 */
import { floorMod, floorTo } from '../bytes/integers.js';
import { type TimeZone, utcOffset } from './time-zone.js';

export interface TimeTick {
  readonly time: number;
  readonly label: string;
}

type TimeUnit = 'seconds' | 'days' | 'months';

interface TimeStep {
  readonly unit: TimeUnit;
  readonly count: number;
}

const UNIT_SECONDS: Readonly<Record<TimeUnit, number>> = { seconds: 1, days: 86_400, months: 2_629_746 };

/** Distances a person would choose, ascending; 7 days begin on Mondays, 12 months are a year. */
const TIME_STEPS: readonly TimeStep[] = [
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: 'seconds' as const, count })),
  ...[1, 2, 5, 10, 15, 30].map((count) => ({ unit: 'seconds' as const, count: count * 60 })),
  ...[1, 2, 3, 6, 12].map((count) => ({ unit: 'seconds' as const, count: count * 3600 })),
  ...[1, 2, 7, 14].map((count) => ({ unit: 'days' as const, count })),
  ...[1, 3, 6, 12, 24, 60, 120, 240, 600, 1200].map((count) => ({ unit: 'months' as const, count })),
];

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** A day in 1970 that was a Monday, in days since the epoch. */
const FIRST_MONDAY = 4;
/** Characters to keep free between two labels. */
const LABEL_GAP = 3;

/**
 * Ticks in [from, until) at the finest distance whose labels stand clear of each other.
 *
 * A range too short for that gets the ticks of the next finer distance that has any, so the caller still
 * looks out for labels that touch.
 *
 * @param room  characters along the whole axis
 */
export function timeTicks(from: number, until: number, room: number, timeZone: TimeZone): TimeTick[] {
  const span = until - from;
  let chosen = TIME_STEPS.findIndex((step) => {
    const distance = step.count * UNIT_SECONDS[step.unit];
    return (span / distance) * (labelLength(step) + LABEL_GAP) <= room;
  });
  if (chosen === -1) chosen = TIME_STEPS.length - 1;
  for (; chosen >= 0; chosen--) {
    const ticks = ticksAt(TIME_STEPS[chosen]!, from, until, timeZone);
    if (ticks.length > 0) return ticks;
  }
  return [];
}

function labelLength({ unit, count }: TimeStep): number {
  if (unit === 'seconds') return count < 60 ? '14:05:30'.length : 'Nov 14'.length;
  if (unit === 'days') return 'Nov 14'.length;
  return count < 12 ? 'Nov 2023'.length : '2023'.length;
}

/** Midnight is labelled by its day: the one place where a reader of hours looks for it. */
function timeLabel(civil: number, { unit, count }: TimeStep): string {
  const date = new Date(civil * 1000);
  if (unit === 'months') {
    const year = String(date.getUTCFullYear());
    return count < 12 ? `${MONTHS[date.getUTCMonth()]} ${year}` : year;
  }
  if (unit === 'days' || floorMod(civil, 86_400) === 0) {
    return `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}`;
  }
  return date.toISOString().slice(11, count < 60 ? 19 : 16);
}

function ticksAt(step: TimeStep, from: number, until: number, timeZone: TimeZone): TimeTick[] {
  const times = step.unit === 'seconds' ? clockTimes(step.count, from, until, timeZone) : undefined;
  if (times === undefined) return calendarTicks(step, from, until, timeZone);
  return times.map((time) => ({ time, label: timeLabel(toCivil(time, timeZone), step) }));
}

/**
 * Times whose wall clock shows a multiple of `step` seconds. It walks in real time and puts itself right
 * after each step, because the clock may have been changed meanwhile: an hour shown twice has its ticks
 * twice, one left out has none.
 */
function clockTimes(step: number, from: number, until: number, timeZone: TimeZone): number[] {
  const times: number[] = [];
  let time = from - floorMod(toCivil(from, timeZone), step);
  while (time < until) {
    if (time >= from) times.push(time);
    const next = time + step;
    const over = floorMod(toCivil(next, timeZone), step);
    time = over * 2 < step ? next - over : next - over + step;
  }
  return times;
}

/** Ticks at midnights of every `count` days, or of the first of every `count` months. */
function calendarTicks(step: TimeStep, from: number, until: number, timeZone: TimeZone): TimeTick[] {
  const ticks: TimeTick[] = [];
  const start = toCivil(from, timeZone);
  const date = new Date(start * 1000);
  const begin =
    step.unit === 'days'
      ? floorTo(Math.floor(start / 86_400) - FIRST_MONDAY, step.count) + FIRST_MONDAY
      : floorTo(date.getUTCFullYear() * 12 + date.getUTCMonth(), step.count);
  for (let i = begin; ; i += step.count) {
    const civil = step.unit === 'days' ? i * 86_400 : Date.UTC(Math.floor(i / 12), i % 12) / 1000;
    const time = fromCivil(civil, timeZone);
    // Written so that a time beyond the calendar, which is NaN, ends the loop.
    if (!(time < until)) return ticks;
    if (time >= from) ticks.push({ time, label: timeLabel(civil, step) });
  }
}

/** `2023-11-14 UTC` or `2023-11-14 to 2023-11-20 Asia/Tokyo`: the days that clock times on an axis leave open. */
export function dayRange(from: number, until: number, timeZone: TimeZone): string {
  const [first, last] = [dayOf(from, timeZone), dayOf(Math.max(from, until - 1), timeZone)];
  return `${first}${first === last ? '' : ` to ${last}`} ${zoneName(timeZone)}`;
}

/** `2023-11-14 22:13:20`, by the clock of the zone. */
export function clockTime(time: number, timeZone: TimeZone): string {
  return civilText(time, timeZone).slice(0, 19).replace('T', ' ');
}

/** The zone as the zones' database calls it, such as `Europe/Berlin`. */
export function zoneName(timeZone: TimeZone): string {
  if (timeZone === 'utc') return 'UTC';
  const name: string | undefined = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  // A TZ that is not in the database counts as UTC, by the clock as well.
  return name === undefined || name === 'Etc/Unknown' ? 'UTC' : name;
}

function dayOf(time: number, timeZone: TimeZone): string {
  return civilText(time, timeZone).slice(0, 10);
}

function civilText(time: number, timeZone: TimeZone): string {
  return new Date(toCivil(time, timeZone) * 1000).toISOString();
}

function toCivil(time: number, timeZone: TimeZone): number {
  return time + offsetOf(time, timeZone);
}

/** A midnight that the zone left out comes back up to an hour beside; no tick is drawn finer than that. */
function fromCivil(civil: number, timeZone: TimeZone): number {
  return civil - offsetOf(civil - offsetOf(civil, timeZone), timeZone);
}

function offsetOf(time: number, timeZone: TimeZone): number {
  return timeZone === 'utc' ? 0 : utcOffset(time);
}
