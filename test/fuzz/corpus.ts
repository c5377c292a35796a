/**
 * The files that a run begins with: both formats in several layouts, made by the library itself at a fixed time, those
 * of the annotated dumps, which others wrote, and what earlier runs found.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CreateOptions, create } from '../../src/index.js';
import { bytesOfDump } from '../support/annotated-dump.js';
import { Random } from './random.js';

/** The newest point of the files that are made here, in Unix seconds: the start of an hour. */
export const CORPUS_NOW = 1_600_002_000;

export interface BaseFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file to be made: its layout, and how it is filled. */
interface Recipe {
  readonly name: string;
  readonly options: CreateOptions;
  /** Batches of points, the oldest first; each point is of the base's step after the one before it. */
  readonly batches: number;
  readonly batchSize: number;
  readonly values: 'even' | 'rising' | 'random';
  /** Time of the last update in place of the method's number, as before August 2011. */
  readonly isVeryOld?: boolean;
}

const PLAIN = { batches: 12, batchSize: 10, values: 'rising' } as const;

const STANDARD: readonly Recipe[] = [
  { ...PLAIN, name: 'tiny', options: { retentions: '1s:5' }, batches: 3, batchSize: 1 },
  { ...PLAIN, name: 'empty', options: { retentions: '10s:1h,1m:1d' }, batches: 0 },
  { ...PLAIN, name: 'usual', options: { retentions: '10s:1h,1m:1d' } },
  { ...PLAIN, name: 'wrapped', options: { retentions: '1s:60,10s:10m,1m:2h', xFilesFactor: 0 }, batches: 40 },
  { ...PLAIN, name: 'full', options: { retentions: '1m:1h,5m:1d', aggregation: 'max' }, batches: 200 },
  { ...PLAIN, name: 'very-old', options: { retentions: '10s:1h,1m:1d' }, isVeryOld: true },
  { ...PLAIN, name: 'odd-method', options: { retentions: '7s:50,21s:200', aggregation: 'avg_zero' } },
];

const COMPRESSED: readonly Recipe[] = [
  { ...PLAIN, name: 'tiny', options: { retentions: '1s:20' }, batches: 3, batchSize: 2 },
  { ...PLAIN, name: 'empty', options: { retentions: '10s:1h,1m:1d' }, batches: 0 },
  { ...PLAIN, name: 'usual', options: { retentions: '1s:1h,1m:1d' }, batches: 60 },
  {
    ...PLAIN,
    name: 'small-blocks',
    options: { retentions: '1s:200,10s:1000', pointsPerBlock: 16, pointSize: 8 },
  },
  {
    ...PLAIN,
    name: 'wrapped',
    options: { retentions: '1s:300,10s:1h,1m:1d', xFilesFactor: 0, pointsPerBlock: 20, pointSize: 4 },
    batches: 90,
  },
  {
    ...PLAIN,
    name: 'grown',
    options: { retentions: '1s:10m,10s:1h', pointSize: 0.5, pointsPerBlock: 100 },
    batches: 80,
    values: 'random',
  },
  {
    ...PLAIN,
    name: 'even',
    options: { retentions: '1s:1h,1m:1d', pointSize: 0.4 },
    batches: 400,
    values: 'even',
  },
  {
    ...PLAIN,
    name: 'mix',
    options: {
      retentions: '1s:10m,10s:1h,1m:6h',
      aggregation: 'mix',
      mix: ['average', 'max', 'sum'],
      pointsPerBlock: 300,
    },
    batches: 60,
  },
  {
    ...PLAIN,
    name: 'percentiles',
    options: {
      retentions: '1s:300,5s:1h',
      aggregation: 'mix',
      mix: ['p50', 'p99.9', 'last'],
      pointsPerBlock: 40,
      pointSize: 9,
    },
    batches: 60,
    values: 'random',
  },
  {
    ...PLAIN,
    name: 'long-buffer',
    options: { retentions: '1s:1h,10m:7d', xFilesFactor: 0 },
    batches: 130,
  },
];

/** Every file to begin with; the same ones at each call. */
export function makeCorpus(): BaseFile[] {
  return [
    ...STANDARD.map((recipe) => make('standard', recipe)),
    ...COMPRESSED.map((recipe) => make('compressed', recipe)),
    ...dumpedFiles(),
    ...foundFiles(),
  ];
}

function make(format: 'standard' | 'compressed', recipe: Recipe): BaseFile {
  const { options, batches, batchSize, values, isVeryOld = false } = recipe;
  using database = create(null, { ...options, format });
  const { step } = database.info.archives[0]!;
  const random = new Random(7);
  for (let batch = 0; batch < batches; batch++) {
    const now = CORPUS_NOW - (batches - 1 - batch) * batchSize * step;
    const points = Array.from({ length: batchSize }, (_, i) => {
      const value = values === 'even' ? 5 : values === 'rising' ? batch * 10 + i : random.next() / 7;
      return [now - (batchSize - 1 - i) * step, value] as const;
    });
    database.updateMany(points, { now });
  }
  const bytes = database.toBytes();
  if (isVeryOld) new DataView(bytes.buffer).setUint32(0, CORPUS_NOW);
  return { name: `${format}-${recipe.name}`, bytes };
}

/** Small files in which every byte has a name. */
function dumpedFiles(): BaseFile[] {
  const folder = fixtureFolder('dumps');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => ({
      name: `dump-${name.replace('.txt', '')}`,
      bytes: bytesOfDump(readFileSync(join(folder, name), 'utf8')),
    }));
}

/** What earlier runs found, and was mended since. */
export function foundFiles(): BaseFile[] {
  const folder = fixtureFolder('fuzz');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.wsp'))
    .sort()
    .map((name) => ({
      name: `found-${name.replace('.wsp', '')}`,
      bytes: Uint8Array.from(readFileSync(join(folder, name))),
    }));
}

/** A folder of the fixtures, wherever this was compiled to. */
function fixtureFolder(name: string): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, 'fixtures', name);
    if (existsSync(found)) return found;
    if (folder === dirname(folder)) throw new Error(`no fixtures/${name} above ${import.meta.url}`);
  }
}
