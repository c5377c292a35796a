/** Everything that is made from the definitions of the commands: doc/cli.md and the manual. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Definitions, readDefinitions } from './definitions.js';
import { makeManual } from './manual.js';
import { makePage, type Sources } from './page.js';

export const SOURCES = 'doc/commands';
export const MANUAL = 'man';
const INTRODUCTION = '_introduction';

/** Files by their path in the project. */
export type Files = { readonly [path: string]: string };

/** @param root  the project's folder */
export async function generate(root: string): Promise<Files> {
  const definitions = await readDefinitions();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const sources = readSources(root, definitions);
  const manual = Object.entries(makeManual(definitions, sources, version));
  return {
    'doc/cli.md': makePage(definitions, sources),
    ...Object.fromEntries(manual.map(([name, page]) => [`${MANUAL}/${name}`, page])),
  };
}

function readSources(root: string, { commands }: Definitions): Sources {
  const read = (name: string) => {
    const path = join(root, SOURCES, `${name}.md`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    introduction: read(INTRODUCTION),
    commands: Object.fromEntries(commands.map(({ name }) => [name, read(name)])),
  };
}

/** Sources of commands that there are not, and commands without a source. */
export async function unmatchedSources(root: string): Promise<string[]> {
  const { commands } = await readDefinitions();
  const names = [INTRODUCTION, ...commands.map(({ name }) => name)];
  const sources = readdirSync(join(root, SOURCES)).map((name) => name.replace(/\.md$/, ''));
  return [
    ...names.filter((name) => !sources.includes(name)),
    ...sources.filter((name) => !names.includes(name)),
  ].map((name) => `${SOURCES}/${name}.md`);
}
