/** What could be done so that there is a value the next time. */
import { formatDuration } from '../../format/retention.js';
import type { ExplainedArchive, VerdictCode } from './explanation.js';
import { usuallyKnown } from './spacing.js';
import type { Facts } from './verdict.js';
import { formatNumber, nameOf, shellWord } from './words.js';

export function adviceFor(facts: Facts, code: VerdictCode): string[] {
  const path = shellWord(facts.path);
  const archive = facts.archives.find(({ index }) => index === facts.answer);
  switch (code) {
    case 'value':
      return archive === undefined ? [] : differs(archive, path);
    case 'not-rolled-up':
      return [
        'the settings were changed since, or points were stored or erased in one archive alone; ' +
          `sotto tune ${path} --recompute makes the coarser values anew`,
      ];
    case 'too-few':
    case 'past':
      return [...lowerFactor(facts, archive!, path), ...sparse(facts), ...discarded(facts)];
    case 'not-stored':
      return [...sparse(facts), ...discarded(facts)];
    case 'damaged':
      return [`sotto verify --deep ${path} tells what else is; sotto repair ${path} keeps what can be read`];
    default:
      return [];
  }
}

/** Says with which xFilesFactor there would be a value, going by what was known of it, or else by how points come. */
function lowerFactor(facts: Facts, { rollUp }: ExplainedArchive, path: string): string[] {
  if (rollUp === undefined) return [];
  const { known, lost, of, needed } = rollUp;
  const most = known + lost;
  const count = most > 0 && most < needed ? most : usuallyKnown(facts, rollUp);
  if (count === undefined || count >= needed) return [];
  const factor = roundDown(count / of);
  return [
    `an xFilesFactor of at most ${factor} takes ${count} of ${of} for enough, and 0 takes any: ` +
      `sotto tune ${path} --xff ${factor} --recompute`,
  ];
}

/** Says that points come more seldom than the finest archive has room for. */
function sparse({ archives, spacing }: Facts): string[] {
  const finest = archives[0]!;
  if (spacing === null || spacing <= finest.step) return [];
  return [
    `points come every ${formatDuration(spacing)}, and ${nameOf(finest)} has a place for every ` +
      `${formatDuration(finest.step)}: the first step of a schema should be as long as points are apart`,
  ];
}

function discarded({ archives }: Facts): string[] {
  return archives.flatMap((archive) => {
    if (archive.discarded === undefined || archive.discarded === 0) return [];
    return `${nameOf(archive)} has discarded points that came too late, ${archive.discarded} since the file was made`;
  });
}

function differs(archive: ExplainedArchive, path: string): string[] {
  const { value, rollUp } = archive;
  if (!differsFromFiner(archive)) return [];
  return [
    `${nameOf(archive)} has ${formatNumber(value!)}, and its ${rollUp!.known} known finer points come to ` +
      `${formatNumber(rollUp!.value!)}: it was stored as it is, or they were changed since; ` +
      `sotto tune ${path} --recompute makes it anew`,
  ];
}

/** Whether the value is another one than the finer points come to, which are still there. */
export function differsFromFiner({ value, rollUp }: ExplainedArchive): boolean {
  if (value === null || rollUp === undefined || rollUp.value === null || rollUp.lost > 0) return false;
  if (!rollUp.isEnough || Object.is(value, rollUp.value)) return false;
  // Not for a rounding of the last bits, as of sums in another order.
  const scale = Math.max(Math.abs(value), Math.abs(rollUp.value));
  return !(Math.abs(value - rollUp.value) <= 1e-9 * scale);
}

/** A share in as few decimals as leave something of it, two at least, and not above it once the header has it. */
function roundDown(share: number): number {
  for (let scale = 100; ; scale *= 10) {
    let count = Math.floor(share * scale);
    while (count > 0 && Math.fround(count / scale) > share) count--;
    if (count > 0) return count / scale;
  }
}
