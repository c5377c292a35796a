/** A worker thread: does one kind of work on the files that it is handed, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { type PlainError, toPlain } from './plain-error.js';
import { FILE_WORK, type FileTask, type FileWorkName } from './registry.js';

/** What a worker is made with. */
export interface WorkerOrder {
  readonly name: FileWorkName;
  readonly options: unknown;
}

/** What a worker answers to a task. */
export type WorkerAnswer =
  | { readonly result: unknown }
  | { readonly error: PlainError }
  | { readonly fault: string };

const { name, options } = workerData as WorkerOrder;
const work = (await FILE_WORK[name]()) as (task: FileTask, options: unknown) => unknown;

function answer(task: FileTask): WorkerAnswer {
  try {
    return { result: work(task, options) };
  } catch (error) {
    const plain = toPlain(error);
    if (plain !== undefined) return { error: plain };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (task: FileTask) => parentPort?.postMessage(answer(task)));
