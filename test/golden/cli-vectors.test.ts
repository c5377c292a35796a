import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, parseRetentions, validateRetentions, WhisperError } from '../../src/index.js';
import { filesHere, sotto, useFreshFolder } from '../support/cli.js';
import { apply, type CliRow, createFrom, vectorRows } from '../support/vectors.js';

useFreshFolder();

/** The rows of one script. */
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
  { tool: 'whisper-diff', command: ['diff', '--compat'] },
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

/** What each archive of a file shows. */
function shownIn(path: string, now: number): Map<number, number>[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ retention }, archive) => {
    return new Map(database.fetch(now - retention, now, { now, archive })!.knownPoints());
  });
}

describe('whisper-merge: the same bytes, and with --quiet as silent', () => {
  it.each(rowsOf('whisper-merge'))('$name', async (row) => {
    const replayed = await replay(row, ['merge', '--quiet', '--now', String(row.now)]);
    expect(replayed.run).toEqual({ exitCode: 0, stdout: row.stdout, stderr: '' });
    expectFilesOf(row, replayed);
  });
});

describe('whisper-set-aggregation-method and whisper-set-xfilesfactor: the same header, and with --compat the same line', () => {
  const rows = ['whisper-set-aggregation-method', 'whisper-set-xfilesfactor'].flatMap(rowsOf);

  it.each(rows)('$name', async (row) => {
    const [path = '', setting = ''] = row.args;
    const option = row.tool === 'whisper-set-xfilesfactor' ? '--xff' : '--agg';
    const replayed = await replay({ ...row, args: [path, option, setting] }, ['tune', '--compat']);
    // What is no method is a bad argument here, of which the script makes an error of the file.
    if (row.exit !== 0) return expectRefusal(replayed, 2);
    expect(replayed.run).toEqual({ exitCode: 0, stdout: row.stdout, stderr: '' });
    expectFilesOf(row, replayed);
  });
});

/**
 * whisper-fill writes points by their age, so that values of the source's coarse archive come into the target's fine one,
 * and rolls up over coarse values that were there. Both are recorded mistakes: ours goes archive by archive.
 */
describe('whisper-fill: archive by archive, where the script puts coarse values into the fine archive', () => {
  it.each(rowsOf('whisper-fill'))('$name', async (row) => {
    // The script takes zeroes for gaps in any case.
    const command = ['fill', '--quiet', '--zeroes-are-gaps', '--now', String(row.now)];
    const replayed = await replay(row, [...command, '--dry-run']);
    expect(replayed.after).toEqual(replayed.before);
    const [source = '', target = ''] = row.args;
    const [offered, before] = [shownIn(source, row.now), shownIn(target, row.now)];
    const run = await sotto([...command, ...row.args]);
    expect(run).toEqual({ exitCode: 0, stdout: row.stdout, stderr: '' });
    const expected = before.map((archive, index) => {
      const gaps = [...offered[index]!].filter(
        ([time, value]) => !archive.has(time) || (archive.get(time) === 0 && value !== 0),
      );
      return new Map([...archive, ...gaps]);
    });
    const rising = (archives: Map<number, number>[]) =>
      archives.map((one) => [...one].sort(([a], [b]) => a - b));
    expect(rising(shownIn(target, row.now))).toEqual(rising(expected));
    expect(filesHere()[target]!.sha256).not.toBe(row.filesAfter![target]!.fileSha256);
    expect(filesHere()[source]).toEqual(replayed.before[source]);
  });
});

/** The arguments of a row for our command: an old file is kept as the script keeps it unless told not to. */
function resizeArguments({ args, now }: CliRow): string[] {
  const mapped = args.flatMap((arg) => {
    if (arg === '--silent') return ['--quiet'];
    if (arg === '--nobackup') return [];
    return [
      arg
        .replace('--newfile=', '--output=')
        .replace('--xFilesFactor=', '--xff=')
        .replace('--aggregationMethod=', '--agg='),
    ];
  });
  const isKept = !args.includes('--nobackup') && !args.some((arg) => arg.startsWith('--newfile'));
  return [...mapped, '--now', String(now), ...(isKept ? ['--backup'] : [])];
}

/**
 * whisper-resize writes what it read by age as well, and aligns windows of --aggregate by now instead of the epoch: coarse values
 * in the fine archive, holes in the coarse one, shifted results. So all files but those of no change differ.
 */
describe('whisper-resize: each archive from the one of its step, and coarse values in no finer archive', () => {
  it.each(rowsOf('whisper-resize'))('$name', async (row) => {
    const replayed = await replay({ ...row, args: resizeArguments(row) }, ['resize']);
    expect(replayed.run).toEqual({ exitCode: 0, stdout: row.stdout, stderr: '' });
    expect(Object.keys(replayed.after).sort()).toEqual(
      [...new Set([...Object.keys(replayed.before), ...Object.keys(row.filesAfter!)])].sort(),
    );
    const backup = row.filesAfter!['a.wsp.bak'];
    if (backup !== undefined)
      expect(replayed.after['a.wsp.bak']).toEqual({ size: backup.fileSize, sha256: backup.fileSha256 });
    const made = row.filesAfter!['n.wsp'] === undefined ? 'a.wsp' : 'n.wsp';
    expect(replayed.after[made]!.size).toBe(row.filesAfter![made]!.fileSize);
    using old = remade(row);
    using database = open(made, { readOnly: true });
    for (const [index, { step, retention }] of database.info.archives.entries()) {
      const shown = [
        ...database.fetch(row.now - retention, row.now, { now: row.now, archive: index })!.knownPoints(),
      ];
      const finest = old.info.archives[0]!;
      if (step === finest.step) {
        const reach = row.now - Math.min(retention, finest.retention);
        expect(shown).toEqual([...old.fetch(reach, row.now, { now: row.now, archive: 0 })!.knownPoints()]);
      }
      expect(shown.every(([timestamp]) => timestamp % step === 0)).toBe(true);
    }
  });

  function remade({ files }: CliRow) {
    const { create, ops } = files['a.wsp']!;
    const database = createFrom(create);
    for (const op of ops) apply(database, op);
    return database;
  }
});

it('replays the rows of every script', () => {
  const known =
    'create diff dump fetch fill info merge resize set-aggregation-method set-xfilesfactor update'.split(' ');
  expect([...new Set(vectorRows('cli').map(({ tool }) => tool))].sort()).toEqual(
    known.map((name) => `whisper-${name}`),
  );
});
