import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { convert, create, type Database, open, type Point, type Series, verify } from '../../src/index.js';

vi.setConfig({ testTimeout: 60_000 });

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const SERIES = process.env['SOTTO_SERIES'] ?? join(PROJECT, '../shared/data/nab');
const METHODS = ['average', 'sum', 'last', 'max', 'min'] as const;
const OPTIONS = { retentions: '5m:1y,1h:5y', xFilesFactor: 0 } as const;
/** Points of a call, about four days: as many as a standard file rolls up without forgetting any. */
const TOGETHER = 1000;

const paths = existsSync(SERIES)
  ? readdirSync(SERIES)
      .filter((name) => name.endsWith('.csv'))
      .map((name) => join(SERIES, name))
  : [];

if (paths.length === 0)
  it.skip('needs a folder of CSV files, timestamp,value in UTC: name one in SOTTO_SERIES');

describe.runIf(paths.length > 0)('measured series, in a standard and in a compressed file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-series-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const all = paths.map((path, i) => {
    const aggregation = METHODS[i % METHODS.length]!;
    return { name: basename(path, '.csv'), path, aggregation };
  });

  it.each(all)(
    '$name, by $aggregation: the same values, in less room, there and back',
    ({ name, path, aggregation }) => {
      const points = readSeries(path);
      const now = points.at(-1)![0];
      const [standard, compressed, there, back] = ['standard', 'compressed', 'there', 'back'].map((kind) => {
        return join(folder, `${name}-${kind}.wsp`);
      }) as [string, string, string, string];
      importInto(create(standard, { ...OPTIONS, aggregation, sparse: true }), points);
      importInto(create(compressed, { ...OPTIONS, aggregation, format: 'compressed' }), points);
      const expected = seriesOf(standard, now);
      expect(expected.map(({ known }) => known.includes(1))).toEqual([true, true]);
      expect(differences(compressed, now, expected)).toEqual([]);

      const { sourceSize, targetSize } = convert(standard, there, { to: 'compressed', now, verify: true });
      expect(targetSize).toBeLessThan(sourceSize);
      expect(differences(there, now, expected)).toEqual([]);
      convert(there, back, { to: 'standard', now, verify: true });
      expect(differences(back, now, expected)).toEqual([]);
      for (const file of [compressed, there, back]) expect(verify(file, { deep: true, now })).toEqual([]);
    },
  );
});

function importInto(database: Database, points: readonly Point[]): void {
  for (let i = 0; i < points.length; i += TOGETHER) {
    const batch = points.slice(i, i + TOGETHER);
    const now = batch.at(-1)![0];
    const result = database.updateMany(batch, { now, duplicates: 'last' });
    expect(result).toEqual({ written: batch.length, inserted: 0, replaced: 0, dropped: 0, discarded: 0 });
  }
  database.close();
}

/** What every archive shows of its retention. */
function seriesOf(path: string, now: number): Series[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ retention }, archive) => {
    return database.fetch(now - retention, now, { now, archive })!;
  });
}

/** The first value of each archive that a file shows otherwise. */
function differences(path: string, now: number, expected: readonly Series[]): object[] {
  return seriesOf(path, now).flatMap(({ from, until, values, known }, archive) => {
    const other = expected[archive]!;
    expect({ from, until }).toEqual({ from: other.from, until: other.until });
    const slot = values.findIndex(
      (value, i) => known[i] !== other.known[i] || !Object.is(value, other.values[i]),
    );
    return slot === -1 ? [] : [{ archive, slot, found: values[slot], expected: other.values[slot] }];
  });
}

/** The points of a file by rising time: a few of the series have an hour twice. */
function readSeries(path: string): Point[] {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const points = lines.map((line): Point => {
    const [time = '', value] = line.split(',');
    return [Date.parse(`${time.replace(' ', 'T')}Z`) / 1000, Number(value)];
  });
  return points.toSorted(([a], [b]) => a - b);
}
