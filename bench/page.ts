/** `npm run bench:report`: doc/performance.md and its charts, from a run of the suite or from the data of an earlier one. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Outcome } from './outcome.js';
import { CHARTS, makePage, PAGE } from './page/page.js';
import { print, runProgram } from './program.js';

const USAGE = `usage: npm run bench:report -- [--from FILE]

  --from FILE  make the page of the data that npm run bench -- --json FILE wrote, and run nothing
`;

const DOC = fileURLToPath(new URL('doc/', import.meta.resolve('sotto/package.json')));

process.exitCode = main();

function main(): number {
  let outcome: Outcome | undefined;
  try {
    const { values } = parseArgs({ options: { from: { type: 'string' } } });
    outcome = values.from === undefined ? runSuite() : read(values.from);
  } catch (error) {
    process.stderr.write(`bench:report: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (outcome === undefined) return 1;
  writePage(outcome);
  return 0;
}

/** @returns undefined if the run failed, which it has said itself */
function runSuite(): Outcome | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-report-'));
  try {
    const json = join(folder, 'run.json');
    return runProgram('run.js', ['--json', json]) === 0 ? read(json) : undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error for what is no run of all rows */
function read(path: string): Outcome {
  const outcome = JSON.parse(readFileSync(path, 'utf8')) as Partial<Outcome>;
  if (outcome.lines === undefined || !outcome.memory?.length) {
    throw new Error(`${path} has no results of all rows: the page needs a run without --only`);
  }
  return outcome as Outcome;
}

function writePage(outcome: Outcome): void {
  const page = join(DOC, PAGE);
  const files = makePage(outcome, existsSync(page) ? readFileSync(page, 'utf8') : undefined);
  rmSync(join(DOC, CHARTS), { recursive: true, force: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(DOC, path)), { recursive: true });
    writeFileSync(join(DOC, path), content);
    print(`wrote doc/${path}\n`);
  }
}
