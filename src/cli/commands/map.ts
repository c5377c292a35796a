import { Command, Option } from 'commander';
import { parseExpression } from '../../tools/map/expression.js';
import { wholeNumber } from '../arguments.js';
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
import { pathTasks, runTree } from '../tree.js';

interface Given extends ChangeArguments, RangeOfChange {
  readonly expr: string;
  readonly archive?: number;
  readonly recompute?: boolean;
}

export function mapCommand(io: Io): Command {
  const command = new Command('map')
    .summary('change values by an expression')
    .description(
      'Puts an expression in the place of each value, in every archive, also of points that wait in buffers. In it v is ' +
        'the value and t its time in Unix seconds; there are + - * / % **, comparisons, && || !, a ? b : c, min max ' +
        'clamp abs sign round floor ceil trunc sqrt exp log log2 log10 isnan, pi, e, nan, inf, and null, which takes ' +
        'the point out.',
    )
    .usage('[options] --expr EXPRESSION PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .requiredOption('-e, --expr <expression>', "what each value becomes, such as 'v * 1024'")
    .addOption(
      new Option('--archive <n>', 'of this archive alone; 0 is the finest').argParser(wholeNumber(0)),
    )
    .option('--recompute', 'make coarser values anew of the finer ones, where these reach, instead');
  return addChangeOptions(addRangeOfChange(command))
    .addHelpText(
      'after',
      "\nExamples:\n  sotto map memory.wsp --expr 'v * 1024' --dry-run\n" +
        "  sotto map room.wsp --expr 'v > 100 ? null : v' --recompute --backup\n" +
        "  sotto map --recursive --jobs 4 servers --expr 'max(v, 0)' --from -7d",
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const { expr, archive, recompute, dryRun = false } = given;
  // Read once before the files, so that a mistake in it is told once.
  parseExpression(expr);
  const range = rangeOfChange(given, given, io);
  const options = { ...changeOptions(given, io), ...range, archive, recompute, expression: expr };
  const tasks = pathTasks(paths, given, io);
  await runTree(
    'map',
    tasks,
    options,
    given,
    io,
    {
      done: 'changed',
      stopped: 'the files that were told of are changed, and would be once more by the same command',
    },
    (_, { archives, isChanged }) => {
      const counts = describeCounts(
        archives,
        [
          ['changed', 'changed'],
          ['removed', 'taken out'],
        ],
        dryRun,
      );
      return { text: counts ?? 'no value changes', isChanged, record: { dryRun, isChanged, archives } };
    },
  );
}
