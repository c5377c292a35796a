/** One kind of work on many files: in this thread, or in several. */
import { Worker } from 'node:worker_threads';
import { describeValue, WhisperError } from '../../errors.js';
import { badOption, checkOptionNames } from '../../options.js';
import { fromPlain } from './plain-error.js';
import {
  FILE_WORK,
  type FileTask,
  type FileWorkName,
  type FileWorkOptions,
  type FileWorkResult,
} from './registry.js';
import type { WorkerAnswer, WorkerOrder } from './worker.js';

export interface ManyOptions<R> {
  /** How many files are worked on at once, each in a thread of its own; 1, this thread, by default. */
  readonly jobs?: number | undefined;
  /** Ends the work after the files that are being worked on; `runMany` then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each file when it is done. */
  readonly onDone?: ((task: FileTask, result: R) => void) | undefined;
  /** Is told of each file that fails. */
  readonly onFailed?: ((task: FileTask, error: WhisperError) => void) | undefined;
}

/** How many files were done, and how many failed. */
export interface ManyResult {
  readonly done: number;
  readonly failed: number;
}

/** For so long this thread works before it lets others have a word: a signal would not be heard otherwise. */
const TURN_MS = 20;

/**
 * Does one kind of work on each file: on a path where it is, or from a source to a target. Those that fail do not keep the others from it; the next one is taken from `tasks`
 * when there is a thread for it.
 *
 * @throws WhisperError `WSP_BAD_OPTION`; the reason of `signal`; any error that is no `WhisperError`, which ends everything
 */
export async function runMany<N extends FileWorkName>(
  name: N,
  tasks: Iterable<FileTask | string>,
  options: FileWorkOptions<N>,
  how: ManyOptions<FileWorkResult<N>> = {},
): Promise<ManyResult> {
  checkOptionNames(how, ['jobs', 'signal', 'onDone', 'onFailed'], 'runMany');
  const { jobs = 1, signal } = how;
  if (typeof tasks === 'string' || typeof tasks?.[Symbol.iterator] !== 'function')
    throw badOption(`the tasks are ${describeValue(tasks)}`, 'a list of paths, or of { source, target }');
  if (!Object.hasOwn(FILE_WORK, name))
    throw badOption(`there is no work '${name}'`, `one of ${Object.keys(FILE_WORK).join(', ')}`);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw badOption(`option jobs is ${jobs}`, 'a whole number of at least 1');
  signal?.throwIfAborted();
  const run = new Run(name, options, how as ManyOptions<unknown>);
  const queue = taskQueue(tasks);
  if (jobs === 1) await run.here(queue);
  else await run.inWorkers(queue, jobs);
  signal?.throwIfAborted();
  return { done: run.done, failed: run.failed };
}

function* taskQueue(tasks: Iterable<FileTask | string>): Generator<FileTask> {
  for (const task of tasks) yield typeof task === 'string' ? { source: task, target: task } : task;
}

class Run {
  done = 0;
  failed = 0;
  readonly #name: FileWorkName;
  readonly #options: unknown;
  readonly #how: ManyOptions<unknown>;
  #isBroken = false;

  constructor(name: FileWorkName, options: unknown, how: ManyOptions<unknown>) {
    this.#name = name;
    this.#options = options;
    this.#how = how;
  }

  async here(queue: Iterator<FileTask>): Promise<void> {
    const work = (await FILE_WORK[this.#name]()) as (task: FileTask, options: unknown) => unknown;
    let turn = performance.now();
    for (let task = this.#next(queue); task !== undefined; task = this.#next(queue)) {
      this.#tell(task, answerOf(work, task, this.#options));
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turn = performance.now();
    }
  }

  async inWorkers(queue: Iterator<FileTask>, jobs: number): Promise<void> {
    await Promise.all(Array.from({ length: jobs }, () => this.#feed(queue)));
  }

  /** Feeds one worker from the common queue until that is empty. */
  async #feed(queue: Iterator<FileTask>): Promise<void> {
    let task = this.#next(queue);
    if (task === undefined) return;
    const order: WorkerOrder = { name: this.#name, options: this.#options };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: order });
    try {
      for (; task !== undefined; task = this.#next(queue))
        this.#tell(task, received(await ask(worker, task)));
    } catch (error) {
      this.#isBroken = true;
      throw error;
    } finally {
      await worker.terminate();
    }
  }

  #next(queue: Iterator<FileTask>): FileTask | undefined {
    if (this.#isBroken || this.#how.signal?.aborted === true) return undefined;
    const { done, value } = queue.next();
    return done === true ? undefined : value;
  }

  #tell(task: FileTask, answer: Answer): void {
    if ('error' in answer) {
      this.failed++;
      this.#how.onFailed?.(task, answer.error);
    } else {
      this.done++;
      this.#how.onDone?.(task, answer.result);
    }
  }
}

type Answer = { readonly result: unknown } | { readonly error: WhisperError };

function answerOf(
  work: (task: FileTask, options: unknown) => unknown,
  task: FileTask,
  options: unknown,
): Answer {
  try {
    return { result: work(task, options) };
  } catch (error) {
    if (error instanceof WhisperError) return { error };
    throw error;
  }
}

function ask(worker: Worker, task: FileTask): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
    worker.postMessage(task);
  });
}

function received(answer: WorkerAnswer): Answer {
  if ('fault' in answer) throw new Error(answer.fault);
  return 'error' in answer ? { error: fromPlain(answer.error) } : answer;
}
