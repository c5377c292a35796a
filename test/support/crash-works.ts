/** Calls of a handle that fail half-way: what there is before, and what is called. */
import { create, type Database } from '../../src/index.js';
import { look, type Sight } from './crash-check.js';
import { SeededRandom } from './crash-random.js';
import { made, NOW, wildPoints } from './crash-tools.js';

export interface HandleWork {
  readonly name: string;
  readonly format: 'standard' | 'compressed';
  readonly prepare: (path: string) => void;
  /** What was seen, if it was a matter of seeing. */
  readonly act: (database: Database) => Sight | undefined;
}

function onEither(format: 'standard' | 'compressed'): HandleWork[] {
  const work = (name: string, change: (database: Database) => unknown): HandleWork => ({
    name,
    format,
    prepare: (path) => made(path, format, 3),
    act: (database) => {
      change(database);
      return undefined;
    },
  });
  return [
    work('one point', (database) => database.update(1.5, NOW)),
    work('a batch', (database) => database.updateMany(wildPoints(7, NOW))),
    work('a batch that fills the ring', (database) => database.updateMany(wildPoints(60, NOW))),
    work('late points', (database) => database.updateMany(latePoints(NOW - 500, NOW))),
    work('points of every age', (database) => database.updateMany(latePoints(NOW - 4 * 3600, NOW))),
    work('another xFilesFactor', (database) => database.setXFilesFactor(0.75)),
    work('another method', (database) => database.setAggregation('last', 0.25)),
    {
      name: 'reading',
      format,
      prepare: (path) => made(path, format, 3),
      act: (database) => look(database, NOW),
    },
  ];
}

/** A compressed file whose blocks are too small, and a batch that shows it. */
const growth: HandleWork = {
  name: 'growth',
  format: 'compressed',
  prepare: (path) => {
    const clock = () => NOW;
    const layout = { retentions: '10s:10m,1m:1h', xFilesFactor: 0, pointsPerBlock: 16, pointSize: 2 };
    using database = create(path, { ...layout, format: 'compressed', clock });
    database.updateMany(wildPoints(3, NOW - 400), { now: NOW - 400 });
  },
  act: (database) => {
    database.updateMany(wildPoints(20, NOW));
    return undefined;
  },
};

function latePoints(from: number, until: number): [number, number][] {
  const random = new SeededRandom(until - from);
  const at = () => Math.floor(random.between(from, until - 1) / 10) * 10;
  return Array.from({ length: 12 }, () => [at(), random.share()]);
}

export const handleWorks: readonly HandleWork[] = [
  ...onEither('standard'),
  ...onEither('compressed'),
  growth,
];
