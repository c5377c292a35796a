/** `npm run bench`: proves that the work is right, then measures it beside the bare system and Python Whisper. */
import { writeFileSync } from 'node:fs';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { NORMAL, QUICK } from './effort.js';
import { print, runProgram } from './program.js';
import { nameOf, type Row } from './row.js';
import { allRows } from './rows.js';
import { formatSizes, measureSizes } from './sizes.js';
import { runSuite } from './suite.js';
import { makeFolder } from './workloads.js';

process.exitCode = main();

function main(): number {
  let asked: Arguments;
  try {
    asked = readArguments(process.argv.slice(2));
    // Better to hear now than after the run that it cannot be written.
    if (asked.json !== undefined) writeFileSync(asked.json, '');
  } catch (error) {
    return misused((error as Error).message);
  }
  if (asked.sizes) {
    print(formatSizes(measureSizes()));
    return 0;
  }
  const effort = asked.quick ? QUICK : NORMAL;
  const folder = makeFolder();
  const all = allRows(folder, effort.files);
  const rows = choose(all, asked.only);
  if (rows.length === 0) {
    return misused(`no row is called '${asked.only}'; there are:\n  ${all.map(nameOf).join('\n  ')}`);
  }
  if (runProgram('verify.js') !== 0) return 1;
  const outcome = runSuite(all, rows, folder, effort);
  if (asked.json !== undefined) writeFileSync(asked.json, `${JSON.stringify(outcome, null, 2)}\n`);
  return 0;
}

/** The row of that name, or all that have it in theirs. */
function choose(all: readonly Row[], name = ''): readonly Row[] {
  const exact = all.filter((row) => nameOf(row) === name);
  return exact.length > 0 ? exact : all.filter((row) => nameOf(row).includes(name));
}

function misused(message: string): number {
  process.stderr.write(`bench: ${message}\n\n${USAGE}`);
  return 2;
}
