import { Command, Option } from 'commander';
import type { Explanation } from '../../index.js';
import { checkWhole, explainIn } from '../../tools/explain/explain.js';
import { parseTime } from '../../tools/time-text.js';
import {
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  nowOption,
  readingEach,
  timeOf,
} from '../arguments.js';
import { explanationLines } from '../explain-lines.js';
import type { Io } from '../io.js';
import { timeFormatter, timeOption } from '../output.js';

interface Given extends HandleArguments {
  readonly at: string;
  readonly spec?: string;
  readonly now?: string;
  readonly time: string;
  readonly json?: boolean;
}

export function explainCommand(io: Io): Command {
  return new Command('explain')
    .summary('tell why there is a value at a time, or none')
    .description(
      'Tells why a database has a value at a time, or none: which archive answers, which slot or block the value ' +
        'stands in and what that holds, and how many of the finer points are known of how many the xFilesFactor needs. ' +
        'The answer comes first, then what it rests on, archive by archive. Nothing is changed.',
    )
    .usage('[options] --at T PATH...')
    .argument('<paths...>', 'the databases')
    .requiredOption('--at <time>', 'the time to explain, such as 2023-11-14T22:13 or -2d')
    .addOption(
      new Option('--spec <method>', 'of a mix file: ask the archives of this method, such as max or p95'),
    )
    .addOption(nowOption())
    .addOption(timeOption().default('iso'))
    .addOption(dialectOption())
    .addOption(lockOption())
    .option('--force', 'explain files that were cut off, too')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto explain cpu.wsp --at -2d\n  sotto explain cpu.wsp --at 2023-11-14T20:00 --json\n' +
        '  sotto explain web*/cpu.wsp --at now-1h --time local',
    )
    .action((paths: string[], given: Given) => {
      const { dialect = 'python', spec } = given;
      // Damaged blocks are just what needs explaining.
      const explanations = readingEach(paths, { ...given, force: true }, io, (database) => {
        if (given.force !== true) checkWhole(database);
        const now = timeOf(given.now, io, database);
        return explainIn(database, parseTime(given.at, now), now, dialect, spec);
      });
      if (explanations.length === 0) return;
      if (given.json === true) io.out(asJson(paths.length === 1 ? explanations[0]! : explanations));
      else {
        const time = timeFormatter(given.time);
        const texts = explanations.map(
          (explanation) => `${explanationLines(explanation, time).join('\n')}\n`,
        );
        io.out(texts.join('\n'));
      }
    });
}

/** The numbers that JSON has not are text. */
function asJson(explanations: Explanation | readonly Explanation[]): string {
  const value = (_: string, field: unknown) =>
    typeof field === 'number' && !Number.isFinite(field) ? String(field) : field;
  return `${JSON.stringify(explanations, value, 2)}\n`;
}
