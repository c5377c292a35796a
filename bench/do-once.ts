/**
 * Does the work of some groups of rows once, in the peers' amounts and without timing it, and prints the peak of resident
 * memory in KiB. Arguments: a folder for files, and the groups.
 */
import type { Case } from './harness.js';
import type { Group } from './row.js';
import { allRows } from './rows.js';

/** How often a case runs that is no round. */
const RUNS: { readonly [G in Group]?: number } = { codec: 170, fetch: 30, create: 100 };

const [folder = '', ...groups] = process.argv.slice(2);
for (const { group, ours } of allRows(folder, 1)) {
  if (groups.includes(group)) doOnce(ours, RUNS[group] ?? 1);
}
process.stdout.write(String(process.resourceUsage().maxRSS));

function doOnce({ start, isRound }: Case, runs: number): void {
  const work = start();
  work.before?.();
  for (let i = 0; i < (isRound ? 1 : runs); i++) work.run();
  work.after?.();
  work.stop();
}
