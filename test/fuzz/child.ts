/** The process in which cases run: one at a time, as its parent asks for them, so that the parent can end it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCorpus } from './corpus.js';
import { judge, LIMITS, type Verdict } from './judge.js';
import { bytesOf, type Omissions, planCase, without } from './plan.js';
import { makeWorkFolder } from './work-folder.js';

/** What a parent asks for. */
export interface Question {
  readonly seed: number;
  readonly index: number;
  readonly omissions: Omissions;
  /** Collect garbage before each step: slower, and surer of whose memory it is. */
  readonly collects: boolean;
  /** Write the odd file there. */
  readonly saveTo?: string;
  /** Only tell what the case is: it may have no end. */
  readonly isOnlyTold?: boolean;
}

export interface Answer extends Verdict {
  /** The case in words, a line for each change and step. */
  readonly lines: readonly string[];
  readonly mutations: number;
  readonly steps: number;
}

const corpus = makeCorpus();
const home = makeWorkFolder();

async function answer({ seed, index, omissions, collects, saveTo, isOnlyTold }: Question): Promise<Answer> {
  const whole = planCase(seed, index, corpus);
  const plan = without(whole, omissions);
  if (saveTo !== undefined) writeFileSync(saveTo, bytesOf(plan, corpus));
  const lines = [
    `${plan.base.name}, ${plan.base.bytes.length} bytes, beside ${plan.other.name}; checksums made right: ${plan.seal}`,
    ...plan.mutations.map((mutation) => `  ${JSON.stringify(mutation)}`),
    ...plan.steps.map(({ text }) => `  ${text}`),
  ];
  const told = { lines, mutations: whole.mutations.length, steps: whole.steps.length };
  if (isOnlyTold === true) return { ...told, findings: [], ends: [] };
  const folder = join(home, 'case');
  mkdirSync(folder, { recursive: true });
  const limits = { ...LIMITS, collect: collects ? globalThis.gc : undefined };
  return { ...told, ...(await judge(plan, corpus, folder, limits)) };
}

process.on('message', (question: Question) => {
  answer(question).then(
    (said) => process.send!(said),
    (error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(70);
    },
  );
});
process.send!({ home });
