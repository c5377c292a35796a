/**
 * Small files of every kind, byte by byte, as fixtures/dumps has them.
 *
 * If bytes are meant to change: `npx vitest run test/golden/annotated-dumps.test.ts -u` writes the dumps anew, and the
 * review is of their difference.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type CreateOptions, create, type Database } from '../../src/index.js';
import { annotatedDump, bytesOfDump } from '../support/annotated-dump.js';

const T0 = 1_599_998_400;
const STEP = 10;

interface Sample {
  name: string;
  options: CreateOptions;
  /** Each is stored in a call of its own, at its own time; every seventh point is missing. */
  values: readonly number[];
}

/** Repeated values, windows of either kind, −0. */
function values(count: number): number[] {
  return Array.from({ length: count }, (_, i) => [10, 10, 12, 14, 14, 12.5, -0, 0.1][i % 8]!);
}

/** Values that share few bits. */
function unlikeValues(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (((i + 1) * 7919) % 1009) / 7);
}

const samples: Sample[] = [
  {
    name: 'standard',
    options: { retentions: '10s:6,20s:6', aggregation: 'first', xFilesFactor: 0.5 },
    values: values(8),
  },
  {
    name: 'compressed-one-archive',
    options: {
      format: 'compressed',
      retentions: '10s:12',
      aggregation: 'last',
      pointsPerBlock: 4,
      pointSize: 12,
    },
    values: values(52),
  },
  {
    name: 'compressed-buffers',
    options: { format: 'compressed', retentions: '10s:6,20s:6,60s:6', aggregation: 'sum', xFilesFactor: 0 },
    values: values(15),
  },
  {
    name: 'compressed-mix',
    options: {
      format: 'compressed',
      retentions: '10s:60,20s:40',
      aggregation: 'mix',
      mix: ['max', 'p95'],
      xFilesFactor: 0,
      pointsPerBlock: 10,
      pointSize: 10,
    },
    values: values(32),
  },
  {
    name: 'compressed-grown',
    options: { format: 'compressed', retentions: '10s:24', pointsPerBlock: 8, pointSize: 4 },
    values: unlikeValues(8),
  },
];

/** The file behind a sample. */
function make({ options, values }: Sample): Database {
  const database = create(null, { ...options, dialect: 'go' });
  for (const [i, value] of values.entries()) {
    const now = T0 + STEP * (i + Math.floor(i / 6));
    database.updateMany([[now, value]], { now });
  }
  return database;
}

describe('the bytes of a small file are those of the dump in fixtures/dumps', () => {
  it.each(samples)('$name', async (sample) => {
    using database = make(sample);
    const path = fileURLToPath(new URL(`../../fixtures/dumps/${sample.name}.txt`, import.meta.url));
    await expect(annotatedDump(database.toBytes())).toMatchFileSnapshot(path);
  });

  it.each(samples)('$name: all of them are in the dump', (sample) => {
    using database = make(sample);
    const bytes = database.toBytes();
    expect(Buffer.from(bytesOfDump(annotatedDump(bytes))).equals(bytes)).toBe(true);
  });
});

describe('the files show what they are there for', () => {
  const infoOf = (name: string) => {
    using database = make(samples.find((sample) => sample.name === name)!);
    const { info } = database;
    if (info.format === 'standard') throw new Error('a standard file');
    return info;
  };

  it('the single archive has gone round its ring, and stands before older blocks', () => {
    const { current, ranges } = infoOf('compressed-one-archive').archives[0]!;
    const older = ranges.slice(current.index + 1);
    expect(older.length).toBeGreaterThan(0);
    for (const { start } of older) {
      expect(start).toBeGreaterThan(0);
      expect(start).toBeLessThan(current.first.timestamp);
    }
  });

  it('every buffer has points waiting, and every archive has some in its blocks', () => {
    const { archives } = infoOf('compressed-buffers');
    expect(archives.map(({ buffered }) => buffered > 0)).toEqual([true, true, false]);
    for (const { ranges } of archives) expect(ranges[0]!.start).toBeGreaterThan(0);
  });

  it('the base of the mix file has gone on to another block, and the archives below are filled', () => {
    const { archives } = infoOf('compressed-mix');
    expect(archives[0]!.current.index).toBeGreaterThan(0);
    expect(archives.slice(1).map(({ spec }) => spec?.name)).toEqual(['max', 'p95']);
    for (const { ranges, growths } of archives) {
      expect(ranges[0]!.start).toBeGreaterThan(0);
      expect(growths).toBe(0);
    }
  });

  it('the grown file has grown', () => {
    const { archives } = infoOf('compressed-grown');
    expect(archives[0]!.growths).toBeGreaterThan(0);
  });
});
