import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, makeApplication, removeApplication, runIn, runLine } from '../doc/tool/console.js';
import { generate, MANUAL, SOURCES, unmatchedSources } from '../doc/tool/generate.js';
import { errorCodes } from '../src/index.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Made of other documents, which are run themselves. */
const GENERATED = 'doc/cli.md';
const DOCUMENTS = ['README.md', ...markdownIn('doc'), ...markdownIn(SOURCES)];

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

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

describe.each(DOCUMENTS)('%s', (document) => {
  let folder = '';
  beforeAll(() => {
    folder = makeApplication(ROOT);
  });
  afterAll(() => removeApplication(folder));

  const blocks = document === GENERATED ? [] : blocksOf(document);
  it.each(blocks.filter(({ language }) => language !== 'text'))(
    'does what it says from line $line on',
    ({ language, text, output }) => {
      if (language === 'js') {
        writeFileSync(join(folder, 'example.mjs'), text);
        expect(runIn(folder, process.execPath, ['example.mjs'])).toBe(output ?? '');
        return;
      }
      expect(language, 'a block that nothing runs').toBe('console');
      const commands = commandsOf(text);
      expect(commands.length).toBeGreaterThan(0);
      for (const { command, output: expected } of commands) {
        expect(runLine(folder, command), command).toBe(expected);
      }
    },
  );

  it('links to files that are there', () => {
    const markdown = readFileSync(join(ROOT, document), 'utf8');
    const links = [...markdown.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!);
    // What is written for the page of commands is read there.
    const here = join(ROOT, document.startsWith(SOURCES) ? 'doc' : join(document, '..'));
    for (const link of links) expect(() => readFileSync(join(here, link)), link).not.toThrow();
  });
});

describe('what is made of the definitions of the commands', async () => {
  const files = await generate(ROOT);

  it.each(Object.keys(files))('%s is as npm run docs makes it', (path) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(files[path]);
  });

  it('is all there, and nothing else is', () => {
    const pages = readdirSync(join(ROOT, MANUAL)).map((name) => `${MANUAL}/${name}`);
    expect(pages.sort()).toEqual(
      Object.keys(files)
        .filter((path) => path !== GENERATED)
        .sort(),
    );
    const { man } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { man: string[] };
    expect([...man].sort()).toEqual(pages.map((page) => `./${page}`).sort());
  });

  it('has a source for every command, with an example', async () => {
    expect(await unmatchedSources(ROOT)).toEqual([]);
    for (const source of markdownIn(SOURCES).filter((path) => !path.endsWith('/_introduction.md'))) {
      const languages = blocksOf(source).map(({ language }) => language);
      expect(languages, source).toContain('console');
    }
  });

  it('has headings that the table leads to', () => {
    const page = files[GENERATED]!;
    const anchors = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor!);
    expect(anchors.length).toBeGreaterThan(20);
    for (const anchor of anchors) expect(page).toContain(`\n## ${anchor}\n`);
  });
});

it('the library page lists every error code and no other', () => {
  const listed = [...readFileSync(join(ROOT, 'doc/library.md'), 'utf8').matchAll(/^\| `(WSP_\w+)`/gm)];
  expect(listed.map(([, code]) => code).sort()).toEqual([...errorCodes].sort());
});
