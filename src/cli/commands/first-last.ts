import { Command } from 'commander';
import { endPoint } from '../../tools/dump.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  readingEach,
} from '../arguments.js';
import type { Io } from '../io.js';
import { formatValue, json, jsonValue, timeFormatter, timeOption } from '../output.js';

interface Given extends HandleArguments {
  readonly archive?: number;
  readonly json?: boolean;
  readonly time: string;
}

export function firstCommand(io: Io): Command {
  return endCommand('first', 'oldest', io);
}

export function lastCommand(io: Io): Command {
  return endCommand('last', 'newest', io);
}

function endCommand(end: 'first' | 'last', which: string, io: Io): Command {
  return new Command(end)
    .summary(`print the ${which} point`)
    .description(`Prints the time and the value of the ${which} point: of all archives, or of one.`)
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases')
    .addOption(archiveOption())
    .addOption(jsonOption())
    .addOption(timeOption())
    .option('--force', 'read a file that was cut off')
    .addOption(dialectOption())
    .addOption(lockOption())
    .addHelpText('after', `\nExamples:\n  sotto ${end} cpu.wsp\n  sotto ${end} --archive 1 --time iso *.wsp`)
    .action((paths: string[], given: Given) => printEnds(end, paths, given, io));
}

function printEnds(end: 'first' | 'last', paths: readonly string[], given: Given, io: Io): void {
  const found = readingEach(paths, given, io, (database, path) => {
    return { path, point: endPoint(database, end, given.archive, io.clock()) };
  });
  const time = timeFormatter(given.time);
  const records = found.flatMap(({ path, point }) => (point === undefined ? [] : [{ path, ...point }]));
  if (given.json === true) {
    const printable = records.map((record) => ({ ...record, value: jsonValue(record.value) }));
    if (printable.length > 0) io.out(json(paths.length === 1 ? printable[0] : printable));
  } else {
    const prefix = (path: string) => (paths.length === 1 ? '' : `${path}\t`);
    for (const { path, timestamp, value } of records) {
      io.out(`${prefix(path)}${time(timestamp)}\t${formatValue(value)}\n`);
    }
  }
  for (const { path, point } of found) {
    if (point !== undefined) continue;
    io.err(`sotto: ${path}: no points\n`);
    io.finish(1);
  }
}
