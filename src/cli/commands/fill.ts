import { Command } from 'commander';
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
  readonly zeroesAreGaps?: boolean;
  readonly rollUp?: boolean;
  readonly create?: boolean;
}

export function fillCommand(io: Io): Command {
  const command = new Command('fill')
    .summary('fill the gaps of a file from another one')
    .description(
      'Fills the gaps of a database from another one, archive by archive of the same step; either may be of either ' +
        'format, and their retentions may differ. Only what is missing is taken, single points and those at the end ' +
        'too; a value that is there never changes. Coarse values never go into finer archives, and nothing is rolled ' +
        'up unless --roll-up asks for it.',
    )
    .usage('[options] SOURCE TARGET')
    .argument('<source>', 'the database to take points from, or with --recursive a folder of them')
    .argument('<target>', 'the one with the gaps, or a folder with the same tree')
    .option('--zeroes-are-gaps', 'take a 0 for a gap where the source has another value')
    .option('--roll-up', 'make coarser values of the finer points that came, where there are none still')
    .option('--create', 'make what is not there in the target, with archives and settings of the source');
  return addChangeOptions(addRangeOfChange(command))
    .addHelpText(
      'after',
      '\nExamples:\n  sotto fill replica/cpu.wsp cpu.wsp --dry-run\n  sotto fill replica/cpu.wsp cpu.wsp --from -2d --roll-up\n' +
        '  sotto fill --recursive --jobs 4 /mnt/replica/whisper /var/lib/graphite/whisper',
    )
    .action((source: string, target: string, given: Given) => run(source, target, given, io));
}

async function run(source: string, target: string, given: Given, io: Io): Promise<void> {
  const { zeroesAreGaps, rollUp, create, dryRun = false } = given;
  const range = rangeOfChange(given, given, io);
  const options = { ...changeOptions(given, io), ...range, zeroesAreGaps, rollUp, create };
  const tasks = mergeTasks(source, target, given, io);
  await runTree('fill', tasks, options, given, io, { done: 'filled' }, (_, outcome) => {
    const { filled, rolledUp, isNew = false } = outcome;
    const archives = filled.map((count, index) => ({ filled: count, rolledUp: rolledUp?.[index] ?? 0 }));
    const counts = describeCounts(
      archives,
      [
        ['filled', 'filled'],
        ['rolledUp', 'rolled up'],
      ],
      dryRun,
    );
    const made = isNew ? [dryRun ? 'would be created' : 'created'] : [];
    const text = [...made, counts ?? (isNew ? 'no points' : 'no gaps to fill')].join(', ');
    const isChanged = isNew || counts !== undefined;
    return { text, isChanged, record: { dryRun, isNew, isChanged, archives } };
  });
}
