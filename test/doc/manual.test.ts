import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, type TestContext } from 'vitest';
import type { Definition } from '../../doc/tool/definitions.js';
import { generate, MANUAL } from '../../doc/tool/generate.js';
import { makeManual } from '../../doc/tool/manual.js';
import { escapeRoff, exampleLines, textLines } from '../../doc/tool/roff.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = Object.entries(await generate(ROOT)).filter(([path]) => path.startsWith(`${MANUAL}/`));

/** Runs a formatter of pages on a text; skips the test where there is none. */
function format(context: TestContext, program: string, args: readonly string[], page: string) {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-manual-'));
  try {
    const path = join(folder, 'page.1');
    writeFileSync(path, page);
    const env = { ...process.env, MANWIDTH: '80', LC_ALL: 'C.UTF-8', MAN_KEEP_FORMATTING: '' };
    const { error, stdout, stderr, status } = spawnSync(program, [...args, path], { encoding: 'utf8', env });
    if (error !== undefined) context.skip(`${program} is not installed`);
    return { stdout, stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(PAGES)('%s', (_, page) => {
  it('is what mandoc takes without a warning', (context) => {
    const { stdout, stderr, status } = format(context, 'mandoc', ['-T', 'lint', '-W', 'warning'], page);
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
  });

  it('is what groff sets without a warning, in 80 columns', (context) => {
    const { stdout, stderr } = format(context, 'groff', ['-man', '-Tutf8', '-ww', '-P-cbou'], page);
    expect(stderr).toBe('');
    const lines = stdout.split('\n');
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  });

  it('has the sections of a page in their order', () => {
    const sections = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title!);
    const usual = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'ARGUMENTS', 'COMMANDS', 'OPTIONS', 'NOTES'];
    const all = [...usual, 'EXIT STATUS', 'ENVIRONMENT', 'EXAMPLES', 'SEE ALSO'];
    expect(sections).toEqual(all.filter((title) => sections.includes(title)));
    for (const title of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'])
      expect(sections).toContain(title);
  });
});

it('says what the help says, in words that can be searched for', (context) => {
  const page = PAGES.find(([path]) => path.endsWith('/sotto-fetch.1'))![1];
  const { stdout } = format(context, 'groff', ['-man', '-Tutf8', '-P-cbou'], page);
  const text = stdout.replace(/\s+/g, ' ');
  expect(text).toContain('sotto-fetch - print a range of values');
  expect(text).toContain('sotto fetch [options] PATH...');
  expect(text).toContain('--until time end with this time (default: now)');
  expect(text).toContain('$ sotto fetch cpu.wsp --now 1700000000 --from -30s');
  expect(text).toContain('sotto(1), sotto-first(1)');
});

describe('text', () => {
  it.each([
    { text: 'a-b --c', roff: 'a\\-b \\-\\-c' },
    { text: "it's C:\\x", roff: 'it\\(aqs C:\\ex' },
    { text: '`~^"', roff: '\\(ga\\(ti\\(ha\\(dq' },
    { text: '× ⡀', roff: '\\[u00D7] \\[u2840]' },
  ])('$text is escaped', ({ text, roff }) => {
    expect(escapeRoff(text)).toBe(roff);
  });

  it('never begins a line with what would be a request', () => {
    expect(textLines('.wsp files')).toEqual(['\\&.wsp files']);
    expect(exampleLines(['.TH x', "'x"]).slice(3, 5)).toEqual(['\\&.TH x', '\\(aqx']);
    const long = textLines(`${'word '.repeat(15)}.wsp ${'word '.repeat(15)}`.trim());
    expect(long.filter((line) => line.startsWith('.'))).toEqual([]);
  });

  it('of a long command goes on behind a backslash, before an option', () => {
    const line = `$ sotto fetch ${'x'.repeat(40)} --from now-1h --until now --json`;
    const folded = exampleLines([line]).slice(3, -2);
    expect(folded).toEqual([
      `$ sotto fetch ${'x'.repeat(40)} \\e`,
      '    \\-\\-from now\\-1h \\-\\-until now \\-\\-json',
    ]);
  });
});

it('keeps words that lead to an example with it', () => {
  const command: Definition = {
    name: 'try',
    group: 'Read',
    summary: 'try it',
    description: 'Tries it.',
    usage: '[options] PATH',
    arguments: [{ term: 'path', text: 'the file' }],
    options: [{ term: '-f, --file <file>', text: 'this one' }],
    examples: ['sotto try a.wsp'],
  };
  const notes = 'A note.\n\nIt goes so:\n\n```console\n$ sotto try a.wsp\ntried\n```\n';
  const definitions = { program: command, commands: [command] };
  const page = makeManual(definitions, { introduction: 'Intro.', commands: { try: notes } }, '1.2.3')[
    'sotto-try.1'
  ]!;
  const sectionOf = (title: string) => page.split(`.SH ${title}\n`)[1]!.split('.SH ')[0]!;
  expect(sectionOf('NOTES')).toBe('A note.\n');
  expect(sectionOf('EXAMPLES')).toMatch(
    /sotto try a\.wsp\n\.EE\n\.RE\n\.PP\nIt goes so:\n\.PP\n[\s\S]*tried\n\.EE/,
  );
  expect(sectionOf('OPTIONS')).toBe('.TP\n\\fB\\-f\\fR, \\fB\\-\\-file\\fR \\fIfile\\fR\nthis one\n');
  expect(sectionOf('SYNOPSIS')).toBe('\\fBsotto try\\fR [\\fIoptions\\fR] \\fIPATH\\fR\n');
});

it('carries the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  for (const [path, page] of PAGES) expect(page, path).toContain(`"sotto ${version}"`);
});

it('is found by man as a file', (context) => {
  try {
    execFileSync('man', ['--version'], { stdio: 'ignore' });
  } catch {
    context.skip('man is not installed');
  }
  const { stdout, stderr } = format(context, 'man', ['--warnings', '-P', 'cat', '-l'], PAGES[0]![1]);
  expect(stderr).toBe('');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
