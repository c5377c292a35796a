import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { systemError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { badOption } from '../../options.js';
import { type Restored, restore } from '../../tools/restore.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { formatCount, json } from '../output.js';

interface Given {
  readonly overwrite?: boolean;
  readonly sparse?: boolean;
  readonly durable?: boolean;
  readonly dryRun?: boolean;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function restoreCommand(io: Io): Command {
  return new Command('restore')
    .summary('make a database of a dump')
    .description(
      'Makes a database of what sotto dump --format json printed: of a dump with --slots the same file byte for byte, in ' +
        'either format, of one without it a file with the same points in every archive. The file appears whole, or, if anything ' +
        'is wrong with the dump, not at all.',
    )
    .usage('[options] DUMP PATH')
    .argument('<dump>', 'a dump in JSON; - for standard input')
    .argument('<path>', 'the database to make')
    .option('--overwrite', 'replace a file of that name')
    .option('--sparse', 'take room on the disk only as it is written')
    .option('--durable', 'return once the file is on the disk')
    .option('--dry-run', 'only check the dump, and tell what would be made')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .option('-q, --quiet', 'print nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto dump cpu.wsp --slots --json > cpu.json\n  sotto restore cpu.json copy.wsp\n' +
        '  ssh graphite1 sotto dump cpu.wsp --json | sotto restore - cpu.wsp --overwrite',
    )
    .action((dump: string, path: string, given: Given) => run(dump, path, given, io));
}

async function run(dump: string, path: string, given: Given, io: Io): Promise<void> {
  const { overwrite, sparse, durable, dryRun = false, lock, dialect } = given;
  if (dump === '-' && io.isInputTerminal) throw badOption('- at a terminal', 'a dump piped in, or a file');
  const text = dump === '-' ? await io.readInput() : readText(dump);
  const source = dump === '-' ? '<stdin>' : dump;
  const restored = restore(text, path, { overwrite, sparse, durable, dryRun, lock, dialect, source });
  if (given.json === true) io.out(json({ path, dryRun, ...restored }));
  else if (given.quiet !== true) io.out(`${path}: ${dryRun ? 'would be ' : ''}${describe(restored)}\n`);
}

function describe({ format, fileSize, isExact, points }: Restored): string {
  const count = points.reduce((sum, one) => sum + one, 0);
  const what = isExact ? 'byte for byte' : 'with the same points';
  return `restored ${what}, ${format}, ${fileSize} bytes, ${formatCount(count)} ${count === 1 ? 'point' : 'points'}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw systemError(error, path, 'read it');
  }
}
