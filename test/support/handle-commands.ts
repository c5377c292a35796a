import type fc from 'fast-check';
import { expect } from 'vitest';
import {
  type AggregationMethod,
  type Database,
  type Dialect,
  open,
  type Series,
  WhisperError,
} from '../../src/index.js';

/** What a twin of either format has, as far as reading and settings are concerned. */
interface HandleTwin<M> {
  readonly now: number;
  aggregation: M;
  xFilesFactor: number;
  /** What a series should be; null where there is nothing to say, undefined if the range is refused. */
  fetch(from: number, until: number, archive: number | undefined, clamp: boolean): object | null | undefined;
}

/** The engine's side: a handle that may be given up for a new one on the same file. */
export interface HandleEngine {
  database: Database;
  readonly path: string | null;
  readonly dialect: Dialect;
}

/**
 * The commands that are the same for both formats: fetch, the settings, and opening anew, as which late points are discarded
 * (a standard file has none).
 *
 * @param command  makes a command that does the same to both sides and then finds them the same
 * @param stepOf   step of one of the twin's archives
 */
export function handleCommands<T extends HandleTwin<M>, E extends HandleEngine, M extends AggregationMethod>(
  command: (text: string, run: (twin: T, engine: E) => void) => fc.Command<T, E>,
  stepOf: (twin: T, archive: number) => number,
) {
  type FetchAsk = [
    age: number,
    end: number | undefined,
    archive: number | undefined,
    byStep: boolean,
    clamp: boolean,
  ];
  return {
    fetch([age, end, archive, byStep, clamp]: FetchAsk) {
      const ask = `${age} s ago to ${end ?? 0} s ago, archive ${archive}${byStep ? ' by step' : ''}, ${clamp}`;
      return command(`fetch(${ask})`, (twin, { database }) => {
        const { now } = twin;
        const until = end === undefined ? undefined : now - end;
        const choice = archive === undefined ? {} : byStep ? { step: stepOf(twin, archive) } : { archive };
        const answer = answerTo(() => database.fetch(now - age, until, { now, clamp, ...choice }));
        const expected = twin.fetch(now - age, until ?? now, archive, clamp);
        if (expected === undefined) expect(answer).toBe('WSP_BAD_RANGE');
        else if (expected === null) expect(answer).toBeNull();
        else expect(plain(answer as Series)).toEqual(expected);
      });
    },

    setXFilesFactor(share: number) {
      return command(`setXFilesFactor(${share})`, (twin, { database }) => {
        expect(database.setXFilesFactor(share)).toBe(Math.fround(twin.xFilesFactor));
        twin.xFilesFactor = share;
      });
    },

    setAggregation([method, share]: [M, number | undefined]) {
      return command(`setAggregation(${method}, ${share})`, (twin, { database }) => {
        expect(database.setAggregation(method, share)).toBe(twin.aggregation);
        twin.aggregation = method;
        twin.xFilesFactor = share ?? twin.xFilesFactor;
      });
    },

    reopen() {
      return command('reopen()', (_, engine) => {
        const { path, dialect } = engine;
        const bytes = engine.database.toBytes();
        engine.database.close();
        engine.database = open(path ?? bytes, { dialect, late: 'discard' });
        expect(engine.database.toBytes()).toEqual(bytes);
      });
    },
  };
}

function plain(series: Series): object {
  const { from, until, step, archive, isClamped } = series;
  return { from, until, step, archive, isClamped, values: Array.from(series, ([, value]) => value) };
}

/** What a call returns, or the code that it throws. */
export function answerTo(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof WhisperError) return error.code;
    throw error;
  }
}
