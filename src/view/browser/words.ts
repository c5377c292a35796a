/** Numbers and times as a page tells them. */
import { clockTime } from '../../tools/chart-time-axis.js';
import type { TimeZone } from '../../tools/time-zone.js';

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [365 * 86_400, 'y'],
  [7 * 86_400, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** `90` is `1m 30s`, a week `1w`: the two largest units that there are of it. */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, name] of UNITS) {
    if (rest < size || parts.length === 2) continue;
    parts.push(`${Math.floor(rest / size)}${name}`);
    rest %= size;
  }
  if (rest > 0 && parts.length < 2) parts.push(`${rest}s`);
  return parts.length === 0 ? '0s' : parts.join(' ');
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count: number): string {
  let power = 0;
  while (power < SIZES.length - 1 && count / 1024 ** power >= 1024) power++;
  return power === 0 ? `${count} B` : `${(count / 1024 ** power).toFixed(1)} ${SIZES[power]}`;
}

export function whole(count: number): string {
  return count.toLocaleString('en-US');
}

/** A moment, without seconds where there are none. */
export function moment(time: number | null, zone: TimeZone): string {
  return time === null ? '–' : clockTime(time, zone).replace(/:00$/, '');
}

export function plural(count: number, thing: string): string {
  return `${whole(count)} ${thing}${count === 1 ? '' : 's'}`;
}
