/** `npm run docs`: writes doc/cli.md and the manual anew. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeApplication, removeApplication, rerun } from './console.js';
import { generate, MANUAL, SOURCES, unmatchedSources } from './generate.js';

const USAGE = `usage: npm run docs [-- --run [NAME...]]

  --run  run the examples in doc/commands/*.md first, or in those of these commands, and put what they print in its place
`;

process.exitCode = await main(process.cwd());

async function main(root: string): Promise<number> {
  let asked: { run: boolean; names: string[] };
  try {
    const { values, positionals } = parseArgs({
      options: { run: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    asked = { run: values.run, names: positionals };
  } catch (error) {
    process.stderr.write(`docs: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (asked.run) runExamples(root, asked.names);
  const files = await generate(root);
  rmSync(join(root, MANUAL), { recursive: true, force: true });
  mkdirSync(join(root, MANUAL));
  for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
  process.stdout.write(`wrote ${Object.keys(files).length} files\n`);
  const unmatched = await unmatchedSources(root);
  for (const path of unmatched) process.stderr.write(`docs: ${path}: a source or a command is missing\n`);
  return unmatched.length === 0 ? 0 : 1;
}

function runExamples(root: string, names: readonly string[]): void {
  for (const file of readdirSync(join(root, SOURCES))) {
    if (names.length > 0 && !names.includes(file.replace(/\.md$/, ''))) continue;
    const path = join(root, SOURCES, file);
    const folder = makeApplication(root);
    try {
      const before = readFileSync(path, 'utf8');
      const after = rerun(before, folder);
      if (after !== before) process.stdout.write(`${SOURCES}/${file}: other output\n`);
      writeFileSync(path, after);
    } finally {
      removeApplication(folder);
    }
  }
}
