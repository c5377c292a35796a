/**
 * What an operator's files must hold, kept beside them as plain maps from interval to value, one for each archive. It knows
 * nothing of files, rings and blocks, only of windows and of how far archives reach back.
 */
import { expect } from 'vitest';
import { open } from '../../src/index.js';

export type Values = ReadonlyMap<number, number>;
export type Method = 'sum' | 'max' | 'last';

export interface ModelArchive {
  /** Seconds. */
  readonly step: number;
  readonly retention: number;
  readonly values: Values;
}

export interface Model {
  readonly method: Method;
  readonly xFilesFactor: number;
  /** Unix seconds of the newest point: archives reach back from there. */
  readonly newest: number;
  readonly archives: readonly ModelArchive[];
}

export type Steps = readonly (readonly [step: number, retention: number])[];

const AGGREGATE: { readonly [M in Method]: (values: readonly number[]) => number } = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  last: (values) => values.at(-1)!,
};

/** The oldest interval that an archive still shows. */
function oldestOf(newest: number, { step, retention }: Omit<ModelArchive, 'values'>): number {
  return newest - (newest % step) - retention + step;
}

/** Files into which all of a metric's points came at their time; all of a window are known, or none. */
export function modelOf(points: Values, steps: Steps, method: Method, xFilesFactor: number): Model {
  const newest = Math.max(...points.keys());
  const archives = steps.map(([step, retention]) => {
    const windows = new Map<number, number[]>();
    for (const [time, value] of points) {
      const start = time - (time % step);
      windows.set(start, [...(windows.get(start) ?? []), value]);
    }
    const all = [...windows].map(([start, values]) => [start, AGGREGATE[method](values)] as const);
    return { step, retention, values: shown(all, newest, { step, retention }) };
  });
  return { method, xFilesFactor, newest, archives };
}

function shown(
  values: Iterable<readonly [number, number]>,
  newest: number,
  archive: Omit<ModelArchive, 'values'>,
): Values {
  const oldest = oldestOf(newest, archive);
  return new Map([...values].filter(([time]) => time >= oldest).sort(([a], [b]) => a - b));
}

/** The same history with other archives. */
export function resized(
  model: Model,
  steps: Steps,
  change: Partial<Pick<Model, 'method' | 'xFilesFactor'>> = {},
): Model {
  const rules = { ...model, ...change };
  const archives = steps.map(([step, retention]) => {
    const same = model.archives.find((archive) => archive.step === step);
    const values = same === undefined ? windowsOf(rules, step, retention) : same.values;
    return { step, retention, values: shown(values, model.newest, { step, retention }) };
  });
  return { ...rules, archives };
}

/** Whole windows of a new step, each of the finest archive that has all of it and knows enough. */
function* windowsOf(model: Model, step: number, retention: number): Generator<readonly [number, number]> {
  const finer = model.archives.filter((archive) => archive.step < step && step % archive.step === 0);
  for (let start = oldestOf(model.newest, { step, retention }); start <= model.newest; start += step) {
    for (const archive of finer) {
      if (start < oldestOf(model.newest, archive)) continue;
      const slots = step / archive.step;
      const known = Array.from({ length: slots }, (_, i) => archive.values.get(start + i * archive.step));
      const values = known.filter((value) => value !== undefined);
      if (values.length === 0 || values.length / slots < model.xFilesFactor) continue;
      yield [start, AGGREGATE[model.method](values)];
      break;
    }
  }
}

/** Every point once, oldest first: of coarser archives what is older than the finer ones reach. */
export function historyOf({ archives, newest }: Model): (readonly [number, number])[] {
  let covered = Number.POSITIVE_INFINITY;
  const history: (readonly [number, number])[] = [];
  for (const archive of archives) {
    history.unshift(...[...archive.values].filter(([time]) => time < covered));
    covered = oldestOf(newest, archive);
  }
  return history;
}

/** Holds a file against its model: every archive shows what the model says, value by value, and nothing else. */
export function expectFile(path: string, { archives, newest, method, xFilesFactor }: Model): void {
  using database = open(path, { readOnly: true });
  const { info } = database;
  expect([path, info.aggregation, info.xFilesFactor]).toEqual([path, method, Math.fround(xFilesFactor)]);
  expect(info.archives.map(({ step, retention }) => [step, retention])).toEqual(
    archives.map(({ step, retention }) => [step, retention]),
  );
  for (const [archive, { step, retention, values }] of archives.entries()) {
    const series = database.fetch(newest - retention, newest, { now: newest, archive })!;
    expect([path, step, ...series.knownPoints()]).toEqual([path, step, ...values]);
  }
}
