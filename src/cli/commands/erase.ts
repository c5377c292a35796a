import { Command, Option } from 'commander';
import type { ToldTime } from '../../tools/change/file-work.js';
import { dialectOption, lockOption, nowOption, wholeNumber } from '../arguments.js';
import { type ChangeArguments, changeOptions, rangeOfChange } from '../changes.js';
import type { Io } from '../io.js';
import { json } from '../output.js';
import { addTreeOptions, pathTasks, runTree } from '../tree.js';

interface Given extends ChangeArguments {
  readonly from: string;
  readonly until: string;
  readonly archive?: number;
  readonly durable?: boolean;
  readonly journal?: boolean;
}

export function eraseCommand(io: Io): Command {
  const command = new Command('erase')
    .summary('take the points of a range out')
    .description(
      'Takes the points after --from up to --until out of a database, from every archive: what sotto fetch shows of ' +
        'the range in the finest one, and in the others the values of intervals that lie in it as a whole. Of an ' +
        'interval of which only a part does, the value is made anew of the finer points, where these reach back so far.',
    )
    .usage('[options] --from T --until T PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .requiredOption('--from <time>', 'begin after this time')
    .requiredOption('--until <time>', 'end with this time')
    .addOption(
      new Option('--archive <n>', 'in this one alone, where nothing is made anew; 0 is the finest').argParser(
        wholeNumber(0),
      ),
    );
  return addTreeOptions(command)
    .addOption(nowOption())
    .option('--durable', 'return once that is on the disk')
    .option('--journal', 'the same, and after a crash all of it is done or nothing')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto erase cpu.wsp --from 2023-11-14T20:00 --until 2023-11-14T21:00 --dry-run\n' +
        '  sotto erase cpu.wsp --from now-10m --until now\n  sotto erase cpu.wsp --archive 1 --from -7d --until -6d\n' +
        '  sotto erase --recursive --jobs 4 servers --from -2h --until -1h',
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const { archive, journal, durable, dryRun = false, recursive, json: isJson } = given;
  const { backup: _, durable: __, ...change } = changeOptions(given, io);
  const range = rangeOfChange(given, given, io) as { readonly from: ToldTime; readonly until: ToldTime };
  const options = {
    ...change,
    ...range,
    archive,
    durable: journal === true ? ('journal' as const) : durable,
  };
  const tasks = pathTasks(paths, given, io);
  const [lone] = tasks;
  if (isJson === true && recursive !== true && tasks.length === 1 && lone !== undefined) {
    const { eraseFile } = await import('../../tools/change/file-work.js');
    io.out(json({ path: lone.source, ...eraseFile(lone, options), dryRun }));
    return;
  }
  await runTree('erase', tasks, options, given, io, { done: 'changed' }, (_task, { erased }) => {
    const points = erased === 1 ? 'point' : 'points';
    const text = `${erased} ${points} ${dryRun ? 'would be erased' : 'erased'}`;
    return { text, isChanged: erased > 0, record: { erased, dryRun } };
  });
}
