import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { aggregationMethods } from '../../src/index.js';
import { print, sotto, useFreshFolder } from '../support/cli.js';

useFreshFolder();

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

beforeEach(() => {
  mkdirSync('servers');
  for (const name of ['cpu.wsp', 'my file.wsp', 'notes.txt']) writeFileSync(name, '');
});

function needShell(shell: Shell, context: TestContext): void {
  try {
    execFileSync(shell, ['-c', 'exit 0']);
  } catch {
    context.skip(`${shell} is not installed`);
  }
}

/** Runs words of a shell in which the script of completion is loaded. */
async function run(shell: Shell, words: string): Promise<string> {
  const script = `completion.${shell}`;
  writeFileSync(script, await print(['completion', shell]));
  return execFileSync(shell, ['-c', `source ./${script}\n${words}`], { encoding: 'utf8', timeout: 50_000 });
}

describe('the script', () => {
  it.for(SHELLS)('for %s is well formed', async (shell, context) => {
    needShell(shell, context);
    writeFileSync('script', await print(['completion', shell]));
    const check = shell === 'fish' ? '--no-execute' : '-n';
    expect(execFileSync(shell, [check, 'script'], { encoding: 'utf8' })).toBe('');
  });

  it.each(SHELLS)('for %s tells of every option of every command, and starts no sotto', async (shell) => {
    const script = await print(['completion', shell]);
    for (const option of ['--on-future', '--points-per-block', '--summary', '--deep']) {
      expect(script).toContain(shell === 'fish' ? `-l ${option.slice(2)}` : option);
    }
    expect(script.replace(/^#.*$/gm, '')).not.toMatch(/\bsotto (completion|help)\b/);
    // Accepted and not shown.
    expect(script).not.toContain('aggregationMethod');
  });

  it('is printed for these shells and no others', async () => {
    expect(await sotto(['completion', 'powershell'])).toMatchObject({ exitCode: 2, stdout: '' });
    expect((await sotto(['completion'])).exitCode).toBe(2);
  });
});

/** What is typed, the last word being the one to complete, and what is offered; nothing stands for nothing at all. */
const CASES: readonly { typed: string[]; offered: string[] }[] = [
  { typed: ['fe'], offered: ['fetch'] },
  { typed: ['ver'], offered: ['verify'] },
  { typed: ['fetch', '--fo'], offered: ['--force', '--format'] },
  { typed: ['fetch', '--format', ''], offered: ['csv', 'json', 'ndjson', 'text', 'tsv'] },
  { typed: ['fetch', '--format', 'c'], offered: ['csv'] },
  { typed: ['convert', '--to', ''], offered: ['compressed', 'standard'] },
  { typed: ['create', '--agg', ''], offered: [...aggregationMethods, 'mix'].sort() },
  { typed: ['create', '-a', 'abs'], offered: ['absmax', 'absmin'] },
  { typed: ['fetch', '--now', 'n'], offered: ['newest', 'now'] },
  { typed: ['help', 'chec'], offered: ['checksum'] },
  { typed: ['completion', ''], offered: ['bash', 'fish', 'zsh'] },
  { typed: ['fetch', '--step', ''], offered: [] },
  { typed: ['nothing', ''], offered: [] },
];

describe('in bash', () => {
  /** What the function offers for these words, as bash would hand them to it. */
  async function complete(words: readonly string[]): Promise<string[]> {
    const list = words.map((word) => `'${word}'`).join(' ');
    const offered = await run(
      'bash',
      `COMP_WORDS=(sotto ${list}); COMP_CWORD=${words.length}\n_sotto; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    return offered
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  }

  it.for([
    ...CASES,
    { typed: ['fetch', '--format', '=', 'c'], offered: ['csv'] },
    { typed: ['fetch', '--format', '='], offered: ['csv', 'json', 'ndjson', 'text', 'tsv'] },
    { typed: ['fetch', ''], offered: ['cpu.wsp', 'my file.wsp', 'servers'] },
    { typed: ['fetch', '--step', '1m', 'c'], offered: ['cpu.wsp'] },
    { typed: ['fetch', '--step', '=', '1m', 'c'], offered: ['cpu.wsp'] },
    { typed: ['fetch', 'cpu.wsp', 'm'], offered: ['my file.wsp'] },
    { typed: ['create', 'new.wsp', ''], offered: [] },
    { typed: ['diff', 'cpu.wsp', 'c'], offered: ['cpu.wsp'] },
    { typed: ['diff', '--tolerance', '1', 'cpu.wsp', 'c'], offered: ['cpu.wsp'] },
    { typed: ['diff', '--tolerance', '=', '1', 'cpu.wsp', 'c'], offered: ['cpu.wsp'] },
    { typed: ['diff', 'cpu.wsp', 'cpu.wsp', ''], offered: [] },
    { typed: ['fetch', '--', '--fo'], offered: [] },
    // Left to readline, which completes any file.
    { typed: ['update', '--file', ''], offered: [] },
  ])('$typed offers $offered', async ({ typed, offered }, context) => {
    needShell('bash', context);
    expect(await complete(typed)).toEqual(offered);
  });

  it('is bound to the command', async (context) => {
    needShell('bash', context);
    expect(await run('bash', 'complete -p sotto')).toBe('complete -o default -F _sotto sotto\n');
  });
});

describe('in fish', () => {
  async function complete(words: readonly string[]): Promise<string[]> {
    const offered = await run('fish', `complete -C 'sotto ${words.join(' ')}'`);
    return offered
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t')[0]!)
      .sort();
  }

  it.for(CASES)('$typed offers $offered', async ({ typed, offered }, context) => {
    needShell('fish', context);
    expect(await complete(typed)).toEqual(offered);
  });

  it('offers databases, and any file where one is due', async (context) => {
    needShell('fish', context);
    expect(await complete(['fetch', 'c'])).toContain('cpu.wsp');
    expect(await complete(['update', '--file', 'n'])).toEqual(['notes.txt']);
    expect(await complete(['completion', 'c'])).toEqual([]);
  });
});

describe('in zsh', () => {
  /** Types into an interactive shell on a terminal of its own, presses TAB, and waits for what is to stand there then. */
  async function typeAndTab(typed: string, expected: string): Promise<string> {
    writeFileSync('completion.zsh', await print(['completion', 'zsh']));
    const inside = 'autoload -Uz compinit; compinit -u -D; source ./completion.zsh; echo re""ady';
    const dialogue = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z ${JSON.stringify(inside)}
      zpty -r -m z seen '*ready*'
      zpty -w -n z ${JSON.stringify(typed)}$'\\t'
      shown=
      for i in {1..400}; do
        while zpty -r -t z piece; do shown+=$piece; done
        [[ $shown == *${expected.trim().split(' ').at(-1)}* ]] && break
        sleep 0.05
      done
      print -r -- $shown
      zpty -d z`;
    const shown = execFileSync('zsh', ['-f', '-c', dialogue], { encoding: 'utf8', timeout: 50_000 });
    return stripVTControlCharacters(shown);
  }

  it.for([
    { typed: 'sotto fetc', completed: 'sotto fetch' },
    { typed: 'sotto fetch --consol', completed: 'sotto fetch --consolidate' },
    { typed: 'sotto convert --to comp', completed: 'sotto convert --to compressed' },
    { typed: 'sotto fetch cp', completed: 'sotto fetch cpu.wsp' },
    { typed: 'sotto help chec', completed: 'sotto help checksum' },
  ])('$typed becomes $completed', async ({ typed, completed }, context) => {
    needShell('zsh', context);
    expect(await typeAndTab(typed, completed)).toContain(completed);
  });
});
