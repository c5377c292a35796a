/** Many conversions: in this thread, or in several. */
import { Worker } from 'node:worker_threads';
import { WhisperError } from '../../errors.js';
import { type ConvertOutcome, type ConvertSettings, type ConvertTask, convertFile } from './file.js';
import type { ConvertAnswer } from './worker.js';

/** Is told of each file when it is done; an error other than a WhisperError ends everything. */
export interface ConvertListener {
  done(task: ConvertTask, outcome: ConvertOutcome): void;
  failed(task: ConvertTask, error: WhisperError): void;
}

/** Converts the files; those that fail do not keep the others from it. */
export async function convertAll(
  tasks: Iterable<ConvertTask>,
  settings: ConvertSettings,
  jobs: number,
  listener: ConvertListener,
): Promise<void> {
  if (jobs === 1) convertHere(tasks, settings, listener);
  else await convertInWorkers(tasks, settings, jobs, listener);
}

function convertHere(
  tasks: Iterable<ConvertTask>,
  settings: ConvertSettings,
  listener: ConvertListener,
): void {
  for (const task of tasks) {
    let outcome: ConvertOutcome;
    try {
      outcome = convertFile(task, settings);
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      listener.failed(task, error);
      continue;
    }
    listener.done(task, outcome);
  }
}

async function convertInWorkers(
  tasks: Iterable<ConvertTask>,
  settings: ConvertSettings,
  jobs: number,
  listener: ConvertListener,
): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  const runs = Array.from({ length: jobs }, () => runWorker(queue, settings, listener));
  await Promise.all(runs);
}

/** Feeds one worker from the common queue until that is empty. */
async function runWorker(
  queue: Iterator<ConvertTask>,
  settings: ConvertSettings,
  listener: ConvertListener,
): Promise<void> {
  let next = queue.next();
  if (next.done === true) return;
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: settings });
  try {
    for (; next.done !== true; next = queue.next())
      report(next.value, await ask(worker, next.value), listener);
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, task: ConvertTask): Promise<ConvertAnswer> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
    worker.postMessage(task);
  });
}

function report(task: ConvertTask, answer: ConvertAnswer, listener: ConvertListener): void {
  if ('fault' in answer) throw new Error(answer.fault);
  if ('outcome' in answer) listener.done(task, answer.outcome);
  else listener.failed(task, new WhisperError(answer.error.code, answer.error));
}
