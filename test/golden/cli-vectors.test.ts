import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRetentions, validateRetentions, WhisperError } from '../../src/index.js';
import { filesHere, sotto, useFreshFolder } from '../support/cli.js';
import { apply, type CliRow, createFrom, vectorRows } from '../support/vectors.js';

useFreshFolder();

/** The rows of one script. Those of scripts that have no command here yet are left out. */
function rowsOf(tool: string): CliRow[] {
  return vectorRows('cli').filter((row) => row.tool === tool);
}

/** Makes the files of a row, runs our command and tells what came of it and of the files. */
async function replay(row: CliRow, command: readonly string[]) {
  for (const [name, { create, ops }] of Object.entries(row.files)) {
    using database = createFrom(create, name);
    for (const op of ops) apply(database, op);
  }
  const before = filesHere();
  const { now, stdin } = row;
  const run = await sotto([...command, ...row.args], stdin === undefined ? { now } : { now, stdin });
  return { run, before, after: filesHere() };
}

type Replayed = Awaited<ReturnType<typeof replay>>;

/** The files of `filesAfter` are as Python left them, all others as they were. */
function expectFilesOf(row: CliRow, { before, after }: Replayed): void {
  const changed = Object.entries(row.filesAfter ?? {}).map(([name, { fileSize, fileSha256 }]) => {
    return [name, { size: fileSize, sha256: fileSha256 }];
  });
  expect(after).toEqual({ ...before, ...Object.fromEntries(changed) });
}

/** A refusal changes no file and makes none, also where Python leaves an empty one. */
function expectRefusal({ run, before, after }: Replayed, exitCode: number): void {
  expect({ exitCode: run.exitCode, stdout: run.stdout }).toEqual({ exitCode, stdout: '' });
  expect(run.stderr).not.toBe('');
  expect(after).toEqual(before);
}

/** Called the wrong way, a script prints its help on standard output and ends with 1, or optparse ends it with 2. */
function isMisuse({ exit, stdout }: CliRow): boolean {
  return exit === 2 || (exit !== 0 && stdout.startsWith('Usage:'));
}

/** The words that are neither options nor the values of whisper-create's two options that have one. */
function positionals({ args }: CliRow): string[] {
  const takesNext = /^--(xFilesFactor|aggregationMethod)$/;
  return args.filter((arg, i) => !arg.startsWith('--') && !takesNext.test(args[i - 1] ?? ''));
}

describe.each([
  { tool: 'whisper-fetch', command: ['fetch', '--compat'] },
  { tool: 'whisper-info', command: ['info', '--compat'] },
  { tool: 'whisper-dump', command: ['dump', '--compat'] },
])('$tool: $command prints the same and ends with the same code', ({ tool, command }) => {
  it.each(rowsOf(tool))('$name', async (row) => {
    const replayed = await replay(row, command);
    if (isMisuse(row)) return expectRefusal(replayed, 2);
    const { run } = replayed;
    expect(run.stdout).toBe(row.stdout);
    expect(run.exitCode).toBe(row.exit);
    expect(run.stderr !== '').toBe(row.exit !== 0 && row.stdout === '');
    expectFilesOf(row, replayed);
  });
});

/** Whether a database can have these archives. Python also takes archives of no points. */
function isPossible(definitions: string[]): boolean {
  try {
    validateRetentions(parseRetentions(definitions));
    return true;
  } catch (error) {
    if (error instanceof WhisperError) return false;
    throw error;
  }
}

describe('whisper-create: the same file and the same line; what is refused leaves no file', () => {
  const rows = rowsOf('whisper-create').filter(({ args }) => !args.includes('--estimate'));

  it.each(rows)('$name', async (row) => {
    const replayed = await replay(row, ['create']);
    const [path = '', ...definitions] = positionals(row);
    if (row.exit === 0 && isPossible(definitions)) {
      expect(replayed.run.exitCode).toBe(0);
      // An old file is replaced in one step, without a line of its own.
      expect(replayed.run.stdout).toBe(row.stdout.replace(/^Overwriting existing file: .*\n/, ''));
      expectFilesOf(row, replayed);
    } else if (definitions.some((definition) => definition.includes(','))) {
      // Python takes a list with commas only for an estimate.
      expect(replayed.run.stdout).toBe(`Created: ${path} (${replayed.after[path]?.size} bytes)\n`);
    } else {
      expectRefusal(replayed, codeOfRefusedCreation(row, path, replayed));
    }
  });

  /** A file in the way or a missing folder is the system's fault, everything else a bad argument. */
  function codeOfRefusedCreation(row: CliRow, path: string, { before }: Replayed): number {
    const isInTheWay = /already exists/.test(row.stderr ?? '') && before[path] !== undefined;
    return isInTheWay || dirname(path) !== '.' ? 4 : 2;
  }
});

describe('whisper-create --estimate: the same words; a list that no database can have is remarked on', () => {
  const rows = rowsOf('whisper-create').filter(({ args }) => args.includes('--estimate'));

  it.each(rows)('$name', async (row) => {
    const replayed = await replay(row, ['create']);
    if (row.exit !== 0) return expectRefusal(replayed, 2);
    expect(replayed.run).toMatchObject({ exitCode: 0, stdout: row.stdout });
    expect(replayed.run.stderr === '').toBe(isPossible(positionals(row)));
    expectFilesOf(row, replayed);
  });
});

describe('whisper-update: the same bytes; what is refused leaves the file as it was', () => {
  it.each(rowsOf('whisper-update'))('$name', async (row) => {
    const replayed = await replay(row, ['update', '--now', String(row.now)]);
    if (row.exit !== 0) return expectRefusal(replayed, codeOfRefusedUpdate(row, replayed));
    expect(replayed.run).toMatchObject({ exitCode: 0, stdout: row.stdout });
    expectFilesOf(row, replayed);
  });

  function codeOfRefusedUpdate(row: CliRow, { before }: Replayed): number {
    const [path = '', ...points] = positionals(row);
    if (isMisuse(row)) return 2;
    if (before[path] === undefined) return 4; // there is no such file
    if (/Timestamp not covered/.test(row.stderr ?? '')) return 3;
    return points.length > 0 ? 2 : 3; // unreadable points: as arguments, or as data
  }
});
