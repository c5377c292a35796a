import { Command, InvalidArgumentError, Option } from 'commander';
import type { Dialect } from '../../format/aggregation-method.js';
import { badOption } from '../../options.js';
import { applySettings } from '../../tools/apply-schema/apply-schema.js';
import {
  type Applied,
  type ApplySettings,
  rulesOf,
  type SchemaPart,
  schemaParts,
} from '../../tools/apply-schema/apply-to-file.js';
import { isFolder } from '../../tools/look.js';
import type { FileTask } from '../../tools/many/registry.js';
import { runMany } from '../../tools/many/run-many.js';
import { parseTime } from '../../tools/time-text.js';
import { dialectOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { addTreeOptions, pathTasks, plural, runTree, type Told, type TreeArguments } from '../tree.js';
import { describe as describeResize } from './resize.js';

interface Given extends TreeArguments {
  readonly schemas?: string;
  readonly aggregation?: string;
  readonly root?: string;
  readonly only?: readonly SchemaPart[];
  readonly default?: boolean;
  readonly convert?: boolean;
  readonly aggregate?: boolean;
  readonly spread?: boolean;
  readonly force?: boolean;
  readonly backup?: boolean;
  readonly confirm?: boolean;
  readonly sync: boolean;
  readonly now?: string;
  readonly lock?: boolean;
  readonly dialect?: Dialect;
}

export function applySchemaCommand(io: Io): Command {
  const command = new Command('apply-schema')
    .summary('make a tree look as its configuration says')
    .description(
      'Changes the files of a folder to what storage-schemas.conf and storage-aggregation.conf of carbon or go-carbon ' +
        'say: retentions, aggregation method, xFilesFactor. History is kept as sotto resize keeps it. The first section ' +
        'whose pattern is found in the name of a metric decides; files of no section are left as they are.',
    )
    .usage('[options] --schemas FILE [--aggregation FILE] DIR...')
    .argument('<paths...>', 'the folders of files; names of metrics are counted from them')
    .option('--schemas <file>', 'storage-schemas.conf')
    .option('--aggregation <file>', 'storage-aggregation.conf')
    .option('--root <dir>', 'count names of metrics from this folder, for one below it or for single files')
    .addOption(
      new Option('--only <parts>', `change only these: of ${schemaParts.join(', ')}`).argParser(readParts),
    )
    .option('--default', "give files of no section carbon's default, 60s:7d")
    .option('--convert', 'change the format too, where a section says compressed = true or false')
    .option('--aggregate', 'make coarser values anew of finer ones wherever those are there')
    .option('--spread', 'put coarse values into finer archives that have nothing for their time')
    .option('--force', 'also where the new archives have a place for none of the points')
    .option('--backup', 'keep each old file beside the new one, with .bak after its name')
    .option('--confirm', 'tell what would be changed, and ask before it is')
    .option('--no-sync', 'do not wait until each new file is on the disk')
    .addOption(
      new Option('--now <time>', 'archives reach back from this time (default: that of the newest point)'),
    )
    .addOption(lockOption())
    .addOption(dialectOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto apply-schema --schemas storage-schemas.conf --dry-run whisper\n' +
        '  sotto apply-schema --schemas storage-schemas.conf \\\n' +
        '    --aggregation storage-aggregation.conf --jobs 4 --confirm whisper',
    )
    .action((paths: string[], given: Given) => run(paths, { ...given, recursive: true }, io));
  return addTreeOptions(command);
}

function readParts(text: string): SchemaPart[] {
  const parts = text.split(',').map((part) => part.trim());
  const known = parts.filter((part): part is SchemaPart => (schemaParts as readonly string[]).includes(part));
  if (known.length === parts.length) return known;
  throw new InvalidArgumentError(`It must be some of ${schemaParts.join(', ')}, with commas.`);
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const runs = paths.map((path) => ({ path, settings: settingsOf(path, given, io) }));
  for (const warning of rulesOf(runs[0]!.settings).warnings) io.err(`sotto: ${warning}\n`);
  for (const { path, settings } of runs) {
    const tasks = pathTasks([path], given, io);
    if (
      given.confirm === true &&
      given.dryRun !== true &&
      !(await isConfirmed(path, tasks, settings, given, io))
    )
      continue;
    await apply(tasks, settings, given, io);
  }
}

async function apply(
  tasks: readonly FileTask[],
  settings: ApplySettings,
  given: Given,
  io: Io,
): Promise<void> {
  const words = { done: 'changed', asIs: 'as they should be' };
  await runTree('apply-schema', tasks, settings, given, io, words, (_, applied) => describe(applied));
}

function settingsOf(path: string, given: Given, io: Io): ApplySettings {
  const { schemas, aggregation, only, fallback, ...rest } = { ...given, fallback: given.default };
  if (schemas === undefined && aggregation === undefined)
    throw badOption('neither --schemas nor --aggregation', 'one of them at least');
  if (given.root === undefined && !isFolder(path))
    throw badOption(`'${path}' is no folder`, 'a folder, or --root DIR to count the names of metrics from');
  const { convert, aggregate, spread, force, backup, dryRun, lock, dialect } = rest;
  return applySettings(given.root ?? path, {
    ...{
      schemas,
      aggregation,
      only,
      fallback,
      convert,
      aggregate,
      spread,
      force,
      backup,
      dryRun,
      lock,
      dialect,
    },
    durable: given.sync ? 'sync' : 'none',
    now: given.now === undefined || given.now === 'newest' ? undefined : parseTime(given.now, io.clock()),
    clock: io.clock,
  });
}

/** Tells what would be changed, and asks. */
async function isConfirmed(
  path: string,
  tasks: readonly FileTask[],
  settings: ApplySettings,
  given: Given,
  io: Io,
): Promise<boolean> {
  let changed = 0;
  await runMany(
    'apply-schema',
    tasks,
    { ...settings, dryRun: true },
    {
      jobs: Math.min(given.jobs ?? 1, Math.max(1, tasks.length)),
      onDone: ({ source }, applied) => {
        const { text, isChanged } = describe(applied);
        if (!isChanged) return;
        changed++;
        io.err(`${source}: ${text}\n`);
      },
    },
  );
  if (changed === 0) return true;
  const answer = await io.ask(`sotto: ${path}: change ${changed} ${plural(changed)}? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  io.err('sotto: nothing was changed\n');
  io.finish(1);
  return false;
}

function describe(applied: Applied): Told {
  const { metric, change, schema, aggregation, format, before, after, archives, lost } = applied;
  const record = { metric, schema, aggregation, format, change, before, after, archives, lost };
  if (change === 'unmatched')
    return { text: 'of no schema', isChanged: false, record, countedAs: 'of no schema' };
  const sections = [schema, aggregation].filter((name) => name !== undefined).map((name) => `[${name}]`);
  const parts = [
    ...(format === undefined ? [] : [`${format.before} -> ${format.after}`]),
    ...(before === undefined || after === undefined || change === 'none' || change === 'format'
      ? []
      : [describeResize({ change, before, after, archives, lost }).text]),
  ];
  return {
    text: `${sections.join(' ')} ${parts.join(', ') || 'as it should be'}`,
    isChanged: change !== 'none',
    record,
  };
}
