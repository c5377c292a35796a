import { Command, Option } from 'commander';
import { type Database, open, WhisperError } from '../../index.js';
import {
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  nowOption,
  timeOf,
  wholeNumber,
} from '../arguments.js';
import type { Io } from '../io.js';
import { json } from '../output.js';
import { parseTime } from '../time.js';

interface Given extends HandleArguments {
  readonly from: string;
  readonly until: string;
  readonly archive?: number;
  readonly now?: string;
  readonly dryRun?: boolean;
  readonly durable?: boolean;
  readonly journal?: boolean;
  readonly json?: boolean;
}

export function eraseCommand(io: Io): Command {
  return new Command('erase')
    .summary('take the points of a range out')
    .description(
      'Takes the points after --from up to --until out of a database, from every archive: what sotto fetch shows of ' +
        'the range in the finest one, and in the others the values of intervals that lie in it as a whole. Of an ' +
        'interval of which only a part does, the value is made anew of the finer points, where these reach back so far.',
    )
    .usage('[options] --from T --until T PATH')
    .argument('<path>', 'the database')
    .requiredOption('--from <time>', 'begin after this time')
    .requiredOption('--until <time>', 'end with this time')
    .addOption(
      new Option('--archive <n>', 'in this one alone, where nothing is made anew; 0 is the finest').argParser(
        wholeNumber(0),
      ),
    )
    .option('--dry-run', 'only tell how many points would go')
    .addOption(nowOption())
    .option('--durable', 'return once that is on the disk')
    .option('--journal', 'the same, and after a crash all of it is done or nothing')
    .addOption(lockOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto erase cpu.wsp --from 2023-11-14T20:00 --until 2023-11-14T21:00 --dry-run\n' +
        '  sotto erase cpu.wsp --from now-10m --until now\n  sotto erase cpu.wsp --archive 1 --from -7d --until -6d',
    )
    .action((path: string, given: Given) => {
      const { dialect, lock, dryRun = false } = given;
      const durable = given.journal === true ? 'journal' : given.durable;
      using database = open(path, { readOnly: dryRun, dialect, lock, durable });
      const erased = eraseIn(database, given, io);
      const points = erased === 1 ? 'point' : 'points';
      if (given.json === true) io.out(json({ path, erased, dryRun }));
      else io.out(`${path}: ${erased} ${points} ${dryRun ? 'would be erased' : 'erased'}\n`);
    });
}

/** Returns how many points went, or would go. */
function eraseIn(database: Database, given: Given, io: Io): number {
  const now = timeOf(given.now, io, database);
  const [from, until] = [parseTime(given.from, now), parseTime(given.until, now)];
  const options = { now, archive: given.archive };
  if (given.dryRun !== true) return database.erase(from, until, options).erased;
  // On a copy in memory, which tells of damage as well.
  using copy = open(database.toBytes(), { dialect: given.dialect });
  try {
    return copy.erase(from, until, options).erased;
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    const { code, found, expected, cause } = error;
    throw new WhisperError(code, { path: database.path, found, expected, cause });
  }
}
