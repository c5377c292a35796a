/** Which clock on the wall: Greenwich's, or the one of this process (`TZ`, or the machine's setting). */
export type TimeZone = 'utc' | 'local';

/** Seconds that local time is ahead of UTC at a moment; negative west of Greenwich. */
export function utcOffset(timestamp: number): number {
  const date = new Date(timestamp * 1000);
  // getTimezoneOffset counts whole minutes, and early offsets had seconds.
  const wall = Date.UTC(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  );
  return wall / 1000 - timestamp;
}
