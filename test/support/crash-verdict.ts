/** Holds states that a crash may leave against what was promised. */
import { type FindingCode, open } from '../../src/index.js';
import {
  compareSights,
  compareWhole,
  damageOf,
  type Excuse,
  excuseEdges,
  excuseTorn,
  look,
  lookAt,
  type Sight,
} from './crash-check.js';
import { type Change, type CrashState, type Disk, describe } from './crash-disk.js';
import type { CrashScene, RecordedCall, Recording } from './crash-scene.js';

/** What is promised after a crash, beside that earlier calls are there. */
export interface Promised {
  /** Of the interrupted call each point is there or not, or the call as a whole is. */
  readonly each: 'point' | 'call';
  /** What `verify` may find all the same. */
  readonly tolerated?: readonly FindingCode[];
}

/** The states that a list of changes, made from one state on, may leave. */
export type CrashKind = (start: Disk, changes: readonly Change[]) => Iterable<CrashState>;

/**
 * Brings about every crash of a recording and looks at what is there.
 *
 * @returns how many states were looked at
 * @throws Error with the story of the first state that breaks the promise
 */
export function judge(scene: CrashScene, recording: Recording, kind: CrashKind, promised: Promised): number {
  const judge = new Judge(scene, kind, promised);
  for (const state of kind(recording.start, recording.changes)) {
    const wrong = judge.wrongWith(state, interruptedCall(recording, state.asked));
    if (wrong.length > 0) throw new Error(tell(recording, state, wrong));
  }
  return judge.count;
}

/** The call at which a crash came; the last one if it came after all of them. */
function interruptedCall({ calls }: Recording, asked: number): RecordedCall {
  const call = calls.find(({ end }) => end > asked);
  if (call !== undefined) return call;
  const last = calls.at(-1)!;
  return { ...last, before: last.after };
}

/** Of so many recoveries one is crashed itself, at every place. */
const EVERY = 16;

class Judge {
  count = 0;
  /** How often opening has changed something. */
  #recoveries = 0;
  readonly #scene: CrashScene;
  readonly #kind: CrashKind;
  readonly #promised: Promised;

  constructor(scene: CrashScene, kind: CrashKind, promised: Promised) {
    this.#scene = scene;
    this.#kind = kind;
    this.#promised = promised;
  }

  wrongWith(state: CrashState, call: RecordedCall): string[] {
    this.count++;
    const { recorder, path } = this.#scene;
    this.#scene.put(state.disk);
    if (this.#scene.bytes() === undefined) return call.before === undefined ? [] : ['the file is gone'];
    const seen = this.#try(() => recorder.record(() => this.#seenBy(call, state)));
    const recovery = recorder.take();
    if (seen.length > 0) return seen;
    const next = this.#try(() =>
      recorder.record(() => wrongAfterUpdate(path, call.now, this.#promised.tolerated)),
    );
    recorder.take();
    if (next.length > 0 || recovery.length === 0) return next;
    this.#recoveries++;
    return this.#recoveries % EVERY === 0 ? this.#wrongWithin(recovery, state, call) : [];
  }

  /** Opening has changed something: a crash may come there as well. */
  #wrongWithin(recovery: readonly Change[], state: CrashState, call: RecordedCall): string[] {
    for (const inner of this.#kind(state.disk, recovery)) {
      this.count++;
      this.#scene.put(inner.disk);
      const cuts = [...state.cuts, ...inner.cuts];
      const wrong = this.#try(() => this.#seenBy(call, { ...inner, cuts }));
      if (wrong.length > 0) return [`when opened, ${inner.story}`, ...wrong];
    }
    return [];
  }

  #seenBy({ now, before, after }: RecordedCall, { cuts, disk }: CrashState): string[] {
    const { path } = this.#scene;
    const former = before ?? after;
    // Who only reads must find the same as who writes.
    const seen = lookAt(path, now, { readOnly: this.count % 2 === 0 });
    if (this.#promised.each === 'call') return compareWhole(seen, former, after);
    const [edges, torn] = [excuseEdges(after, now), this.#excuseTorn(after, cuts, disk)];
    return compareSights(seen, former, after, (...place) => edges(...place) || torn(...place));
  }

  #excuseTorn(sight: Sight, cuts: CrashState['cuts'], { names }: Disk): Excuse {
    const file = names.get(this.#scene.path.slice(this.#scene.folder.length + 1));
    const own = cuts.filter((cut) => cut.file === file).map(({ position }) => position);
    return excuseTorn(sight, own, this.#scene.bytes()!);
  }

  #try(work: () => string[]): string[] {
    try {
      return work();
    } catch (error) {
      return [error instanceof Error ? `${error.stack}` : String(error)];
    }
  }
}

/** A database that was opened after a crash must go on: what it held stays, and what comes is stored. */
export function wrongAfterUpdate(path: string, now: number, tolerated?: readonly FindingCode[]): string[] {
  using database = open(path, { clock: () => now });
  const before = look(database, now);
  const { step, points } = before.archives[0]!;
  const later = now + step;
  database.update(0.125, later, { now: later });
  const after = look(database, later).archives[0]!;
  const interval = Math.floor(later / step) * step;
  const expected = new Map(
    [...before.archives[0]!.values].filter(([at]) => at > later - step * points + step),
  );
  expected.set(interval, 0.125);
  const lost = [...expected].filter(([at, value]) => !Object.is(after.values.get(at), value));
  return [
    ...lost.map(
      ([at, value]) => `after one more update the base at ${at} is ${after.values.get(at)}, was ${value}`,
    ),
    ...damageOf(path, later, tolerated),
  ];
}

function tell({ changes, calls }: Recording, state: CrashState, wrong: readonly string[]): string {
  const found = calls.findIndex(({ end }) => end > state.asked);
  // After the last call nothing was interrupted.
  const index = found < 0 ? calls.length - 1 : found;
  const [call, former] = [calls.at(index)!, calls[index - 1]];
  const steps = changes.slice(former?.end ?? 0, call.end).map((change, i) => {
    return `  ${(former?.end ?? 0) + i}: ${describe(change)}`;
  });
  return [
    `in call ${index} of ${calls.length}, ${call.name} at ${call.now}: ${state.story} (change ${state.asked})`,
    ...wrong.slice(0, 6),
    ...(wrong.length > 6 ? [`… ${wrong.length} in all`] : []),
    'the call:',
    ...steps,
  ].join('\n');
}
