/** A case: which file, what is done to its bytes, and what is called on it. All of it follows from seed and number. */
import { detectFormat } from '../../src/format/detect.js';
import { drawCommandSession } from './command-steps.js';
import type { BaseFile } from './corpus.js';
import { drawHandleSession } from './handle-steps.js';
import { drawJournalSession } from './journal-steps.js';
import { applyMutation, drawChange, type Mutation } from './mutations.js';
import { Random } from './random.js';
import { type Seal, seal } from './seal.js';
import type { Step } from './step.js';
import { drawToolSession } from './tool-steps.js';

export interface Plan {
  readonly base: BaseFile;
  /** A sound file, for tools that take two. */
  readonly other: BaseFile;
  readonly mutations: readonly Mutation[];
  readonly seal: Seal;
  readonly steps: readonly Step[];
}

/** Which parts of a plan are left out, by index: so a finding is made smaller. */
export interface Omissions {
  readonly mutations: readonly number[];
  readonly steps: readonly number[];
}

/** How many changes a file gets: most get few, so that something is left to be worked on. */
const MUTATION_COUNTS = [0, 1, 1, 1, 1, 2, 2, 2, 3, 4, 6];

export function planCase(seed: number, index: number, corpus: readonly BaseFile[]): Plan {
  const random = new Random(seed, index);
  const base = random.pick(corpus);
  const sound = corpus.filter(({ name }) => !name.startsWith('found-'));
  // Tools that take two files have most to do with such as were the same.
  const other = sound.includes(base) && random.chance(0.5) ? base : random.pick(sound);
  const mutations: Mutation[] = [];
  let bytes = base.bytes;
  for (let left = random.pick(MUTATION_COUNTS); left > 0 && bytes.length > 0; left--) {
    const change = drawChange(random, bytes, base, corpus);
    mutations.push(...change);
    bytes = change.reduce((changed, mutation) => applyMutation(changed, mutation, corpus), bytes);
  }
  const how = random.weighted<Seal>([
    [3, 'none'],
    [3, 'metadata'],
    [4, 'blocks'],
  ]);
  const steps = random.times(random.between(1, 3), () => {
    return random.weighted<() => Step[]>([
      [6, () => drawHandleSession(random)],
      [3, () => drawToolSession(random, detectFormat(base.bytes))],
      [2, () => drawCommandSession(random, detectFormat(base.bytes))],
      [1, () => drawJournalSession(random)],
    ])();
  });
  return { base, other, mutations, seal: how, steps: steps.flat() };
}

/** The same plan without some of its changes and steps. */
export function without(plan: Plan, omissions: Omissions): Plan {
  return {
    ...plan,
    mutations: plan.mutations.filter((_, i) => !omissions.mutations.includes(i)),
    steps: plan.steps.filter((_, i) => !omissions.steps.includes(i)),
  };
}

/** The bytes of the odd file. */
export function bytesOf({ base, mutations, seal: how }: Plan, corpus: readonly BaseFile[]): Uint8Array {
  const changed = mutations.reduce((bytes, mutation) => applyMutation(bytes, mutation, corpus), base.bytes);
  return seal(changed, how);
}
