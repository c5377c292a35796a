/** Databases of both formats that are merged, filled, tuned and mapped, and what they show, as maps. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { type AggregationMethod, create, type Database, type Format, open, verify } from '../../src/index.js';

/** A time within its interval of 1 h, so that intervals of every step are cut by now. */
export const NOW = 1_700_001_234;
export const FORMATS: readonly Format[] = ['standard', 'compressed'];

/** What an archive shows, by time. */
export type Shown = ReadonlyMap<number, number>;

/** A database as a few calls leave it. */
export interface Past {
  readonly format: Format;
  readonly retentions: string;
  readonly aggregation: AggregationMethod | 'mix';
  readonly xFilesFactor: number;
  /** Batches one after the other: the clock moves on by so many seconds, then points of these ages are stored. */
  readonly batches: readonly {
    readonly wait: number;
    readonly points: readonly (readonly [age: number, value: number])[];
    /** Store in the archive of this index alone. */
    readonly archive: number | undefined;
  }[];
}

const LAYOUTS = ['10s:2m,1m:10m,5m:1h', '10s:5m,1m:1h', '1s:1m,10s:5m,1m:30m', '1m:30m'];
const METHODS = ['average', 'sum', 'last', 'max', 'min'] as const;

/** Shares that single precision holds, since the formats compare others differently. */
const SHARES = [0, 0.25, 0.5, 1];

export function layouts(): fc.Arbitrary<string> {
  return fc.constantFrom(...LAYOUTS);
}

export function pasts(retentions: string, format?: Format, mayMix = true): fc.Arbitrary<Past> {
  const count = retentions.split(',').length;
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) },
    { weight: 1, arbitrary: fc.double() },
  );
  const age = fc.oneof({ weight: 3, arbitrary: fc.nat(150) }, { weight: 1, arbitrary: fc.nat(4000) });
  const batch = fc.record({
    wait: fc.nat(200),
    points: fc.array(fc.tuple(age, value), { maxLength: 30 }),
    archive: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.nat(count - 1) },
    ),
  });
  return fc.record({
    format: format === undefined ? fc.constantFrom(...FORMATS) : fc.constant(format),
    retentions: fc.constant(retentions),
    aggregation: fc.constantFrom(...METHODS, ...(mayMix && format !== 'standard' ? (['mix'] as const) : [])),
    xFilesFactor: fc.constantFrom(...SHARES),
    batches: fc.array(batch, { maxLength: 8 }),
  });
}

/** Makes the file of a past, which ends at {@link NOW}. */
export function makePast(
  path: string,
  { format, retentions, aggregation, xFilesFactor, batches }: Past,
): void {
  const isMix = aggregation === 'mix';
  using database = create(path, {
    retentions,
    aggregation,
    xFilesFactor,
    format: isMix ? 'compressed' : format,
    ...(isMix ? { mix: ['max', 'p50', 'last'] as const } : {}),
    ...(isMix || format === 'compressed' ? { pointsPerBlock: 30 } : {}),
    overwrite: true,
  });
  let now = NOW - batches.reduce((sum, { wait }) => sum + wait, 0);
  for (const { wait, points, archive } of batches) {
    now += wait;
    const retention = archive === undefined || isMix ? undefined : database.info.archives[archive]!.retention;
    database.updateMany(
      points.map(([age, value]) => [now - age, value] as const),
      { now, retention },
    );
  }
}

/** What each archive of a file shows. */
export function shownIn(path: string): Shown[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map((_, index) => shownOf(database, index));
}

export function shownOf(database: Database, index: number): Shown {
  const { retention } = database.info.archives[index]!;
  const series = database.fetch(NOW - retention, NOW, { now: NOW, archive: index })!;
  return new Map([...series.knownPoints()].filter(([timestamp]) => timestamp > 0));
}

/** What each archive of a file shows that is stored, and not made of finer points whenever it is looked at. */
export function storedIn(path: string): Shown[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map((_, index) => {
    const { timestamps, values } = database.points(index, { now: NOW });
    const stored = new Map([...timestamps].map((timestamp, i) => [timestamp, values[i]!]));
    const shown = shownOf(database, index);
    return new Map([...shown].filter(([timestamp, value]) => Object.is(stored.get(timestamp), value)));
  });
}

/** Codes of what verify finds that is damage, or that a tool of ours should not leave. */
export function findingsIn(path: string): string[] {
  return verify(path, { deep: true, now: NOW }).map(({ code, message }) => `${code}: ${message}`);
}

/** Every file of a folder with its bytes. */
export function bytesIn(folder: string): { [name: string]: string } {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(`${folder}/${name}`).toString('base64')]),
  );
}

export function copyOf(path: string, to: string): string {
  writeFileSync(to, readFileSync(path));
  return to;
}
