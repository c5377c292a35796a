/** Many histories, each recorded once and judged at every crash. */
import { crashHistory, layouts } from './crash-histories.js';
import { type CrashHandle, CrashScene } from './crash-scene.js';
import { type CrashKind, judge, type Promised } from './crash-verdict.js';

export interface CrashRuns {
  readonly format: keyof typeof layouts;
  readonly handle: CrashHandle;
  readonly promised: Promised;
  /** How many histories, and how many calls each has. */
  readonly histories: number;
  readonly length: number;
  /** The crashes that are looked at. */
  readonly kindOf: (seed: number) => CrashKind;
}

/**
 * @returns how many states were looked at
 * @throws Error that names the seed of a history whose promise is broken
 */
export function judgeHistories({ format, handle, promised, histories, length, kindOf }: CrashRuns): number {
  let states = 0;
  for (let seed = 0; seed < histories; seed++) {
    using scene = new CrashScene();
    try {
      const recording = scene.run(crashHistory(format, seed, length), handle);
      states += judge(scene, recording, kindOf(seed), promised);
    } catch (error) {
      const place = `seed ${seed}, layout ${seed % layouts[format].length}`;
      throw new Error(`${place}: ${(error as Error).message}`, { cause: error });
    }
  }
  return states;
}
