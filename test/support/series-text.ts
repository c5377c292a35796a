import type { Database } from '../../src/index.js';

/** What every archive shows of its retention at a moment: a line for each value, which is quick to compare. */
export function shown(database: Database, now: number): string {
  const { archives } = database.info;
  return [...archives.keys()].map((archive) => shownBy(database, archive, now)).join('\n\n');
}

/** What one archive shows, 0 told from −0 and a NaN from a gap. */
export function shownBy(database: Database, archive: number, now: number): string {
  const { retention } = database.info.archives[archive]!;
  const series = database.fetch(now - retention, now, { now, archive });
  const lines = Array.from(series ?? [], ([timestamp, value]) => `${timestamp} ${textOf(value)}`);
  return [`archive ${archive}`, ...lines].join('\n');
}

function textOf(value: number | null): string {
  if (value === null) return 'gap';
  return Object.is(value, -0) ? '-0' : String(value);
}
