/** What is seen of a database, and whether what is seen after a crash is what was promised. */
import { type Database, type FindingCode, type OpenOptions, open, verify } from '../../src/index.js';
import type { BaseModel } from './crash-histories.js';

/** What a reader sees of a database at a time. */
export interface Sight {
  readonly format: string;
  readonly settings: string;
  readonly archives: readonly ArchiveSight[];
}

export interface ArchiveSight {
  readonly step: number;
  readonly points: number;
  /** Byte of the file where the ring begins. */
  readonly offset: number;
  /** Values by interval, over the whole retention. */
  readonly values: ReadonlyMap<number, number>;
}

/** What every archive shows of its retention, and the settings. */
export function look(database: Database, now: number): Sight {
  const { info } = database;
  const archives = info.archives.map(({ step, points, offset }, archive): ArchiveSight => {
    const series = database.fetch(now - step * points, now, { archive, now });
    return { step, points, offset, values: new Map(series?.knownPoints() ?? []) };
  });
  return { format: info.format, settings: `${info.aggregation} ${info.xFilesFactor}`, archives };
}

/** {@link look} through a handle of its own. */
export function lookAt(source: string | Uint8Array, now: number, options: OpenOptions = {}): Sight {
  using database = open(source, { ...options, clock: () => now });
  return look(database, now);
}

/** True for intervals of an archive whose value is not looked at. */
export type Excuse = (archive: number, interval: number) => boolean;

/**
 * Excuses the slots of a standard file that lie across one of some cuts: nothing but a journal keeps these whole. Time
 * stamps are never cut, since slots begin at multiples of 4.
 *
 * @param cuts   bytes of the file
 * @param bytes  the file
 */
export function excuseTorn({ format, archives }: Sight, cuts: readonly number[], bytes: Uint8Array): Excuse {
  if (format !== 'standard') return nobody;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const torn = new Set<string>();
  for (const cut of cuts) {
    for (const [archive, { offset, points }] of archives.entries()) {
      const place = (cut - offset) / 12;
      if (place < 0 || place >= points || Number.isInteger(place)) continue;
      torn.add(`${archive} ${view.getUint32(offset + Math.floor(place) * 12)}`);
    }
  }
  return (archive, interval) => torn.has(`${archive} ${interval}`);
}

/**
 * Excuses, in a standard file, the coarser intervals at the edge of a finer archive's reach: a batch that goes beyond that
 * edge writes them twice, rolled up from the finer archive and then by points of their own.
 */
export function excuseEdges({ format, archives }: Sight, now: number): Excuse {
  if (format !== 'standard') return nobody;
  return (archive, interval) => {
    const { step } = archives[archive]!;
    return archives.slice(0, archive).some((finer) => {
      const edge = now - finer.step * finer.points;
      return interval <= edge && edge < interval + step;
    });
  };
}

/**
 * Holds what was seen after a crash against what was there before and after the interrupted call: each value must be
 * one of the two, and the settings as well.
 *
 * @returns  what is wrong, in words; empty if nothing is
 */
export function compareSights(
  seen: Sight,
  before: Sight,
  after: Sight,
  isExcused: Excuse = nobody,
): string[] {
  const wrong: string[] = [];
  if (seen.settings !== before.settings && seen.settings !== after.settings)
    wrong.push(`settings ${seen.settings} are neither ${before.settings} nor ${after.settings}`);
  for (const [index, archive] of seen.archives.entries()) {
    const [former, later] = [before.archives[index]?.values, after.archives[index]?.values];
    const intervals = new Set([
      ...(former?.keys() ?? []),
      ...(later?.keys() ?? []),
      ...archive.values.keys(),
    ]);
    for (const interval of intervals) {
      const [value, was, will] = [archive.values.get(interval), former?.get(interval), later?.get(interval)];
      if (Object.is(value, was) || Object.is(value, will) || isExcused(index, interval)) continue;
      wrong.push(`archive ${index} at ${interval}: ${value} is neither ${was} nor ${will}`);
    }
  }
  return wrong;
}

/** As {@link compareSights}, of a call that must be there wholly or not at all. */
export function compareWhole(seen: Sight, before: Sight, after: Sight): string[] {
  const [former, later] = [compareSights(seen, before, before), compareSights(seen, after, after)];
  if (former.length === 0 || later.length === 0) return [];
  return [...former.map((text) => `not as before: ${text}`), ...later.map((text) => `nor as after: ${text}`)];
}

function nobody(): boolean {
  return false;
}

/** What of the model a completed call has not left in the base. */
export function missingOf(base: BaseModel, seen: Sight, now: number): string[] {
  const { step, points, values } = seen.archives[0]!;
  return [...base].flatMap(([interval, value]) => {
    const isInReach = interval > now - step * points + step;
    if (value === undefined || !isInReach || Object.is(values.get(interval) ?? null, value)) return [];
    return [`the base at ${interval}: ${values.get(interval)} where ${value} was stored`];
  });
}

/**
 * What `verify` may find after a write to a block was cut in two: the old end marker is gone and the new one not there yet.
 * Points are read by their number, and the next append writes a marker.
 */
export const UNMARKED = ['end-marker'] as const;

/** Damage that `verify` finds in a file, but for some kinds of it. */
export function damageOf(path: string, now: number, tolerated: readonly FindingCode[] = []): string[] {
  return verify(path, { deep: true, now })
    .filter(({ level, code }) => level === 'damage' && !tolerated.includes(code))
    .map(({ code, message }) => `verify: ${code}: ${message}`);
}
