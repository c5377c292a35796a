/** Which of the blocks that were found make up an archive, where not all of them can. */
import { floorMod } from '../../bytes/integers.js';
import { type SurveyedBlock, Trust } from './block-survey.js';

export interface ChosenBlocks {
  /** By rising time. */
  readonly blocks: readonly SurveyedBlock[];
  /** Some of them hold the same span of time: their points have to be put together. */
  readonly areMixed: boolean;
  /** Points of blocks that were left out, as far as their ranges were borne out. */
  readonly lost: number;
}

/**
 * Takes the best-known blocks first. One that is known as well as whole is never left out; of the others what lies between
 * their neighbours is.
 *
 * @param keepBefore  counts the points of a block before a time
 */
export function chooseBlocks(
  found: readonly SurveyedBlock[],
  keepBefore: (block: SurveyedBlock, time: number) => SurveyedBlock | undefined,
): ChosenBlocks {
  const byTrust = [...found].sort((a, b) => b.trust - a.trust || b.last - a.last);
  const chosen: SurveyedBlock[] = [];
  let areMixed = false;
  let lost = 0;
  for (const block of byTrust) {
    lost += block.lost;
    if (!chosen.some((other) => overlap(block, other))) {
      chosen.push(block);
      continue;
    }
    if (block.trust >= Trust.whole) {
      areMixed = true;
      chosen.push(block);
      continue;
    }
    const next = Math.min(...chosen.filter(({ last }) => last >= block.first).map(({ first }) => first));
    const kept = next <= block.first ? undefined : keepBefore(block, next);
    if (block.trust === Trust.partial) lost += block.count - (kept?.count ?? 0);
    if (kept !== undefined) chosen.push(kept);
  }
  return { blocks: chosen.sort((a, b) => a.first - b.first), areMixed, lost };
}

function overlap(a: SurveyedBlock, b: SurveyedBlock): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/**
 * The places that blocks should have: where they are if going round the ring from behind the newest meets them in the order of
 * time, else one behind the other up to the newest.
 *
 * @param blocks  indices, by rising time
 */
export function placesOf(blocks: readonly number[], blockCount: number): number[] {
  const newest = blocks.at(-1) ?? 0;
  const turns = blocks.map((index) => floorMod(index - newest - 1, blockCount));
  if (turns.every((turn, i) => i === 0 || turn > turns[i - 1]!)) return [...blocks];
  return blocks.map((_, i) => floorMod(newest - (blocks.length - 1 - i), blockCount));
}
