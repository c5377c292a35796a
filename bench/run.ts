/** `npm run bench`: proves that the work is right, then measures it beside the bare system and Python Whisper. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Arguments, readArguments, USAGE } from './arguments.js';
import { createRows } from './cases/create.js';
import { fetchRows } from './cases/fetch.js';
import { updateRows } from './cases/update.js';
import { updateManyRows } from './cases/update-many.js';
import { type Effort, measure, othersPercent, sunk } from './harness.js';
import { describeMachine } from './machine.js';
import { HOW_TO_INSTALL, PythonPeer } from './python.js';
import { formatBare, formatHead, formatLine, formatMachine, type Line, NOTES, toJson } from './report.js';
import type { Row } from './row.js';
import { formatSizes, measureSizes } from './sizes.js';
import { makeFolder } from './workloads.js';

/** How much to measure: samples of ours and the system's, rounds of Python's and their share of the calls. */
const NORMAL = { samples: 30, sampleMs: 60, warmUpMs: 500, rounds: 10, shareOfCalls: 1 };
const QUICK = { samples: 5, sampleMs: 20, warmUpMs: 100, rounds: 3, shareOfCalls: 0.25 };

process.exitCode = await main();

async function main(): Promise<number> {
  let asked: Arguments;
  try {
    asked = readArguments(process.argv.slice(2));
    // Better to hear now than after the run that it cannot be written.
    if (asked.json !== undefined) writeFileSync(asked.json, '');
  } catch (error) {
    return misused((error as Error).message);
  }
  const folder = makeFolder();
  const all = [...updateRows(folder), ...updateManyRows(folder), ...fetchRows(folder), ...createRows(folder)];
  const rows = choose(all, asked.only);
  if (rows.length === 0) {
    const names = all.map(({ ours }) => ours.name).join('\n  ');
    return misused(`no row is called '${asked.only}'; there are:\n  ${names}`);
  }
  if (asked.sizes) {
    print(formatSizes(measureSizes()));
    return 0;
  }
  if (!verify()) return 1;
  await run(rows, folder, asked);
  return 0;
}

/** The row of that name, or all that have it in theirs. */
function choose(all: readonly Row[], name = ''): readonly Row[] {
  const exact = all.filter(({ ours }) => ours.name === name);
  return exact.length > 0 ? exact : all.filter(({ ours }) => ours.name.includes(name));
}

async function run(rows: readonly Row[], folder: string, asked: Arguments): Promise<void> {
  // Work takes the whole thread: between two rows is the time to hear of an interruption.
  process.once('SIGINT', () => process.exit(130));
  const effort = asked.quick ? QUICK : NORMAL;
  const peer = PythonPeer.find(folder);
  const python = peer?.version ?? HOW_TO_INSTALL;
  const machine = describeMachine();
  print(`\n${formatMachine(machine, python)}\n${formatHead()}`);
  const lines: Line[] = [];
  for (const row of rows) {
    await setImmediate();
    const line = measureRow(row, peer, effort);
    print(formatLine(line));
    lines.push(line);
  }
  print(formatBare(lines));
  if (asked.only === undefined) print(formatSizes(measureSizes()));
  print(NOTES);
  print(
    `Others took ${othersPercent().toFixed(0)} % as much processor time as sotto, while it was measured. `,
  );
  print(`Sink: ${sunk().toExponential(3)}.\n`);
  if (asked.json !== undefined) writeFileSync(asked.json, toJson(machine, python, othersPercent(), lines));
}

/** The three right after one another, so that a change of the machine's mood meets all of them. */
function measureRow(
  row: Row,
  peer: PythonPeer | undefined,
  effort: Effort & { readonly rounds: number; readonly shareOfCalls: number },
): Line {
  return {
    row,
    ours: measure(row.ours, effort),
    bare: measure(row.bare, effort),
    python: peer?.measure(row.python, effort.rounds, effort.shareOfCalls),
  };
}

function verify(): boolean {
  const program = fileURLToPath(new URL('verify.js', import.meta.url));
  return spawnSync(process.execPath, [program], { stdio: 'inherit' }).status === 0;
}

function misused(message: string): number {
  process.stderr.write(`bench: ${message}\n\n${USAGE}`);
  return 2;
}

function print(text: string): void {
  process.stdout.write(text);
}
