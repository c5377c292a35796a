import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../src/index.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'doc'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `doc/${name}`),
];

interface Block {
  readonly language: string;
  readonly text: string;
  readonly line: number;
  /** The text block that follows at once: what the code prints. */
  readonly output: string | undefined;
}

function blocksOf(document: string): Block[] {
  const markdown = readFileSync(join(ROOT, document), 'utf8');
  const fences = [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  return fences.map((fence, i) => {
    const next = fences[i + 1];
    const between = next && markdown.slice(fence.index + fence[0].length, next.index);
    const isOutput = next?.[1] === 'text' && between?.trim() === '';
    return {
      language: fence[1]!,
      text: fence[2]!,
      line: markdown.slice(0, fence.index).split('\n').length,
      output: isOutput ? next[2]! : undefined,
    };
  });
}

/** An application's folder: the package is installed, its command is on the path, the data lies beside. */
function makeApplication(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-docs-'));
  for (const name of ['node_modules', 'bin']) mkdirSync(join(folder, name));
  symlinkSync(ROOT, join(folder, 'node_modules/sotto'), 'dir');
  symlinkSync(join(ROOT, 'fixtures'), join(folder, 'fixtures'), 'dir');
  const command = join(folder, 'bin/sotto');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/dist/cli/bin.js' "$@"\n`);
  chmodSync(command, 0o755);
  return folder;
}

function run(folder: string, command: string, args: readonly string[]): string {
  const path = [join(folder, 'bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, TZ: 'UTC', NO_COLOR: '1' };
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stderr + stdout;
}

/** Commands of a console block, each with the lines that it prints. */
function commandsOf(text: string): { command: string; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, output: lines.join('\n') };
    });
}

describe.each(DOCUMENTS)('%s', (document) => {
  let folder = '';
  beforeAll(() => {
    folder = makeApplication();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(blocksOf(document).filter(({ language }) => language !== 'text'))(
    'does what it says from line $line on',
    ({ language, text, output }) => {
      if (language === 'js') {
        writeFileSync(join(folder, 'example.mjs'), text);
        expect(run(folder, process.execPath, ['example.mjs'])).toBe(output ?? '');
        return;
      }
      expect(language, 'a block that nothing runs').toBe('console');
      const commands = commandsOf(text);
      expect(commands.length).toBeGreaterThan(0);
      for (const { command, output: expected } of commands) {
        // Both streams in the order of a terminal.
        expect(run(folder, 'sh', ['-c', `exec 2>&1; ${command}`]), command).toBe(expected);
      }
    },
  );

  it('links to files that are there', () => {
    const markdown = readFileSync(join(ROOT, document), 'utf8');
    const links = [...markdown.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);
    const here = join(ROOT, document, '..');
    for (const link of links) expect(() => readFileSync(join(here, link)), link).not.toThrow();
  });
});

it('the library page lists every error code and no other', () => {
  const listed = [...readFileSync(join(ROOT, 'doc/library.md'), 'utf8').matchAll(/^\| `(WSP_\w+)`/gm)];
  expect(listed.map(([, code]) => code).sort()).toEqual([...errorCodes].sort());
});
