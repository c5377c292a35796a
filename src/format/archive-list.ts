/** The rules of an archive list: which retentions go together in one database. */
import { UINT32_MAX } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';
import type { Format } from './detect.js';
import { formatRetention, parseRetentions, type Retention, type Retentions } from './retention.js';
import { planLayout } from './standard-header.js';

/**
 * Checks that a list makes a database, and returns it finest step first; the argument stays as it was.
 *
 * The five rules are Python Whisper's: at least one archive; no two of the same step; each step divides the
 * next; each archive reaches further back than the one before; each has points enough for one point of the
 * next. Ours beside them: whole numbers of at least 1, and what 32 bits can say (retention and file offsets).
 *
 * @throws WhisperError `WSP_BAD_ARCHIVE_LIST`, `WSP_BAD_RETENTION`
 */
export function validateRetentions(given: Retentions, format: Format = 'standard'): Retention[] {
  return validate(given, (sorted) => {
    // How large a compressed file is depends on its blocks: see block-plan.ts.
    if (format === 'compressed') return;
    const { fileSize } = planLayout(sorted);
    if (fileSize > UINT32_MAX + 1) throw badList(`a file of ${fileSize} bytes`, `at most ${UINT32_MAX + 1}`);
  });
}

function validate(given: Retentions, checkFile: (sorted: readonly Retention[]) => void): Retention[] {
  const retentions = parseRetentions(given);
  if (retentions.length === 0) throw badList('no retentions', 'at least one');
  for (const { step, points } of retentions) {
    if (!(Number.isSafeInteger(step) && step >= 1)) {
      throw badList(`a step of ${step} seconds`, 'a whole number of at least 1');
    }
    if (!(Number.isSafeInteger(points) && points >= 1)) {
      throw badList(`an archive of ${points} points`, 'a whole number of at least 1');
    }
  }
  const sorted = retentions.map(({ step, points }) => ({ step, points })).sort((a, b) => a.step - b.step);
  checkReach(sorted);
  checkFile(sorted);
  for (const [i, coarse] of sorted.entries()) {
    const fine = sorted[i - 1];
    if (fine !== undefined) checkNeighbours(fine, coarse);
  }
  return sorted;
}

function checkNeighbours(fine: Retention, coarse: Retention): void {
  const pair = `${formatRetention(fine)} and ${formatRetention(coarse)}`;
  if (fine.step === coarse.step) throw badList(`${pair} have the same step`, 'one archive for each step');
  if (coarse.step % fine.step !== 0) {
    throw badList(`${pair}: ${fine.step} does not divide ${coarse.step}`, 'each step to divide the next');
  }
  if (coarse.step * coarse.points <= fine.step * fine.points) {
    throw badList(
      `${pair} reach back ${fine.step * fine.points} and ${coarse.step * coarse.points} seconds`,
      'the coarser archive to reach further back',
    );
  }
  const needed = coarse.step / fine.step;
  if (fine.points < needed) {
    throw badList(`${pair}: the first has ${fine.points} points`, `at least ${needed}, for one of the next`);
  }
}

function checkReach(sorted: readonly Retention[]): void {
  for (const { step, points } of sorted) {
    if (step * points > UINT32_MAX) {
      throw badList(
        `${step} × ${points} is a retention of ${step * points} seconds`,
        `at most ${UINT32_MAX}`,
      );
    }
  }
}

function badList(found: string, expected: string): WhisperError {
  return new WhisperError('WSP_BAD_ARCHIVE_LIST', { found, expected });
}
