import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { type Database, formatRetention } from '../../index.js';
import { dumpArchives } from '../../tools/dump.js';
import { dialectOption, type HandleArguments, jsonOption, lockOption, reading } from '../arguments.js';
import { infoAsPython } from '../compat.js';
import type { ExitCode, Io } from '../io.js';
import { formatSingle, json } from '../output.js';

interface Given extends HandleArguments {
  readonly json?: boolean;
  readonly compat?: boolean;
}

export function infoCommand(io: Io): Command {
  return new Command('info')
    .summary('print what a file says of itself')
    .description(
      'Prints the header of a database, and for each archive its oldest and newest point and how many it holds.',
    )
    .usage('[options] PATH... [FIELD]')
    .argument('<paths...>', 'the databases; a last word that is no file is a field to print alone')
    .addOption(jsonOption())
    .option('--compat', 'print exactly what whisper-info prints')
    .option('--force', 'read a file that was cut off')
    .addOption(dialectOption())
    .addOption(lockOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto info cpu.wsp\n  sotto info cpu.wsp xFilesFactor\n  sotto info *.wsp --json',
    )
    .action((words: string[], given: Given) => io.finish(printInfo(words, given, io)));
}

function printInfo(words: readonly string[], given: Given, io: Io): ExitCode {
  const last = words.at(-1)!;
  const isField = words.length > 1 && /^[A-Za-z]+$/.test(last) && !existsSync(last);
  const paths = isField ? words.slice(0, -1) : words;
  const field = isField ? last : undefined;
  if (given.compat === true) return infoAsPython(paths, field, given, io);
  const records = paths.map((path) => reading(path, given, io, (database) => describe(path, database)));
  if (field !== undefined) return printField(field, records, given, io);
  if (given.json === true) io.out(json(records.length === 1 ? records[0] : records));
  else io.out(records.map(asText).join('\n'));
  return 0;
}

interface ArchiveRecord {
  readonly offset: number;
  readonly secondsPerPoint: number;
  readonly points: number;
  readonly retention: number;
  readonly size: number;
  /** Timestamps of the oldest and newest point; null if there are none. */
  readonly first: number | null;
  readonly last: number | null;
  readonly known: number;
}

interface InfoRecord {
  readonly path: string;
  readonly format: string;
  readonly aggregationMethod: string;
  readonly xFilesFactor: number;
  readonly maxRetention: number;
  readonly retentions: string;
  readonly fileSize: number;
  readonly legacy: boolean;
  readonly lastUpdate?: number;
  readonly archives: readonly ArchiveRecord[];
  readonly warnings: readonly string[];
}

function describe(path: string, database: Database): InfoRecord {
  const {
    format,
    aggregation,
    xFilesFactor,
    maxRetention,
    fileSize,
    legacy,
    lastUpdate,
    archives,
    warnings,
  } = database.info;
  return {
    path,
    format,
    aggregationMethod: aggregation,
    xFilesFactor,
    maxRetention,
    retentions: archives.map(formatRetention).join(','),
    fileSize,
    legacy,
    ...(lastUpdate === undefined ? {} : { lastUpdate }),
    archives: dumpArchives(database, undefined, 'time').map(({ archive, timestamps }) => ({
      offset: archive.offset,
      secondsPerPoint: archive.step,
      points: archive.points,
      retention: archive.retention,
      size: archive.size,
      first: timestamps[0] ?? null,
      last: timestamps.at(-1) ?? null,
      known: timestamps.length,
    })),
    warnings,
  };
}

function asText({ archives, warnings: _, ...header }: InfoRecord): string {
  const lines = (record: object) =>
    Object.entries(record).map(([key, value]) => `${key}: ${textOf(key, value)}\n`);
  const blocks = archives.map((archive, i) => `\nArchive ${i}\n${lines(archive).join('')}`);
  return lines(header).join('') + blocks.join('');
}

function textOf(key: string, value: unknown): string {
  if (key === 'xFilesFactor') return formatSingle(value as number);
  return value === null ? 'none' : String(value);
}

function printField(field: string, records: readonly InfoRecord[], given: Given, io: Io): ExitCode {
  for (const record of records) {
    const value = (record as unknown as { readonly [key: string]: unknown })[field];
    if (value === undefined) {
      io.err(`sotto: unknown field '${field}'; fields are ${Object.keys(record).join(', ')}\n`);
      return 1;
    }
    io.out(given.json === true || typeof value === 'object' ? json(value) : `${textOf(field, value)}\n`);
  }
  return 0;
}
