/** Work on whole files that crashes or fails: what each begins with, and what it does. */
import { convert, create, type Durability, fill, open, resize, updateFiles } from '../../src/index.js';
import { START } from './crash-histories.js';
import { SeededRandom } from './crash-random.js';

type Format = 'standard' | 'compressed';

export interface WholeFileWork {
  readonly name: string;
  readonly format: Format;
  /** Whether without a journal it may be there in part. */
  readonly isPointByPoint?: boolean;
  /** Makes what is there before; `beside` is a path in the same folder. */
  readonly prepare: (path: string, beside: string) => void;
  /** What crashes or fails. It ends with a database at `path`. */
  readonly act: (path: string, beside: string, durable: Durability) => void;
}

/** When all this happens. */
export const NOW = START + 4000;
const clock = () => NOW;

const LAYOUT = { retentions: '10s:10m,1m:1h,5m:4h', xFilesFactor: 0, pointsPerBlock: 16, pointSize: 10 };

/** A database with an hour of points, some of them left out. */
export function made(path: string, format: Format, seed: number): void {
  const random = new SeededRandom(seed);
  const blocks = format === 'compressed' ? LAYOUT : { retentions: LAYOUT.retentions, xFilesFactor: 0 };
  using database = create(path, { ...blocks, format, clock });
  for (let end = START; end <= NOW; end += 200) {
    const points = Array.from({ length: 20 }, (_, i): [number, number] => [end - i * 10, random.share()]);
    database.updateMany(
      points.filter(() => !random.once(4)),
      { now: end },
    );
  }
}

const OTHER: Record<Format, Format> = { standard: 'compressed', compressed: 'standard' };

function worksOn(format: Format): WholeFileWork[] {
  const here = (path: string) => made(path, format, 1);
  const both = (path: string, beside: string) => {
    here(path);
    made(beside, format, 2);
  };
  return [
    {
      name: 'a new file',
      format,
      prepare: () => {},
      act: (path, _, durable) => create(path, { retentions: '10s:1h', format, durable, clock }).close(),
    },
    {
      name: 'a new file in the place of an old one',
      format,
      prepare: here,
      act: (path, _, durable) =>
        create(path, { retentions: '10s:1h', format, overwrite: true, durable, clock }).close(),
    },
    {
      name: 'conversion where it is',
      format,
      prepare: here,
      act: (path, _, durable) => convert(path, path, { to: OTHER[format], overwrite: true, durable, clock }),
    },
    {
      name: 'conversion to another name',
      format,
      prepare: (_, beside) => here(beside),
      act: (path, beside, durable) => convert(beside, path, { to: OTHER[format], durable, clock }),
    },
    {
      name: 'filling from another file',
      format,
      prepare: both,
      act: (path, beside, durable) => fill(beside, path, { durable, clock }),
    },
    {
      name: 'other retentions',
      format,
      prepare: here,
      act: (path, _, durable) => resize(path, { retentions: '10s:20m,1m:3h', durable, clock }),
    },
    {
      name: 'other settings',
      format,
      prepare: here,
      act: (path, _, durable) => resize(path, { aggregation: 'max', xFilesFactor: 0.25, durable, clock }),
    },
    {
      name: 'an update of many files',
      format,
      isPointByPoint: true,
      prepare: here,
      act: (path, _, durable) => {
        const points = [
          [NOW, 1],
          [NOW - 60, 2],
        ] as const;
        const { failures } = updateFiles([[path, points]], { durable, clock });
        for (const { error } of failures) throw error;
      },
    },
  ];
}

/** Growth: a compressed file whose blocks are too small, and a batch that shows it. */
const growth: WholeFileWork = {
  name: 'growth',
  format: 'compressed',
  prepare: (path) => {
    using database = create(path, { ...LAYOUT, pointSize: 2, format: 'compressed', clock });
    database.updateMany(wildPoints(3, NOW - 400), { now: NOW - 400 });
  },
  act: (path, _, durable) => {
    const database = open(path, { durable, clock });
    try {
      database.updateMany(wildPoints(20, NOW));
    } finally {
      database.close();
    }
  },
};

/** Points up to a time, whose values take all bits. */
export function wildPoints(count: number, end: number): [number, number][] {
  const random = new SeededRandom(end);
  return Array.from({ length: count }, (_, i) => [end - i * 10, random.share()]);
}

export const wholeFileWorks: readonly WholeFileWork[] = [
  ...worksOn('standard'),
  ...worksOn('compressed'),
  growth,
];
