/** A session on a handle: how it is opened, and what is called on it. */
import {
  type AggregationMethod,
  aggregationMethods,
  type Database,
  type OpenOptions,
  open,
} from '../../src/index.js';
import { CORPUS_NOW } from './corpus.js';
import type { Random } from './random.js';
import { type Context, drawNow, drawPoints, drawTime, drawValue, FILES, MEMORY, type Step } from './step.js';

/** Options of `open`, each in some of the sessions. */
export function drawOpenOptions(random: Random): OpenOptions {
  const some = (share: number, options: OpenOptions) => (random.chance(share) ? options : {});
  return {
    clock: () => CORPUS_NOW,
    ...some(0.2, { force: true }),
    ...some(0.15, { readOnly: true }),
    ...some(0.1, { strict: true }),
    ...some(0.25, { dialect: 'go' }),
    ...some(0.15, { exclusive: true }),
    ...some(0.2, { late: random.pick(['insert', 'discard']) }),
    ...some(0.15, { durable: 'journal' }),
  };
}

/** A session: open, a few calls, close. */
export function drawHandleSession(random: Random): Step[] {
  const options = drawOpenOptions(random);
  const isReadOnly = options.readOnly === true || options.force === true;
  const isInMemory = random.chance(0.3);
  const changes = isReadOnly ? [] : [isInMemory ? MEMORY : FILES.odd];
  const { clock: _, ...told } = options;
  const opening: Step = {
    name: 'open',
    text: `open(${isInMemory ? 'bytes' : 'path'}, ${JSON.stringify(told)})`,
    // What a writer that was killed has left to be done is done by whoever opens the file next.
    changes,
    needsHandle: false,
    run: (context) => {
      context.dialect = options.dialect;
      context.database = open(isInMemory ? context.bytes : context.path(FILES.odd), options);
    },
  };
  const calls = random.times(random.between(1, 6), () => {
    const call = drawCall(random);
    return { ...call, changes: call.changes.length > 0 ? changes : [] };
  });
  return [opening, ...calls, CLOSE];
}

/** Gives the handle up, which may leave nothing behind. */
export const CLOSE: Step = {
  name: 'close',
  text: 'close()',
  changes: [],
  needsHandle: true,
  run: (context) => {
    context.database?.close();
    context.database = undefined;
  },
};

/** Every call that only reads, and every one that may change the file. */
export function drawCall(random: Random): Step {
  return random.weighted([
    [2, () => reading('info', '', (database) => database.info)],
    [6, () => fetching(random)],
    [2, () => archiveCall(random, 'slots', (database, archive) => database.slots(archive))],
    [
      2,
      () =>
        archiveCall(random, 'points', (database, archive) => database.points(archive, { now: CORPUS_NOW })),
    ],
    [2, () => archiveCall(random, 'blocks', (database, archive) => database.blocks(archive))],
    [1, () => reading('toBytes', '', (database) => database.toBytes())],
    [3, () => updating(random)],
    [8, () => updatingMany(random)],
    [1, () => settingShare(random)],
    [1, () => settingMethod(random)],
    [3, () => erasing(random)],
  ])();
}

function fetching(random: Random): Step {
  const isOfAll = random.chance(0.25);
  const [first, last] = [drawTime(random), drawTime(random)];
  const from = isOfAll ? 0 : random.chance(0.9) ? Math.min(first, last) : first;
  const until = random.chance(0.2) ? undefined : Math.max(from, last);
  const now = drawNow(random);
  const options = {
    now,
    ...random.pick([
      {},
      {},
      { archive: random.pick([0, 1, 1, 2, -1, 4]) },
      { step: random.pick([1, 10, 60, 600]) },
      { spec: random.pick(['average', 'max', 'p50', 'p99.9', 'x']) },
    ]),
    ...(random.chance(0.2) ? { clamp: false } : {}),
  };
  return reading('fetch', `${from}, ${until}, ${JSON.stringify(options)}`, (database) =>
    database.fetch(from, until, options),
  );
}

function archiveCall(
  random: Random,
  name: string,
  run: (database: Database, archive: number) => unknown,
): Step {
  const archive = random.weighted([
    [5, 0],
    [4, 1],
    [1, 2],
  ]);
  return reading(name, String(archive), (database) => run(database, archive));
}

function updating(random: Random): Step {
  const [value, time, now] = [drawValue(random), drawTime(random), drawNow(random)];
  return writing('update', `${value}, ${time}, { now: ${now} }`, (database) => {
    database.update(value, time, { now });
  });
}

function updatingMany(random: Random): Step {
  const points = drawPoints(random);
  const options = {
    now: drawNow(random),
    ...(random.chance(0.2) ? { future: random.pick(['store', 'drop', 'error'] as const) } : {}),
    ...(random.chance(0.2) ? { duplicates: random.pick(['first', 'last'] as const) } : {}),
    ...(random.chance(0.1) ? { retention: random.pick([60, 300, 600, 3600, 86_400, '1d']) } : {}),
  };
  const text = `${pointsText(points)}, ${JSON.stringify(options)}`;
  return writing('updateMany', text, (database) => database.updateMany(points, options));
}

/** A run by its ends: a report need not hold hundreds of points. */
export function pointsText(points: readonly (readonly [number, number])[]): string {
  if (points.length <= 5) return `[${points.map(([time, value]) => `[${time}, ${value}]`).join(', ')}]`;
  return `[${points.length} points, ${points[0]![0]} … ${points.at(-1)![0]}]`;
}

function settingShare(random: Random): Step {
  const share = random.pick([0, 0.5, 1, Number.NaN, -1]);
  return writing('setXFilesFactor', String(share), (database) => database.setXFilesFactor(share));
}

function settingMethod(random: Random): Step {
  const method = random.pick<AggregationMethod>([...aggregationMethods, 'first']);
  return writing('setAggregation', method, (database) => database.setAggregation(method));
}

function erasing(random: Random): Step {
  const [one, other] = [drawTime(random), drawTime(random)];
  const [from, until] = random.chance(0.9) ? [Math.min(one, other), Math.max(one, other)] : [one, other];
  const options = {
    now: drawNow(random),
    ...(random.chance(0.3) ? { archive: random.pick([0, 1, 1, 2, 9]) } : {}),
  };
  return writing('erase', `${from}, ${until}, ${JSON.stringify(options)}`, (database) =>
    database.erase(from, until, options),
  );
}

function reading(name: string, text: string, run: (database: Database) => unknown): Step {
  return { name, text: `${name}(${text})`, changes: [], needsHandle: true, run: onHandle(run) };
}

function writing(name: string, text: string, run: (database: Database) => unknown): Step {
  return { name, text: `${name}(${text})`, changes: [FILES.odd], needsHandle: true, run: onHandle(run) };
}

function onHandle(run: (database: Database) => unknown): (context: Context) => unknown {
  return ({ database }) => {
    if (database === undefined) throw new Error('a call without a handle');
    return run(database);
  };
}
