import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { wholeProgram } from '../../src/cli/main.js';
import { create } from '../../src/index.js';
import { filesHere, NOW, print, sotto, useFreshFolder } from '../support/cli.js';

useFreshFolder();

const READERS = ['fetch', 'info', 'dump', 'first', 'last', 'plot', 'checksum'];
/** Commands whose first argument is a database. */
const ON_PATHS = ['create', 'update', ...READERS, 'diff'];

/** Every command there is. */
const ALL = (await wholeProgram({} as Io)).commands;
const ALL_NAMES = ALL.map((command) => command.name());

describe('help', () => {
  it.each([
    ['--help'],
    ['help'],
    ['help', 'help'],
    ...ALL_NAMES.flatMap((name) => [
      [name, '--help'],
      ['help', name],
    ]),
  ])('of %s %s goes to standard output, shows examples and fits 80 columns', async (...args) => {
    const help = await print(args);
    expect(help).toMatch(/^Usage: sotto /);
    expect(help).toMatch(/\nExamples:\n {2}.*sotto /);
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('of the program lists every command in one line, with the summary of its definition', async () => {
    const help = await print(['--help']);
    for (const command of ALL) {
      expect(command.summary(), command.name()).not.toBe('');
      expect(help).toMatch(new RegExp(`^  ${command.name()} +${escaped(command.summary())}$`, 'm'));
    }
    const listed = [...help.matchAll(/^ {2}([a-z]\S*) /gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== 'sotto')).toEqual([...ALL_NAMES, 'help']);
  });

  it('of the program lists the commands by kind', async () => {
    const help = await print(['help']);
    const headings = help.match(/^[A-Z][a-z ]+:$/gm);
    expect(headings).toEqual([
      'Options:',
      'Make and store:',
      'Read:',
      'Look into files:',
      'Compare and check:',
      'Change points:',
      'Change files:',
      'Help:',
      'Examples:',
    ]);
    expect(help.slice(help.indexOf('\nRead:'), help.indexOf('\nLook into'))).toContain('\n  fetch ');
  });

  it('says choices and defaults in plain words', async () => {
    const help = await print(['help', 'fetch']);
    expect(help.replace(/\s+/g, ' ')).toContain(
      'form of the output (text, json, ndjson, csv or tsv; default: text)',
    );
    expect(help.replace(/\s+/g, ' ')).toContain('rules count (python or go; default: python)');
    expect(help).not.toContain('"');
  });

  it.each(ALL_NAMES)('of %s names only options that exist in its examples', async (name) => {
    const help = await print([name, '--help']);
    const examples = help.slice(help.indexOf('Examples:'));
    const options = [...examples.matchAll(/(?<= )--[a-z-]+/g)].map(([option]) => option);
    for (const option of options) expect(help.slice(0, -examples.length)).toContain(option);
  });

  it.each([80, 95, 120])('is laid out for a terminal of %i columns, up to 100', async (columns) => {
    const longest = (await print(['fetch', '--help'], { columns }))
      .split('\nExamples:')[0]!
      .split('\n')
      .reduce((most, line) => Math.max(most, line.length), 0);
    expect(longest).toBeLessThanOrEqual(Math.min(columns, 100));
    expect(longest).toBeGreaterThan(Math.min(columns, 100) - 15);
  });

  it('is what a bare sotto gets, on standard error and as a mistake', async () => {
    const run = await sotto([]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^Usage: sotto /);
  });
});

it.each(['--version', '-V'])('%s prints the version of the package', async (option) => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await print([option])).toBe(`${version}\n`);
});

describe('a mistake in the command line ends with 2 and says what would have been right', () => {
  it.each([
    {
      args: ['fetsch', 'a.wsp'],
      message: "unknown command 'fetsch'\n(Did you mean fetch?)\n(sotto --help says more)",
    },
    { args: ['--xyzzy'], message: "unknown option '--xyzzy'" },
    ...ON_PATHS.flatMap((name) => [
      {
        args: [name, '--xyzzy', 'a.wsp'],
        message: `unknown option '--xyzzy'\n(sotto ${name} --help says more)`,
      },
      { args: [name], message: "missing required argument 'path" },
      {
        args: [name, 'a.wsp', '--dialect', 'perl'],
        message: "argument 'perl' is invalid. Allowed choices are python, go.",
      },
    ]),
    {
      args: ['dump', 'a.wsp', 'b.wsp'],
      message: "too many arguments for 'dump'. Expected 1 argument but got 2.",
    },
    { args: ['fetch', 'a.wsp', '--from'], message: "option '--from <time>' argument missing" },
    {
      args: ['fetch', 'a.wsp', '--from', 'soon'],
      message: "time 'soon'; expected now, now-7d, -24h, Unix seconds, or a date",
    },
    { args: ['fetch', 'a.wsp', '--until', '2023-13-01'], message: "time '2023-13-01': there is no such day" },
    {
      args: ['fetch', 'a.wsp', '--now', '1700000000000', '--time', 'iso'],
      message: "time '1700000000000': it is too far away (are these milliseconds?)",
    },
    { args: ['fetch', 'a.wsp', '--now', 'later'], message: "time 'later'" },
    {
      args: ['fetch', 'a.wsp', '--from', 'now', '--until', '-1h'],
      message: 'a.wsp: a range from 1700000000 until 1699996400; expected one that begins before it ends',
    },
    {
      args: ['fetch', 'a.wsp', '--step', '1m', '--archive', '0'],
      message: "'--step <duration>' cannot be used with option '--archive <n>'",
    },
    {
      args: ['fetch', 'a.wsp', '--step', '7m'],
      message: "a.wsp: no archive with a step of '7m'; expected 0 (1m:1h), 1 (5m:1d)",
    },
    {
      args: ['fetch', 'a.wsp', '--archive', '2'],
      message: 'a.wsp: no archive 2; expected 0 (1m:1h), 1 (5m:1d)',
    },
    {
      args: ['fetch', 'a.wsp', '--archive', '-1'],
      message: "argument '-1' is invalid. It must be a whole number of at least 0.",
    },
    { args: ['fetch', 'a.wsp', '--archive', 'one'], message: "argument 'one' is invalid" },
    {
      args: ['fetch', 'a.wsp', '--json', '--format', 'csv'],
      message: "'--json' cannot be used with option '--format <form>'",
    },
    {
      args: ['fetch', 'a.wsp', '--points', '--format', 'csv'],
      message: "'--points' cannot be used with option '--format <form>'",
    },
    {
      args: ['fetch', 'a.wsp', '--format', 'xml'],
      message: 'Allowed choices are text, json, ndjson, csv, tsv.',
    },
    { args: ['fetch', 'a.wsp', '--drop', 'ones'], message: 'It must be nulls, zeroes or empty (both).' },
    {
      args: ['fetch', 'a.wsp', '--consolidate', '12'],
      message: 'It must be a number and a method, such as 12:max.',
    },
    {
      args: ['fetch', 'a.wsp', '--consolidate', '0:max'],
      message: 'It must be a number and a method, such as 12:max.',
    },
    {
      args: ['fetch', 'a.wsp', '--consolidate', '2:median'],
      message: 'There is no method median; there are average, sum',
    },
    { args: ['fetch', 'a.wsp', '--precision', '101'], message: 'It must be a whole number from 0 to 100.' },
    {
      args: ['fetch', 'a.wsp', '--time', 'ISO'],
      message: 'It must be unix, iso, local, or a format with a % such as %H:%M.',
    },
    { args: ['dump', 'a.wsp', '--archive', '2'], message: 'a.wsp: no archive 2; expected 0 to 1' },
    { args: ['dump', 'a.wsp', '--format', 'tsv'], message: 'Allowed choices are text, json, csv.' },
    {
      args: ['dump', 'a.wsp', '--raw', '--slots'],
      message: "'-r, --raw' cannot be used with option '--slots'",
    },
    {
      args: ['dump', 'a.wsp', '--raw', '--json'],
      message: "'-r, --raw' cannot be used with option '--json'",
    },
    {
      args: ['dump', 'a.wsp', '--header-only', '--raw'],
      message: "'--header-only' cannot be used with option '-r, --raw'",
    },
    { args: ['last', 'a.wsp', '--archive', '2'], message: 'a.wsp: no archive 2; expected 0 to 1' },
    { args: ['plot', 'a.wsp', '--width', '19'], message: 'It must be a whole number of at least 20.' },
    {
      args: ['plot', 'a.wsp', '--width', '239', '--svg', 'a.svg'],
      message: 'option width is 239; expected a whole number from 240',
    },
    { args: ['plot', 'a.wsp', '--height', '1'], message: 'It must be a whole number of at least 2.' },
    {
      args: ['plot', 'a.wsp', '--spark', '--svg', 'a.svg'],
      message: "'--spark' cannot be used with option '--svg <file>'",
    },
    { args: ['plot', 'a.wsp', '--glyphs', 'ascii'], message: 'Allowed choices are braille, block.' },
  ])('$args', async ({ args, message }) => {
    create('a.wsp', { retentions: '1m:1h,5m:1d' }).close();
    const before = filesHere();
    const run = await sotto(args);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(/^sotto: /);
    expect(run.stderr).toContain(message);
    expect(filesHere()).toEqual(before);
  });
});

describe('a file that cannot be used', () => {
  beforeEach(() => {
    mkdirSync('folder.wsp');
    writeFileSync('empty.wsp', '');
    writeFileSync('text.wsp', 'timestamp,value\n1700000000,5\n');
    writeFileSync('compressed.wsp', 'whisper_compressed\0\0\0\0\0\0\0\0\0\0\0\0');
    create('cut.wsp', { retentions: '1m:1h' }).close();
    truncateSync('cut.wsp', 400);
    writeFileSync('odd.wsp', Buffer.from('00000009000000003f000000000000010000001c0000003c00000001', 'hex'));
  });

  const FILES = [
    { file: 'nope.wsp', exitCode: 4, message: 'no such file or directory' },
    { file: 'no/nope.wsp', exitCode: 4, message: 'no such file or directory' },
    { file: 'folder.wsp', exitCode: 4, message: /folder|directory/ },
    { file: 'empty.wsp', exitCode: 3, message: 'an empty file; expected a Whisper database' },
    { file: 'text.wsp', exitCode: 3, message: /expected / },
    {
      file: 'compressed.wsp',
      exitCode: 3,
      message: 'a compressed file of 30 bytes; expected a header of at least 63',
    },
    {
      file: 'cut.wsp',
      exitCode: 3,
      message: 'a file of 400 bytes that was cut off; expected 748, as its header says',
    },
    { file: 'odd.wsp', exitCode: 3, message: /expected / },
  ];

  const MORE: { readonly [command: string]: readonly string[] } = { update: ['N:1'], diff: ['nope.wsp'] };

  it.each(FILES.flatMap((row) => [...READERS, 'update', 'diff'].map((command) => ({ ...row, command }))))(
    '$command of $file ends with $exitCode and leaves it alone',
    async ({ command, file, exitCode, message }) => {
      const before = filesHere();
      const run = await sotto([command, file, ...(MORE[command] ?? [])]);
      expect(run).toMatchObject({ exitCode, stdout: '' });
      expect(run.stderr).toMatch(new RegExp(`^sotto: ${file}: .*\n$`));
      expect(run.stderr).toMatch(message);
      expect(filesHere()).toEqual(before);
    },
  );

  it.each(READERS)('%s reads a cut-off one with --force, and says what is missing', async (command) => {
    const before = filesHere();
    const run = await sotto([command, 'cut.wsp', '--force']);
    expect(run.exitCode).toBe(command === 'first' || command === 'last' ? 1 : 0);
    expect(run.stdout === '').toBe(run.exitCode === 1); // nothing was written into it
    expect(run.stderr).toMatch(/^sotto: cut\.wsp: the file was cut off 348 bytes before its end\n/);
    expect(filesHere()).toEqual(before);
  });

  it.each(['fetch', 'info', 'last', 'plot', 'checksum'])(
    '%s goes on to the other files, and ends with the gravest code',
    async (command) => {
      for (const name of ['a.wsp', 'b.wsp']) {
        using database = create(name, { retentions: '1m:1h' });
        database.update(5, NOW, { now: NOW });
      }
      const run = await sotto([command, 'a.wsp', 'nope.wsp', 'empty.wsp', 'b.wsp']);
      expect(run.exitCode).toBe(4);
      expect(run.stderr).toMatch(/^sotto: nope\.wsp: .*\nsotto: empty\.wsp: .*\n$/);
      expect(run.stdout).toMatch(/a\.wsp.*b\.wsp/s);
      expect(run.stdout).not.toMatch(/nope|empty/);
    },
  );

  it('says once what is wrong with the arguments, however many files there are', async () => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    const run = await sotto(['fetch', 'a.wsp', 'a.wsp', '--from', 'soon']);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr.match(/time 'soon'/g)).toHaveLength(1);
  });
});

describe('--dialect', () => {
  it('go reads the method numbers as go-whisper does', async () => {
    create('p.wsp', { retentions: '1m:1h', aggregation: 'avg_zero' }).close();
    expect(await print(['info', 'p.wsp', 'aggregationMethod'])).toBe('avg_zero\n');
    expect(await print(['info', 'p.wsp', 'aggregationMethod', '--dialect', 'go'])).toBe('first\n');
  });
});

describe('--lock', () => {
  it.each(READERS)('of %s changes nothing in what it prints', async (command) => {
    using database = create('a.wsp', { retentions: '1m:1h' });
    database.update(5, NOW, { now: NOW });
    expect(await print([command, 'a.wsp', '--lock'])).toBe(await print([command, 'a.wsp']));
  });
});

describe('help of a command that does not exist ends with 2', () => {
  it.each([
    { name: 'fetsch', message: "there is no command 'fetsch'; expected 'fetch'" },
    { name: 'Verify', message: "there is no command 'Verify'; expected 'verify'" },
    { name: 'constructor', message: /^sotto: there is no command 'constructor'; expected / },
    {
      name: 'nothing-like-it',
      message: "there is no command 'nothing-like-it'; expected one of those that sotto help lists",
    },
  ])('$name', async ({ name, message }) => {
    const run = await sotto(['help', name]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    if (typeof message === 'string') expect(run.stderr).toBe(`sotto: ${message}\n`);
    else expect(run.stderr).toMatch(message);
  });
});

it.each(['frobnicate', 'constructor', '__proto__'])('%s is no command', async (name) => {
  const run = await sotto([name]);
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toBe(`sotto: unknown command '${name}'\n(sotto --help says more)\n`);
});

it('takes two hyphens before the command for nothing', async () => {
  expect(await print(['--', 'help', 'fetch'])).toBe(await print(['help', 'fetch']));
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
