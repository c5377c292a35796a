import { Command, Option } from 'commander';
import { type Database, formatRetention } from '../../index.js';
import { type DumpedArchive, dumpArchives, pointsOnce } from '../../tools/dump.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  reading,
} from '../arguments.js';
import { dumpAsPython } from '../compat.js';
import type { Io } from '../io.js';
import { formatOption, formatSingle, formatValue, jsonValue, timeFormatter, timeOption } from '../output.js';

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
    .argument('<path>', 'the database')
    .addOption(archiveOption())
    .option('--slots', 'every slot in the order of the file, empty and stale ones too')
    .option('--header-only', 'only the header')
    .option('-r, --raw', 'TIME:VALUE lines')
    .addOption(formatOption('text', 'json', 'csv'))
    .addOption(jsonOption())
    .addOption(timeOption())
    .option('--compat', 'print exactly what whisper-dump prints')
    .addOption(new Option('--pretty', 'with --compat: times in words').implies({ compat: true }))
    .addOption(
      new Option('-t, --time-format <format>', 'with --compat --pretty: strftime format, local time'),
    )
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
      else reading(path, given, io, (database) => io.out(dump(path, database, given)));
    });
}

function dump(path: string, database: Database, given: Given): string {
  if (given.raw === true) return rawLines(database, given);
  if (given.json === true || given.format === 'json')
    return `${JSON.stringify(asRecord(path, database, given))}\n`;
  return given.format === 'csv' ? csvLines(database, given) : textLines(path, database, given);
}

function dumped(database: Database, given: Given): DumpedArchive[] {
  return dumpArchives(database, given.archive, given.slots === true ? 'slots' : 'time');
}

function rawLines(database: Database, given: Given): string {
  const { timestamps, values } = pointsOnce(database, given.archive);
  return Array.from(timestamps, (timestamp, i) => `${timestamp}:${formatValue(values[i]!)}\n`).join('');
}

function asRecord(path: string, database: Database, given: Given): object {
  const { format, aggregation, xFilesFactor, maxRetention, fileSize, legacy } = database.info;
  return {
    path,
    format,
    aggregationMethod: aggregation,
    xFilesFactor,
    maxRetention,
    fileSize,
    legacy,
    archives: dumped(database, given).map(({ index, archive, timestamps, values }) => ({
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

function csvLines(database: Database, given: Given): string {
  const time = timeFormatter(given.time);
  const isBySlot = given.slots === true;
  const lines = dumped(database, given).map(({ index, timestamps, values }) => {
    return Array.from(timestamps, (timestamp, slot) => {
      return `${index},${isBySlot ? `${slot},` : ''}${time(timestamp)},${formatValue(values[slot]!)}\n`;
    }).join('');
  });
  return `archive,${isBySlot ? 'slot,' : ''}timestamp,value\n${lines.join('')}`;
}

function textLines(path: string, database: Database, given: Given): string {
  const time = timeFormatter(given.time);
  const { aggregation, xFilesFactor, maxRetention, fileSize } = database.info;
  const header =
    `path: ${path}\naggregationMethod: ${aggregation}\nxFilesFactor: ${formatSingle(xFilesFactor)}\n` +
    `maxRetention: ${maxRetention}\nfileSize: ${fileSize}\n`;
  const archives = dumped(database, given).map(({ index, archive, timestamps, values }) => {
    const lines = Array.from(timestamps, (timestamp, slot) => {
      return `${given.slots === true ? `${slot}: ` : ''}${time(timestamp)}\t${formatValue(values[slot]!)}\n`;
    });
    const { offset, points } = archive;
    const heading = `\nArchive ${index}: ${formatRetention(archive)}, ${points} points at byte ${offset}\n`;
    return heading + (given.headerOnly === true ? '' : lines.join(''));
  });
  return header + archives.join('');
}
