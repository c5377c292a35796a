import { describe, expect, it, vi } from 'vitest';
import { type Database, type Durability, open, WhisperError } from '../../src/index.js';
import { compareSights, excuseEdges, look, lookAt, type Sight } from '../support/crash-check.js';
import type { Disk } from '../support/crash-disk.js';
import { counting, type Fault, failingAt, faults, unsynced } from '../support/crash-faults.js';
import { CrashScene } from '../support/crash-scene.js';
import { through } from '../support/crash-system.js';
import { NOW, type WholeFileWork, wholeFileWorks } from '../support/crash-tools.js';
import { wrongAfterUpdate } from '../support/crash-verdict.js';
import { type HandleWork, handleWorks } from '../support/crash-works.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const isThorough = process.env['SOTTO_RUNS'] !== undefined;
const clock = () => NOW;

describe.each(['none', 'sync', 'journal'] as const)('with durable %s', (durable) => {
  it.each(handleWorks)(
    '$name ($format) that fails at any call is refused, and the handle goes on',
    (work) => {
      expect(failEverywhere(() => new HandleTrial(work, durable))).toBeGreaterThan(5);
    },
  );
});

it.each(wholeFileWorks)('$name ($format) that fails at any call leaves a whole file', (work) => {
  expect(failEverywhere(() => new WholeFileTrial(work, 'sync'))).toBeGreaterThan(5);
});

/** One piece of work, to be done again and again from the same beginning. */
interface Trial extends Disposable {
  /** Begins anew. */
  reset(): void;
  /** Under the fault. */
  work(): void;
  /** What is left behind in the folder. */
  strangers(): string[];
  /** Without it, once the work has returned or thrown: what is wrong. */
  wrong(hasReturned: boolean): string[];
}

/** Lets every call of a piece of work fail in many ways; returns how many failures that were. */
function failEverywhere(begin: () => Trial): number {
  using trial = begin();
  const { layer, count } = counting();
  trial.reset();
  through(layer, () => trial.work());
  expect(trial.wrong(true)).toEqual([]);
  let failures = 0;
  for (const [i, fault] of faults.entries()) {
    for (let nth = 0; nth < count(); nth++) {
      // With more runs every call fails in every way, else every call in half of the ways.
      if ((nth + i) % 2 === 0 || isThorough) failures += failOnce(trial, nth, fault) ? 1 : 0;
    }
  }
  return failures;
}

function failOnce(trial: Trial, nth: number, fault: Fault): boolean {
  const { layer, hasFailed } = failingAt(nth, fault);
  trial.reset();
  let error: unknown;
  try {
    through(layer, () => trial.work());
  } catch (caught) {
    error = caught;
  }
  if (!hasFailed()) return false;
  const strangers = () => (fault.isHopeless === true ? [] : trial.strangers());
  // A journal that could not be removed goes when the file is opened next.
  const left = strangers().filter((name) => !name.startsWith('a.wsp.journal'));
  const wrong =
    error === undefined || error instanceof WhisperError
      ? [...left, ...attempt(() => through(unsynced, () => trial.wrong(error === undefined))), ...strangers()]
      : [`another exception: ${(error as Error).stack}`];
  if (fault.isHarmless === true && error !== undefined) wrong.push(`refused: ${error}`);
  expect(wrong.slice(0, 5), `${fault.name} at call ${nth}`).toEqual([]);
  return true;
}

function attempt(work: () => string[]): string[] {
  try {
    return work();
  } catch (error) {
    return [`afterwards: ${(error as Error).stack}`];
  }
}

/** A call of a handle that was opened before. */
class HandleTrial implements Trial {
  readonly #scene = new CrashScene();
  readonly #work: HandleWork;
  readonly #durable: Durability;
  readonly #before: Sight;
  readonly #after: Sight;
  readonly #start: Disk;
  #database: Database | undefined;
  #seen: Sight | undefined;

  constructor(work: HandleWork, durable: Durability) {
    this.#work = work;
    this.#durable = durable;
    work.prepare(this.#scene.path);
    this.#start = this.#scene.disk();
    this.#before = this.#scene.sight(NOW)!;
    {
      using database = open(this.#scene.path, { durable, clock });
      work.act(database);
    }
    this.#after = this.#scene.sight(NOW)!;
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#scene[Symbol.dispose]();
  }

  reset(): void {
    this.#database?.close();
    this.#scene.put(this.#start);
    this.#database = open(this.#scene.path, { durable: this.#durable, clock });
    this.#seen = undefined;
  }

  work(): void {
    this.#seen = this.#work.act(this.#database!);
  }

  strangers(): string[] {
    return this.#scene.strangers();
  }

  wrong(hasReturned: boolean): string[] {
    const database = this.#database!;
    const former = hasReturned ? this.#after : this.#before;
    const isExcused = excuseEdges(this.#after, NOW);
    const compare = (seen: Sight) => compareSights(seen, former, this.#after, isExcused);
    const seen = [...(this.#seen === undefined ? [] : compare(this.#seen)), ...compare(look(database, NOW))];
    if (seen.length > 0) return seen;
    // The same handle stores what comes next.
    const later = NOW + 10;
    database.update(0.25, later, { now: later });
    const next = look(database, later).archives[0]!.values.get(later);
    database.close();
    return [
      ...(next === 0.25 ? [] : [`the next point is ${next}, not 0.25`]),
      ...wrongAfterUpdate(this.#scene.path, later),
    ];
  }
}

/** Work that opens and closes what it needs. */
class WholeFileTrial implements Trial {
  readonly #scene = new CrashScene();
  readonly #beside = this.#scene.path.replace('a.wsp', 'b.wsp');
  readonly #work: WholeFileWork;
  readonly #durable: Durability;
  readonly #start: Disk;
  readonly #before: Sight | undefined;
  readonly #after: Sight;

  constructor(work: WholeFileWork, durable: Durability) {
    this.#work = work;
    this.#durable = durable;
    work.prepare(this.#scene.path, this.#beside);
    this.#start = this.#scene.disk();
    this.#before = this.#scene.sight(NOW);
    work.act(this.#scene.path, this.#beside, durable);
    this.#after = this.#scene.sight(NOW)!;
  }

  [Symbol.dispose](): void {
    this.#scene[Symbol.dispose]();
  }

  reset(): void {
    this.#scene.put(this.#start);
  }

  work(): void {
    this.#work.act(this.#scene.path, this.#beside, this.#durable);
  }

  strangers(): string[] {
    return this.#scene.strangers();
  }

  wrong(hasReturned: boolean): string[] {
    if (this.#scene.bytes() === undefined)
      return hasReturned || this.#before !== undefined ? ['the file is gone'] : [];
    const former = hasReturned ? this.#after : (this.#before ?? this.#after);
    return [
      ...compareSights(lookAt(this.#scene.path, NOW), former, this.#after, excuseEdges(this.#after, NOW)),
      ...wrongAfterUpdate(this.#scene.path, NOW),
    ];
  }
}
