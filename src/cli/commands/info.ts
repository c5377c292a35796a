import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Database } from '../../database/database.js';
import {
  type CompressedArchiveDescription,
  type CompressedInfo,
  type CurrentBlockDescription,
  mixOf,
  retentionsOf,
  type StoredPoint,
} from '../../database/info.js';
import type { BlockRange } from '../../format/block-range.js';
import { formatRetention } from '../../format/retention.js';
import { dumpArchives } from '../../tools/dump.js';
import { dialectOption, type HandleArguments, jsonOption, lockOption, readingEach } from '../arguments.js';
import { infoAsPython } from '../compat.js';
import type { ExitCode, Io } from '../io.js';
import { formatSingle, json, jsonValue } from '../output.js';

interface Given extends HandleArguments {
  readonly json?: boolean;
  readonly compat?: boolean;
}

export function infoCommand(io: Io): Command {
  return new Command('info')
    .summary('print what a file says of itself')
    .description(
      'Prints the header of a database, and for each archive its oldest and newest point and how many it holds; of a ' +
        'compressed one also how its blocks stand, of which --json tells each.',
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
  // Python takes any second word for a field; here it may also be a file whose name was misspelt.
  const isName = given.compat === true || /^[A-Za-z]+$/.test(last);
  const isField = words.length > 1 && isName && !existsSync(last);
  const paths = isField ? words.slice(0, -1) : words;
  const field = isField ? last : undefined;
  if (given.compat === true) return infoAsPython(paths, field, given, io);
  const records = readingEach(paths, given, io, (database, path) => describe(path, database, io.clock()));
  if (records.length === 0) return 0;
  const areSeveral = paths.length > 1;
  const asJson = given.json === true;
  if (field !== undefined) return printField(field, records, areSeveral, asJson, io);
  io.out(asJson ? json(areSeveral ? records : records[0]) : records.map(asText).join('\n'));
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
  /** How many of them lie after now, where no fetch sees them yet. */
  readonly future?: number;
}

/** What an archive of a compressed file has beside. */
interface CompressedArchiveRecord extends ArchiveRecord {
  /** The name of its method; only below the base of a mix file. */
  readonly spec?: string;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly pointSize: number;
  readonly current: object;
  readonly ranges: readonly BlockRange[];
  readonly bufferSize: number;
  readonly buffered: number;
  readonly discarded: number;
  readonly growths: number;
}

interface InfoRecord {
  readonly path: string;
  readonly format: string;
  /** Only of compressed files, as `mix` (names of the methods of a mix file) up to `isChecksumRight` below. */
  readonly version?: number;
  readonly aggregationMethod: string;
  readonly mix?: readonly string[];
  readonly xFilesFactor: number;
  readonly maxRetention: number;
  readonly retentions: string;
  readonly fileSize: number;
  readonly legacy: boolean;
  readonly lastUpdate?: number;
  readonly pointsPerBlock?: number;
  readonly pointSize?: number;
  readonly metadataSize?: number;
  readonly checksum?: number;
  readonly isChecksumRight?: boolean;
  readonly archives: readonly ArchiveRecord[];
  readonly warnings: readonly string[];
}

function describe(path: string, database: Database, now: number): InfoRecord {
  const { info } = database;
  const { format, aggregation, xFilesFactor, maxRetention, fileSize, legacy, warnings } = info;
  const archives = dumpArchives(database, undefined, 'time', now).map(({ index, archive, timestamps }) => ({
    offset: archive.offset,
    secondsPerPoint: archive.step,
    points: archive.points,
    retention: archive.retention,
    size: archive.size,
    first: timestamps[0] ?? null,
    last: timestamps.at(-1) ?? null,
    known: timestamps.length,
    ...futureOf(timestamps, now),
    ...(info.format === 'compressed' ? blocksOf(info.archives[index]!) : {}),
  }));
  return {
    path,
    format,
    ...(info.format === 'compressed' ? { version: info.version } : {}),
    aggregationMethod: aggregation,
    ...(aggregation === 'mix' ? { mix: mixOf(info) } : {}),
    xFilesFactor,
    maxRetention,
    retentions: retentionsOf(info).map(formatRetention).join(','),
    fileSize,
    legacy,
    ...('lastUpdate' in info ? { lastUpdate: info.lastUpdate } : {}),
    ...(info.format === 'compressed' ? metadataOf(info) : {}),
    archives,
    warnings,
  };
}

function metadataOf({ pointsPerBlock, pointSize, metadataSize, checksum, isChecksumRight }: CompressedInfo) {
  return { pointsPerBlock, pointSize, metadataSize, checksum, isChecksumRight };
}

function blocksOf(archive: CompressedArchiveDescription): Omit<CompressedArchiveRecord, keyof ArchiveRecord> {
  const {
    spec,
    blockSize,
    blockCount,
    pointSize,
    current,
    ranges,
    bufferSize,
    buffered,
    discarded,
    growths,
  } = archive;
  const printable = (point: StoredPoint) => ({ ...point, value: jsonValue(point.value) });
  const { first, latest, previous } = current;
  return {
    ...(spec === undefined ? {} : { spec: spec.name }),
    blockSize,
    blockCount,
    pointSize,
    current: {
      ...current,
      first: printable(first),
      latest: printable(latest),
      previous: printable(previous),
    },
    ranges,
    bufferSize,
    buffered,
    discarded,
    growths,
  };
}

function futureOf(timestamps: Float64Array, now: number): { future?: number } {
  const future = timestamps.filter((timestamp) => timestamp > now).length;
  return future === 0 ? {} : { future };
}

function asText({ archives, warnings: _, ...header }: InfoRecord): string {
  const lines = (record: object) =>
    Object.entries(record).map(([key, value]) => `${key}: ${textOf(key, value)}\n`);
  const blocks = archives.map((archive, i) => `\nArchive ${i}\n${lines(archive).join('')}`);
  return lines(header).join('') + blocks.join('');
}

function textOf(key: string, value: unknown): string {
  switch (key) {
    case 'xFilesFactor':
    case 'pointSize':
      return formatSingle(value as number);
    case 'checksum':
      return (value as number).toString(16).padStart(8, '0');
    case 'mix':
      return (value as readonly string[]).join(',');
    case 'current':
      return describeCurrent(value as CurrentBlockDescription);
    case 'ranges':
      return describeRanges(value as readonly BlockRange[]);
    default:
      return value === null ? 'none' : String(value);
  }
}

function describeCurrent({
  index,
  first,
  latest,
  count,
  lastByteOffset,
  bitPosition,
}: CurrentBlockDescription) {
  const place = `next at byte ${lastByteOffset} bit ${bitPosition}`;
  if (first.timestamp === 0) return `block ${index}, empty, ${place}`;
  // The stored count leaves the first point out.
  return `block ${index}, ${count + 1} points from ${first.timestamp} to ${latest.timestamp}, ${place}`;
}

function describeRanges(ranges: readonly BlockRange[]): string {
  const used = ranges.filter(({ start }) => start !== 0);
  return `${used.length} of ${ranges.length} blocks in use`;
}

function printField(
  field: string,
  records: readonly InfoRecord[],
  areSeveral: boolean,
  asJson: boolean,
  io: Io,
): ExitCode {
  const without = records.find((record) => !Object.hasOwn(record, field));
  if (without !== undefined) {
    const fields = Object.keys(without).join(', ');
    io.err(`sotto: ${without.path}: unknown field '${field}'; fields are ${fields}\n`);
    return 1;
  }
  const found = records.map((record) => {
    return { path: record.path, value: (record as unknown as { readonly [key: string]: unknown })[field] };
  });
  if (asJson) {
    io.out(json(areSeveral ? found.map(({ path, value }) => ({ path, [field]: value })) : found[0]?.value));
    return 0;
  }
  for (const { path, value } of found) {
    const text = typeof value === 'object' ? json(value) : `${textOf(field, value)}\n`;
    io.out((areSeveral ? `${path}\t` : '') + text);
  }
  return 0;
}
