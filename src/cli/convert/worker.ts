/** A worker of `sotto convert --jobs`: converts the files that it is handed, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  type ConvertOutcome,
  type ConvertSettings,
  type ConvertTask,
  convertFile,
  type PlainError,
  toPlain,
} from './file.js';

/** What a worker answers to a task. */
export type ConvertAnswer =
  | { readonly outcome: ConvertOutcome }
  | { readonly error: PlainError }
  | { readonly fault: string };

function answer(task: ConvertTask): ConvertAnswer {
  try {
    return { outcome: convertFile(task, workerData as ConvertSettings) };
  } catch (error) {
    const plain = toPlain(error);
    if (plain !== undefined) return { error: plain };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', (task: ConvertTask) => parentPort?.postMessage(answer(task)));
