import { Command, Option } from 'commander';
import {
  addChangeOptions,
  addRangeOfChange,
  type ChangeArguments,
  changeOptions,
  describeCounts,
  type RangeOfChange,
  rangeOfChange,
} from '../changes.js';
import type { Io } from '../io.js';
import { mergeTasks } from '../pairs.js';
import { runTree } from '../tree.js';

interface Given extends ChangeArguments, RangeOfChange {
  readonly prefer?: 'source' | 'target';
  readonly create?: boolean;
}

export function mergeCommand(io: Io): Command {
  const command = new Command('merge')
    .summary('bring the points of one file into another')
    .description(
      'Brings the points of a database into another one with the same archives, archive by archive; either may be of ' +
        'either format. Where both have a value the source’s counts. What comes into a finer archive is rolled up into ' +
        'the coarser ones, by the settings of the target, and there the source’s own values come on top. Coarse values ' +
        'never go into finer archives, and values of the target that the source lacks stay.',
    )
    .usage('[options] SOURCE TARGET')
    .argument('<source>', 'the database to take points from, or with --recursive a folder of them')
    .argument('<target>', 'the one to bring them into, or a folder with the same tree')
    .addOption(
      new Option('--prefer <which>', 'whose value counts where both have one (default: source)').choices([
        'source',
        'target',
      ]),
    )
    .option('--create', 'make what is not there in the target, with archives and settings of the source');
  return addChangeOptions(addRangeOfChange(command))
    .addHelpText(
      'after',
      '\nExamples:\n  sotto merge replica/cpu.wsp cpu.wsp --dry-run\n' +
        '  sotto merge replica/cpu.wsp cpu.wsp --from -7d --prefer target --backup\n' +
        '  sotto merge --recursive --jobs 4 --create /mnt/replica/whisper whisper',
    )
    .action((source: string, target: string, given: Given) => run(source, target, given, io));
}

async function run(source: string, target: string, given: Given, io: Io): Promise<void> {
  const { prefer, create, dryRun = false } = given;
  const options = { ...changeOptions(given, io), ...rangeOfChange(given, given, io), prefer, create };
  const tasks = mergeTasks(source, target, given, io);
  await runTree('merge', tasks, options, given, io, { done: 'merged' }, (_, merged) => {
    const { archives, isNew, isChanged } = merged;
    const counts = describeCounts(
      archives,
      [
        ['added', 'added'],
        ['replaced', 'replaced'],
        ['rolledUp', 'rolled up'],
      ],
      dryRun,
    );
    const made = isNew ? [dryRun ? 'would be created' : 'created'] : [];
    const text = [...made, counts ?? (isNew ? 'no points' : 'nothing to merge')].join(', ');
    return { text, isChanged, record: { dryRun, isNew, isChanged, archives } };
  });
}
