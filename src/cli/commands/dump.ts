import { Command, Option } from 'commander';
import { type Database, formatRetention } from '../../index.js';
import { type DumpedArchive, dumpArchives, pointsOnce } from '../../tools/dump.js';
import { archiveOption, dialectOption, type HandleArguments, lockOption, reading } from '../arguments.js';
import { compatOption, dumpAsPython, prettyOption, timeFormatOption } from '../compat.js';
import type { Io } from '../io.js';
import {
  csvField,
  formatOption,
  formatSingle,
  formatValue,
  jsonFormatOption,
  jsonValue,
  printLines,
  timeFormatter,
  timeOption,
} from '../output.js';

interface Given extends HandleArguments {
  readonly archive?: number;
  readonly slots?: boolean;
  readonly headerOnly?: boolean;
  readonly raw?: boolean;
  readonly format: 'text' | 'json' | 'csv';
  readonly json?: boolean;
  readonly time: string;
  readonly compat?: boolean;
  readonly pretty?: boolean;
  readonly timeFormat?: string;
}

export function dumpCommand(io: Io): Command {
  return new Command('dump')
    .summary('print everything a file holds')
    .description(
      'Prints the header and the points of every archive, oldest first; with --slots every slot as it lies in the ' +
        'file. With --raw it prints TIME:VALUE lines that update reads: each point once, the coarser archives only ' +
        'where no finer one reaches back.',
    )
    .usage('[options] PATH')
    .argument('<path>', 'the database')
    .addOption(archiveOption())
    .option('--slots', 'every slot in the order of the file, empty and stale ones too')
    .addOption(new Option('--header-only', 'only the header').conflicts(['slots', 'raw']))
    .addOption(new Option('-r, --raw', 'TIME:VALUE lines').conflicts(['slots', 'format', 'json', 'time']))
    .addOption(formatOption('text', 'json', 'csv'))
    .addOption(jsonFormatOption())
    .addOption(timeOption())
    .addOption(compatOption('whisper-dump', 'archive', 'slots', 'headerOnly', 'format', 'json', 'time'))
    .addOption(prettyOption())
    .addOption(timeFormatOption())
    .option('--force', 'read a file that was cut off; what is missing was never written')
    .addOption(dialectOption())
    .addOption(lockOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto dump cpu.wsp --archive 1\n  sotto dump cpu.wsp --slots --json\n' +
        '  sotto dump old.wsp --raw | sotto update new.wsp -',
    )
    .action((path: string, given: Given) => {
      if (given.compat === true) io.finish(dumpAsPython(path, given, io));
      else reading(path, given, io, (database) => printLines(io, dump(path, database, given, io.clock())));
    });
}

function dump(path: string, database: Database, given: Given, now: number): Iterable<string> {
  if (given.raw === true) return rawLines(database, given, now);
  if (given.json === true || given.format === 'json') {
    return [`${JSON.stringify(asRecord(path, database, given, now))}\n`];
  }
  return given.format === 'csv' ? csvLines(database, given, now) : textLines(path, database, given, now);
}

function dumped(database: Database, given: Given, now: number): DumpedArchive[] {
  return dumpArchives(database, given.archive, given.slots === true ? 'slots' : 'time', now);
}

function* rawLines(database: Database, given: Given, now: number): Generator<string> {
  const { timestamps, values } = pointsOnce(database, given.archive, now);
  for (const [i, timestamp] of timestamps.entries()) yield `${timestamp}:${formatValue(values[i]!)}\n`;
}

function asRecord(path: string, database: Database, given: Given, now: number): object {
  const { format, aggregation, xFilesFactor, maxRetention, fileSize, legacy } = database.info;
  return {
    path,
    format,
    aggregationMethod: aggregation,
    xFilesFactor,
    maxRetention,
    fileSize,
    legacy,
    archives: dumped(database, given, now).map(({ index, archive, timestamps, values }) => ({
      index,
      offset: archive.offset,
      secondsPerPoint: archive.step,
      points: archive.points,
      retention: archive.retention,
      ...(given.headerOnly === true
        ? {}
        : { [given.slots === true ? 'slots' : 'data']: pairs(timestamps, values) }),
    })),
  };
}

function pairs(timestamps: Float64Array, values: Float64Array): [number, number | string | null][] {
  return Array.from(timestamps, (timestamp, i) => [timestamp, jsonValue(values[i]!)]);
}

function* csvLines(database: Database, given: Given, now: number): Generator<string> {
  const time = timeFormatter(given.time);
  const isBySlot = given.slots === true;
  yield `archive,${isBySlot ? 'slot,' : ''}timestamp,value\n`;
  if (given.headerOnly === true) return;
  for (const { index, timestamps, values } of dumped(database, given, now)) {
    for (const [i, timestamp] of timestamps.entries()) {
      const slot = isBySlot ? `${i},` : '';
      yield `${index},${slot}${csvField(time(timestamp))},${formatValue(values[i]!)}\n`;
    }
  }
}

function* textLines(path: string, database: Database, given: Given, now: number): Generator<string> {
  const time = timeFormatter(given.time);
  const { aggregation, xFilesFactor, maxRetention, fileSize } = database.info;
  yield `path: ${path}\naggregationMethod: ${aggregation}\nxFilesFactor: ${formatSingle(xFilesFactor)}\n`;
  yield `maxRetention: ${maxRetention}\nfileSize: ${fileSize}\n`;
  for (const { index, archive, timestamps, values } of dumped(database, given, now)) {
    const { offset, points } = archive;
    yield `\nArchive ${index}: ${formatRetention(archive)}, ${points} points at byte ${offset}\n`;
    if (given.headerOnly === true) continue;
    for (const [i, timestamp] of timestamps.entries()) {
      yield `${given.slots === true ? `${i}: ` : ''}${time(timestamp)}\t${formatValue(values[i]!)}\n`;
    }
  }
}
