import { describe, expect, it } from 'vitest';
import { create } from '../../src/index.js';
import { archiveSeries } from '../../src/tools/archive-series.js';
import { blockMap } from '../../src/tools/block-map.js';
import { describeFile } from '../../src/tools/describe-file.js';
import { useFreshFolder } from '../support/cli.js';

useFreshFolder();

const NOW = 1_700_000_000;
const HOUR = 3600;

function make(format: 'standard' | 'compressed', retentions = '1m:1h,10m:1d') {
  const database = create(`${format}.wsp`, { retentions, format, xFilesFactor: 0 });
  for (let age = 2 * HOUR; age >= 0; age -= 60) {
    database.updateMany([[NOW - age, age]], { now: NOW - age });
  }
  return database;
}

describe.each(['standard', 'compressed'] as const)('archiveSeries of a %s file', (format) => {
  it('gives of each archive what a fetch from it gives', () => {
    using database = make(format);
    const found = archiveSeries(database, { from: NOW - 2 * HOUR, until: NOW, now: NOW });
    expect(found.map(({ archive, name }) => [archive, name])).toEqual([
      [0, '1m:1h'],
      [1, '10m:1d'],
    ]);
    for (const { archive, from, until, step, values, known } of found) {
      const series = database.fetch(NOW - 2 * HOUR, NOW, { now: NOW, archive })!;
      expect({ from, until, step, values, known }).toEqual({
        from: series.from,
        until: series.until,
        step: series.step,
        values: series.values,
        known: series.known,
      });
    }
  });

  it('goes back as far as each archive does, unless told otherwise', () => {
    using database = make(format);
    const found = archiveSeries(database, { until: NOW, now: NOW });
    expect(found.map(({ values }) => values.length)).toEqual([60, 144]);
    expect(archiveSeries(database, { until: NOW, now: NOW, archive: 1 })).toEqual([found[1]]);
  });

  it('leaves out an archive that does not reach the range', () => {
    using database = make(format);
    const found = archiveSeries(database, { from: NOW - 8 * HOUR, until: NOW - 7 * HOUR, now: NOW });
    expect(found.map(({ archive }) => archive)).toEqual([1]);
    expect(archiveSeries(database, { from: NOW - 90 * HOUR, until: NOW - 80 * HOUR, now: NOW })).toEqual([]);
  });

  it('takes an archive that reaches back beyond 1970', () => {
    using database = create('long.wsp', { retentions: '1d:100y', format });
    database.updateMany([[NOW, 1]], { now: NOW });
    const [series] = archiveSeries(database, { until: NOW, now: NOW });
    expect(series!.known.at(-1)).toBe(1);
  });

  it('describes it as JSON can', () => {
    using database = make(format);
    const description = describeFile(database, NOW);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(description).toMatchObject({
      format,
      aggregation: 'average',
      xFilesFactor: 0,
      retentions: '1m:1h,10m:1d',
    });
    expect(description.archives[1]).toMatchObject({
      name: '10m:1d',
      step: 600,
      points: 144,
    });
    expect(
      description.archives.every(({ blocks }) => (blocks === undefined) === (format === 'standard')),
    ).toBe(true);
  });
});

describe('blockMap', () => {
  it('has none of a standard file', () => {
    using database = make('standard');
    expect(blockMap(database)).toEqual([]);
  });

  it('tells how the blocks of each archive stand', () => {
    using database = create('a.wsp', {
      retentions: '1m:3d,1h:30d',
      format: 'compressed',
      pointsPerBlock: 600,
    });
    for (let i = 0; i < 2000; i++) database.updateMany([[NOW + 60 * i, i % 7]], { now: NOW + 60 * i });
    const [base, coarse] = blockMap(database);
    expect(base!.name).toBe('1m:3d');
    const states = base!.blocks.map(({ state }) => state);
    expect(states.filter((state) => state === 'current')).toHaveLength(1);
    expect(states).toContain('filled');
    expect(states).toContain('empty');
    expect(states).not.toContain('damaged');
    const current = base!.blocks.find(({ state }) => state === 'current')!;
    // The last few points wait in the buffer for their hour to be over.
    const newest = Math.floor((NOW + 60 * 1999) / 60) * 60;
    expect(newest - current.end).toBeLessThan(2 * HOUR);
    expect(current.start).toBeLessThan(current.end);
    expect(current.usedBytes).toBeLessThanOrEqual(base!.size);
    expect(coarse!.blocks.length).toBeGreaterThan(0);
    expect(base!.blocks.find(({ state }) => state === 'empty')).toMatchObject({
      start: 0,
      end: 0,
      points: 0,
    });
  });
});
