/** Asks a child process for cases, ends one that does not come to an end, and makes findings smaller. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './child.js';
import type { Finding } from './judge.js';
import type { Omissions } from './plan.js';

/** Wall time for a case: far above what its steps may take of the processor, since a machine may be busy. */
const LONGEST_CASE_MS = 20_000;
/** A hang is waited for again and again while it is made smaller. */
const LONGEST_SHRINK_MS = 4000;
const MOST_TRIES = 60;
const MOST_HANGS = 15;
const FLAGS = ['--expose-gc', '--enable-source-maps'];

/** Everything of a case. */
export const WHOLE: Omissions = { mutations: [], steps: [] };

/** A finding that was seen again, and as little of its case as shows it. */
export interface Confirmed {
  readonly seed: number;
  readonly index: number;
  readonly finding: Finding;
  readonly omissions: Omissions;
  readonly lines: readonly string[];
}

export class Runner {
  readonly #program: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  #home: string | undefined;

  /** @param program  the child's; another one speaks the same language */
  constructor(program = fileURLToPath(new URL('./child.js', import.meta.url)), flags = FLAGS) {
    this.#program = program;
    this.#flags = flags;
  }

  /** Runs a case; a process that hangs or dies of it is a finding, and the next case gets another one. */
  async run(question: Question, longestMs = LONGEST_CASE_MS): Promise<Answer> {
    const child = await this.#ready();
    child.send(question);
    const timer = new AbortController();
    const late = new Promise<'late'>((resolve) => {
      const timeout = setTimeout(() => resolve('late'), longestMs);
      timer.signal.addEventListener('abort', () => clearTimeout(timeout));
    });
    const ended = once(child, 'exit', { signal: timer.signal }).catch(() => []);
    const said = once(child, 'message', { signal: timer.signal }).catch(() => []);
    const first = await Promise.race([said, ended.then(() => 'ended' as const), late]);
    timer.abort();
    if (Array.isArray(first)) return (first as [Answer])[0];
    const { exitCode, signalCode } = child;
    this.close();
    return first === 'late'
      ? noAnswer('hang', `no end within ${longestMs} ms`)
      : noAnswer('died', `ended with ${exitCode ?? signalCode}`);
  }

  /**
   * Runs a case with a finding again, in a process of its own and with all garbage collected, and leaves out what it
   * does not take.
   *
   * @returns  undefined if it is not seen again: another program may have been in the way
   */
  async confirm(seed: number, index: number, finding: Finding): Promise<Confirmed | undefined> {
    this.close();
    const ask = async (omissions: Omissions) => {
      const question = { seed, index, omissions, collects: true };
      return this.run(question, finding.kind === 'hang' ? LONGEST_SHRINK_MS : LONGEST_CASE_MS);
    };
    const sameOf = ({ findings }: Answer) =>
      findings.find(({ kind, step }) => kind === finding.kind && step === finding.step);
    let found = sameOf(await ask(WHOLE));
    if (found === undefined) return undefined;
    // A process that ended has told nothing: so what there is to leave out is asked for by itself.
    const tell = (omissions: Omissions) =>
      this.run({ seed, index, omissions, collects: false, isOnlyTold: true });
    const { mutations, steps } = await tell(WHOLE);
    let omissions = WHOLE;
    const mostTries = finding.kind === 'hang' ? MOST_HANGS : MOST_TRIES;
    let tries = 0;
    for (const part of ['steps', 'mutations'] as const) {
      for (let i = (part === 'steps' ? steps : mutations) - 1; i >= 0 && tries < mostTries; i--) {
        const fewer = { ...omissions, [part]: [...omissions[part], i] };
        const same = sameOf(await ask(fewer));
        tries++;
        if (same !== undefined) [omissions, found] = [fewer, same];
      }
    }
    return { seed, index, finding: found, omissions, lines: (await tell(omissions)).lines };
  }

  /** Ends the child, and removes what it has written. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    if (this.#home !== undefined) rmSync(this.#home, { recursive: true, force: true });
    this.#home = undefined;
  }

  async #ready(): Promise<ChildProcess> {
    if (this.#child !== undefined) return this.#child;
    const child = fork(this.#program, [], { execArgv: [...this.#flags], stdio: 'inherit' });
    const [{ home }] = (await once(child, 'message')) as [{ home: string }];
    this.#child = child;
    this.#home = home;
    return child;
  }
}

function noAnswer(kind: 'hang' | 'died', detail: string): Answer {
  const finding: Finding = { kind, step: 'the case', text: 'the case', detail };
  return { findings: [finding], ends: [], lines: [], mutations: 0, steps: 0 };
}
