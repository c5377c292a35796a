/** What the programs of one test are told: where the files are, how they are made and opened, and for how long. */
import type { CreateOptions, OpenOptions } from '../../../src/index.js';

export interface Scene {
  /** Where the files lie. */
  readonly folder: string;
  readonly create: CreateOptions;
  /** How whoever writes opens a file. */
  readonly handle: OpenOptions;
  readonly seconds: number;
  /** Batches that go to one file, before the next is begun. */
  readonly batches: number;
  /** Which of several programs of one kind this is. */
  readonly number: number;
}

export function sceneOfArguments(): Scene {
  return JSON.parse(process.argv[2]!) as Scene;
}

export function pathOf({ folder }: Scene, file: number): string {
  return `${folder}/${file}.wsp`;
}

/** Hands a result to whoever started the program, as the line it waits for. */
export function report(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
