import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aggregationMethods, create, type Point } from '../../src/index.js';
import { type Archives, greatestRetention } from '../support/histories.js';
import {
  answerOf,
  hasPythonWhisper,
  type Job,
  type Outcome,
  pointsOf,
  runPython,
  withoutPythonWhisper,
} from '../support/python-whisper.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const SERIES = process.env['SOTTO_SERIES'] ?? join(PROJECT, '../shared/data/nab');
const ARCHIVES: Archives = [
  [300, 105_120],
  [3600, 43_800],
];
/** Series of one point an hour are rolled up too. */
const X_FILES_FACTOR = 0;

const paths = existsSync(SERIES)
  ? readdirSync(SERIES)
      .filter((name) => name.endsWith('.csv'))
      .map((name) => join(SERIES, name))
  : [];

if (paths.length === 0)
  it.skip('needs a folder of CSV files, timestamp,value in UTC: name one in SOTTO_SERIES');
else if (!hasPythonWhisper) it.skip(withoutPythonWhisper);

describe.runIf(hasPythonWhisper && paths.length > 0)(
  'measured series, imported by sotto and by Python',
  () => {
    let folder: string;
    afterAll(() => rmSync(folder, { recursive: true }));

    const all = paths.map((path, i) => {
      const name = basename(path, '.csv');
      const points = readSeries(path);
      const now = Math.max(...points.map(([timestamp]) => timestamp));
      const aggregation = aggregationMethods[i % aggregationMethods.length]!;
      return { name, points, now, aggregation, i };
    });
    let pythonDid: Outcome[][];
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'sotto-series-'));
      pythonDid = runPython(
        all.map(({ name, points, now, aggregation }): Job => {
          const xFilesFactor = X_FILES_FACTOR;
          return {
            path: join(folder, name),
            steps: [
              { do: 'create', archives: ARCHIVES, xFilesFactor, aggregation, sparse: true },
              { do: 'updateMany', points, now },
              ...ARCHIVES.map(([step, count]) => ({
                do: 'fetch' as const,
                from: now - step * count,
                now,
                step,
              })),
            ],
          };
        }),
      );
    });

    it.each(all)('$name, by $aggregation', ({ name, points, now, aggregation, i }) => {
      using database = create(null, {
        retentions: '5m:1y,1h:5y',
        aggregation,
        xFilesFactor: X_FILES_FACTOR,
      });
      expect(database.info.maxRetention).toBe(greatestRetention(ARCHIVES));
      expect(database.updateMany(points, { now })).toEqual({
        written: points.length,
        inserted: 0,
        replaced: 0,
        dropped: 0,
        discarded: 0,
      });
      const [, , ...answers] = pythonDid[i]!;
      for (const [archive, { step, retention }] of database.info.archives.entries()) {
        const series = database.fetch(now - retention, now, { now, step });
        expect(series?.archive).toBe(archive);
        expect(series?.known.includes(1)).toBe(true);
        expect({ value: answerOf(series) }).toEqual(answers[archive]);
      }
      expect(pointsOf(database.toBytes())).toEqual(pointsOf(readFileSync(join(folder, name))));
    });
  },
);

function readSeries(path: string): Point[] {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [time = '', value] = line.split(',');
    return [Date.parse(`${time.replace(' ', 'T')}Z`) / 1000, Number(value)];
  });
}
