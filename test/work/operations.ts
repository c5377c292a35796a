/**
 * What is done in each row of the table: everything up to the call that is counted, which is handed back.
 *
 * Most files have the layout of the benchmarks, `1s:1d,1m:30d,1h:5y`, average, xFilesFactor 0.5, and a point for
 * each second.
 */
import { utimesSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import {
  type CreateOptions,
  convert,
  create,
  type Database,
  type Format,
  type OpenOptions,
  open,
  type Point,
  updateFiles,
} from '../../src/index.js';
import type { table } from './table.js';

/** Makes a path in a fresh folder. */
type InFolder = (name: string) => string;
/** Prepares an operation; what it hands back is counted. */
export type Operation = (inFolder: InFolder) => () => unknown;
/** One for each row of the table. */
type Operations<F extends Format> = { readonly [row in keyof (typeof table)[F]]: Operation };

const RETENTIONS = '1s:1d,1m:30d,1h:5y';
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** The start of an hour, and of every run of points. */
const T0 = 1_599_998_400;
/** Seconds for which most files hold points. */
const WRITTEN = 2 * HOUR;

/** One a second, from so many seconds after T0 on. */
function points(seconds: number, count: number): Point[] {
  return Array.from({ length: count }, (_, i) => [T0 + seconds + i, ((seconds + i) * 7) % 100]);
}

/** The time of the last of so many points. */
function timeAfter(seconds: number): number {
  return T0 + seconds - 1;
}

function layout(format: Format): CreateOptions {
  // Room for every point, so that a file grows in the row that is about growth and in no other.
  return { retentions: RETENTIONS, format, ...(format === 'compressed' ? { pointSize: 8 } : {}) };
}

const images = new Map<string, Uint8Array>();

/** A file that holds a point for each of so many seconds; made once. */
function image(format: Format, seconds: number): Uint8Array {
  const key = `${format} ${seconds}`;
  const made = images.get(key) ?? makeImage(format, seconds);
  images.set(key, made);
  return made;
}

function makeImage(format: Format, seconds: number): Uint8Array {
  using database = create(null, layout(format));
  database.updateMany(points(0, seconds), { now: timeAfter(seconds) });
  return database.toBytes();
}

/** Puts a file that holds so many seconds on the disk; returns its path. */
function put(inFolder: InFolder, format: Format, seconds = WRITTEN): string {
  const path = inFolder('a.wsp');
  writeFileSync(path, image(format, seconds));
  rest(path);
  return path;
}

/** As if it had been written long ago: what was written a moment ago is read twice. */
function rest(path: string): void {
  utimesSync(path, 1, 1);
}

/** The handle is closed when the test is over. */
function keep(database: Database): Database {
  onTestFinished(() => database.close());
  return database;
}

/** A handle that has stored and read before, over a file that holds so many seconds. */
function inUse(inFolder: InFolder, format: Format, options: OpenOptions = {}, seconds = WRITTEN): Database {
  const clock = () => timeAfter(seconds);
  const path = put(inFolder, format, seconds - 2);
  const database = keep(open(path, { clock, ...options }));
  for (const [timestamp, value] of points(seconds - 2, 2)) database.update(value, timestamp);
  database.fetch(T0, T0 + 2);
  rest(path);
  return database;
}

/** One point, on a handle in use. */
function update(format: Format, seconds: number, options?: OpenOptions): Operation {
  return (inFolder) => {
    const database = inUse(inFolder, format, options, seconds);
    const [[timestamp, value]] = points(seconds, 1) as [Point];
    return () => database.update(value, timestamp, { now: timestamp });
  };
}

/** A batch, on a handle in use. */
function updateMany(format: Format, count: number, options?: OpenOptions): Operation {
  return (inFolder) => {
    const database = inUse(inFolder, format, options);
    const batch = points(WRITTEN, count);
    return () => database.updateMany(batch, { now: timeAfter(WRITTEN + count) });
  };
}

/** The latest part of a day and an hour, on a handle in use. */
function fetch(format: Format, range: number, options?: OpenOptions): Operation {
  return (inFolder) => {
    const database = inUse(inFolder, format, options, DAY + HOUR);
    return () => database.fetch(timeAfter(DAY + HOUR) - range);
  };
}

/** The middle of what the file holds, beside whole minutes and hours. */
function erase(format: Format, range: number, options?: OpenOptions): Operation {
  return (inFolder) => {
    const database = inUse(inFolder, format, options);
    const from = T0 + WRITTEN / 2 - range / 2 + 10;
    return () => database.erase(from, from + range, { now: timeAfter(WRITTEN) });
  };
}

/** Any other call, on a handle in use. */
function call(format: Format, work: (database: Database) => unknown): Operation {
  return (inFolder) => {
    const database = inUse(inFolder, format);
    return () => work(database);
  };
}

/** A batch that takes more room than the current block has left. */
function small(options: Pick<CreateOptions, 'pointSize'>): Operation {
  return (inFolder) => {
    const layout = { retentions: '1s:1h,1m:1d', format: 'compressed', pointsPerBlock: 900 } as const;
    const database = keep(create(inFolder('a.wsp'), { ...layout, ...options }));
    database.updateMany(points(0, 400), { now: timeAfter(400) });
    return () => database.updateMany(points(400, 1000), { now: timeAfter(1400) });
  };
}

const exclusive = { exclusive: true };

/** What is the same work in either format. */
function inEither(format: Format) {
  return {
    open: (inFolder) => {
      const path = put(inFolder, format);
      return () => keep(open(path));
    },
    close: call(format, (database) => database.close()),
    'updateMany of 1': updateMany(format, 1),
    'updateMany of 60': updateMany(format, 60),
    'updateMany of 1000': updateMany(format, 1000),
    'updateMany of 1, exclusive': updateMany(format, 1, exclusive),
    'updateMany of 60, exclusive': updateMany(format, 60, exclusive),
    'updateMany of 1000, exclusive': updateMany(format, 1000, exclusive),
    'fetch of an hour': fetch(format, HOUR),
    'fetch of a day': fetch(format, DAY),
    'fetch of 30 days': fetch(format, 30 * DAY),
    'fetch of an hour, exclusive': fetch(format, HOUR, exclusive),
    'fetch of a day, exclusive': fetch(format, DAY, exclusive),
    info: call(format, (database) => database.info),
    'points of the base': call(format, (database) => database.points(0)),
    'erase of a minute': erase(format, MINUTE),
    'erase of an hour': erase(format, HOUR),
    'erase of an hour, durable': erase(format, HOUR, { durable: 'sync' }),
    setXFilesFactor: call(format, (database) => database.setXFilesFactor(0.25)),
    'create, sparse': (inFolder) => {
      return () => keep(create(inFolder('a.wsp'), { ...layout(format), sparse: true }));
    },
    'create, sparse, durable': (inFolder) => {
      return () => keep(create(inFolder('a.wsp'), { ...layout(format), sparse: true, durable: 'sync' }));
    },
    'create, sparse, in the place of another': (inFolder) => {
      const path = put(inFolder, format);
      return () => keep(create(path, { ...layout(format), sparse: true, overwrite: true }));
    },
    'updateFiles, 10 points each of 1 file': (inFolder) => {
      const path = put(inFolder, format);
      return () => updateFiles([[path, points(WRITTEN, 10)]], { now: timeAfter(WRITTEN + 10) });
    },
    'updateFiles, 10 points each of 1 file, durable': (inFolder) => {
      const path = put(inFolder, format);
      return () => {
        return updateFiles([[path, points(WRITTEN, 10)]], { now: timeAfter(WRITTEN + 10), durable: 'sync' });
      };
    },
    'convert to the other format, an hour of points': (inFolder) => {
      const path = inFolder('a.wsp');
      const small = create(path, { retentions: '1s:1h,1m:1d', format });
      keep(small).updateMany(points(0, HOUR), { now: timeAfter(HOUR) });
      rest(path);
      const to = format === 'standard' ? 'compressed' : 'standard';
      return () => convert(path, inFolder('b.wsp'), { to, now: timeAfter(HOUR) });
    },
  } satisfies { [row: string]: Operation };
}

const standard: Operations<'standard'> = {
  ...inEither('standard'),
  'update, first of a handle': (inFolder) => {
    const database = keep(open(put(inFolder, 'standard')));
    return () => database.update(1, T0 + WRITTEN, { now: T0 + WRITTEN });
  },
  // A minute takes a value from 30 seconds on, an hour from 30 minutes on.
  'update, no roll-up': update('standard', WRITTEN),
  'update, rolled up once': update('standard', WRITTEN + 40),
  'update, rolled up twice': update('standard', WRITTEN + 35 * MINUTE + 40),
  'update, no roll-up, exclusive': update('standard', WRITTEN, exclusive),
  'update, rolled up twice, exclusive': update('standard', WRITTEN + 35 * MINUTE + 40, exclusive),
  'update, no roll-up, durable': update('standard', WRITTEN, { durable: 'sync' }),
  'update of the coarsest archive': call('standard', (database) => {
    return database.update(1, T0 - 40 * DAY, { now: timeAfter(WRITTEN) });
  }),
  'create, dense': (inFolder) => () => keep(create(inFolder('a.wsp'), layout('standard'))),
};

const compressed: Operations<'compressed'> = {
  ...inEither('compressed'),
  'update, first of a handle': (inFolder) => {
    const database = keep(open(put(inFolder, 'compressed')));
    return () => database.update(1, T0 + WRITTEN + 1, { now: T0 + WRITTEN + 1 });
  },
  'update, waits in the buffer': update('compressed', WRITTEN + 1),
  'update, a minute goes to the block': update('compressed', WRITTEN + MINUTE),
  'update, an hour goes to the block': update('compressed', WRITTEN + 2 * MINUTE),
  'update, waits in the buffer, exclusive': update('compressed', WRITTEN + 1, exclusive),
  'update, a minute goes to the block, exclusive': update('compressed', WRITTEN + MINUTE, exclusive),
  'update, waits in the buffer, durable': update('compressed', WRITTEN + 1, { durable: 'sync' }),
  'updateMany of 60, of a mix': (inFolder) => {
    const mix = { aggregation: 'mix', mix: ['average', 'max', 'p95'] } as const;
    const database = keep(create(inFolder('a.wsp'), { ...layout('compressed'), ...mix }));
    database.updateMany(points(0, WRITTEN), { now: timeAfter(WRITTEN) });
    return () => database.updateMany(points(WRITTEN, 60), { now: timeAfter(WRITTEN + 60) });
  },
  'updateMany of 1000, a block is closed': small({ pointSize: 2 }),
  'updateMany of 1000, the file grows': small({ pointSize: 1 }),
  'blocks of the base': call('compressed', (database) => database.blocks(0)),
};

export const operations = { standard, compressed };
