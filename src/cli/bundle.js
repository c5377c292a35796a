/**
 * `npm run build`, after tsc: puts the modules of the command together into a few files, dist/cli/, with commander in them.
 *
 * A command that prints one line takes longer to load than to work: each module is looked for, read and linked on its own,
 * which for a hundred of them takes as long as starting Node twice. In one file for what all commands need, and one for each
 * command, they take a quarter of that. They are CommonJS, which Node loads without waiting in between; the modules of the
 * library stay as they are.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const CLI = join(DIST, 'cli');

/** What every command needs that opens a database, beside commander and the program itself. */
const GROUPS = [
  {
    name: 'program',
    test: under('cli/main', 'cli/program', 'cli/help', 'errors', 'options', 'commander'),
    priority: 2,
  },
  {
    name: 'database',
    test: under(
      ...['bytes/', 'kernel/', 'format/', 'codec/', 'file/', 'archive/', 'database/', 'tools/dump'],
      ...[
        'cli/arguments',
        'cli/output',
        'cli/range',
        'tools/time-text',
        'cli/strftime',
        'cli/layout',
        'cli/python-format',
      ],
    ),
    priority: 1,
  },
];

/** Files of the distribution whose path begins with one of these, or a package of that name. */
function under(...starts) {
  return (id) => {
    const path = relative(DIST, id).split(sep).join('/');
    return starts.some((start) => path.startsWith(start) || path.includes(`node_modules/${start}/`));
  };
}

/** A module goes on finding what lies beside it: it counts from where it was, not from the file that it is put into. */
const keepPlaces = {
  name: 'keep-places',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const way = relative(CLI, id).split(sep).join('/');
    const place = `require('node:url').pathToFileURL(__dirname + ${JSON.stringify(`/${way}`)}).href`;
    return { code: code.replaceAll('import.meta.url', place) };
  },
};

/** commander starts programs for commands that are files of their own; nothing here is, and node:child_process is slow to load. */
const withoutChildren = {
  name: 'without-children',
  transform(code, id) {
    if (!id.endsWith(join('commander', 'lib', 'command.js'))) return null;
    const line = "const childProcess = require('node:child_process');";
    if (!code.includes(line)) throw new Error(`${id} has no line ${line}`);
    return { code: code.replace(line, 'const childProcess = undefined;') };
  },
};

const bundle = await rolldown({
  input: join(CLI, 'bin.js'),
  platform: 'node',
  plugins: [keepPlaces, withoutChildren],
});
const { output } = await bundle.generate({
  format: 'cjs',
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  codeSplitting: { groups: GROUPS },
  // Blanks and comments take time to read; names stay, so that a stack says something.
  minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
});
await bundle.close();

rmSync(CLI, { recursive: true });
mkdirSync(CLI);
for (const { fileName, code } of output) writeFileSync(join(CLI, fileName), code);
writeFileSync(join(CLI, 'package.json'), '{ "type": "commonjs" }\n');
const commander = dirname(createRequire(import.meta.url).resolve('commander'));
const { version } = JSON.parse(readFileSync(join(commander, 'package.json'), 'utf8'));
copyFileSync(join(commander, 'LICENSE'), join(CLI, `LICENSE-commander-${version}`));
