import { Command, Option } from 'commander';
import type { Database } from '../../database/database.js';
import {
  type ArchiveDescription,
  type CompressedArchiveDescription,
  mixOf,
  type StoredPoint,
} from '../../database/info.js';
import { formatRetention } from '../../format/retention.js';
import {
  type DumpedArchive,
  dumpArchives,
  pointsOnce,
  type SelectedArchive,
  selectArchives,
} from '../../tools/dump.js';
import { jsonNumber } from '../../tools/export/text.js';
import { type ExactArchive, exactDump } from '../../tools/restore/exact-dump.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  lockOption,
  reading,
  wholeNumber,
} from '../arguments.js';
import { compatOption, dumpAsPython, prettyOption, timeFormatOption } from '../compat.js';
import { blockRecord, blocksCsv, blocksText, printBits } from '../dump-blocks.js';
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
  readonly blocks?: boolean;
  readonly bits?: boolean;
  readonly block?: number;
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
        'file. Of a compressed file --blocks shows the blocks and how they stand, and --bits the bits of one block and ' +
        'what they mean. With --raw it prints TIME:VALUE lines that update reads: each point once, the coarser archives only ' +
        'where no finer one reaches back.',
    )
    .usage('[options] PATH')
    .argument('<path>', 'the database')
    .addOption(archiveOption())
    .option('--slots', 'every slot in the order of the file, empty and stale ones too')
    .addOption(new Option('--header-only', 'only the header').conflicts(['slots', 'raw']))
    .addOption(new Option('-r, --raw', 'TIME:VALUE lines').conflicts(['slots', 'format', 'json', 'time']))
    .addOption(
      new Option('--blocks', 'the blocks of a compressed file: times, bytes, checksum').conflicts([
        'slots',
        'headerOnly',
        'raw',
      ]),
    )
    .addOption(
      new Option(
        '--bits',
        'the bits of a block, piece by piece; a place is BYTE.BIT in the block, 0 the first bit of a byte',
      ).conflicts(['slots', 'headerOnly', 'raw', 'blocks']),
    )
    .addOption(
      new Option('--block <n>', 'with --bits: this block (default: the newest with points in it)')
        .argParser(wholeNumber(0))
        .implies({ bits: true })
        .conflicts(['slots', 'headerOnly', 'raw', 'blocks', 'compat']),
    )
    .addOption(formatOption('text', 'json', 'csv'))
    .addOption(jsonFormatOption())
    .addOption(timeOption())
    .addOption(
      compatOption(
        'whisper-dump',
        'archive',
        'slots',
        'headerOnly',
        'blocks',
        'bits',
        'format',
        'json',
        'time',
      ),
    )
    .addOption(prettyOption())
    .addOption(timeFormatOption())
    .option('--force', 'read a file that was cut off; what is missing was never written')
    .addOption(dialectOption())
    .addOption(lockOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto dump cpu.wsp --archive 1\n  sotto dump cpu.wsp --slots --json\n' +
        '  sotto dump old.wsp --raw | sotto update new.wsp -\n' +
        '  sotto dump packed.wsp --blocks --time iso\n  sotto dump packed.wsp --archive 1 --block 0 --bits',
    )
    .action((path: string, given: Given) => {
      if (given.compat === true) io.finish(dumpAsPython(path, given, io));
      else reading(path, given, io, (database) => print(path, database, given, io));
    });
}

function print(path: string, database: Database, given: Given, io: Io): void {
  if (given.bits === true) {
    io.finish(printBits(path, database, given.archive ?? 0, given.block, given, io));
    return;
  }
  // What has no blocks is refused before the first line is printed.
  if (given.blocks === true) database.blocks(given.archive ?? 0);
  printLines(io, dump(path, database, given, io.clock()));
}

function dump(path: string, database: Database, given: Given, now: number): Iterable<string> {
  if (given.raw === true) return rawLines(database, given, now);
  if (given.json === true || given.format === 'json') {
    return jsonPieces(path, database, given, now);
  }
  return given.format === 'csv' ? csvLines(database, given, now) : textLines(path, database, given, now);
}

/** True if what is asked for are the points, in one order or the other. */
function asksPoints({ headerOnly, blocks }: Given): boolean {
  return headerOnly !== true && blocks !== true;
}

function dumped(database: Database, given: Given, which: number | undefined, now: number): DumpedArchive[] {
  return dumpArchives(database, which, given.slots === true ? 'slots' : 'time', now);
}

function pointsOf(database: Database, given: Given, which: number, now: number): DumpedArchive {
  return dumped(database, given, which, now)[0]!;
}

function* rawLines(database: Database, given: Given, now: number): Generator<string> {
  const { timestamps, values } = pointsOnce(database, given.archive, now);
  for (const [i, timestamp] of timestamps.entries()) yield `${timestamp}:${formatValue(values[i]!)}\n`;
}

/** In pieces: all of a large file is more than one string can hold. */
function* jsonPieces(path: string, database: Database, given: Given, now: number): Generator<string> {
  const isBySlot = given.slots === true;
  const exact =
    isBySlot && given.archive === undefined && asksPoints(given) ? exactDump(database) : undefined;
  yield `${opened(headOf(path, database))}"archives":[`;
  for (const [i, selected] of selectArchives(database, given.archive).entries()) {
    const record = archiveRecord(database, selected, given, exact?.archives[selected.index]);
    yield i === 0 ? '' : ',';
    if (!asksPoints(given)) {
      yield JSON.stringify(record);
      continue;
    }
    yield `${opened(record)}"${isBySlot ? 'slots' : 'data'}":[`;
    yield* pairPieces(pointsOf(database, given, selected.index, now));
    yield ']}';
  }
  yield ']';
  if (exact !== undefined) {
    const { otherBytes, crc } = exact;
    yield `,${JSON.stringify({ otherBytes, crc }).slice(1, -1)}`;
  }
  yield '}\n';
}

/** The text of an object that goes on. */
function opened(record: object): string {
  return `${JSON.stringify(record).slice(0, -1)},`;
}

function headOf(path: string, { info }: Database): object {
  const { format, aggregation, xFilesFactor, maxRetention, fileSize, legacy } = info;
  return {
    path,
    format,
    aggregationMethod: aggregation,
    ...(aggregation === 'mix' ? { mix: mixOf(info) } : {}),
    xFilesFactor,
    maxRetention,
    fileSize,
    legacy,
    ...(info.format === 'standard' && info.legacy ? { lastUpdate: info.lastUpdate } : {}),
    ...(info.format === 'compressed'
      ? { pointsPerBlock: info.pointsPerBlock, pointSize: info.pointSize }
      : {}),
  };
}

function archiveRecord(
  database: Database,
  { index, archive, spec }: SelectedArchive,
  given: Given,
  exact: ExactArchive | undefined,
): object {
  return {
    index,
    offset: archive.offset,
    secondsPerPoint: archive.step,
    points: archive.points,
    retention: archive.retention,
    ...(spec === undefined ? {} : { spec }),
    ...blocksOf(archive),
    ...(given.blocks === true ? { blocks: database.blocks(index).map(blockRecord) } : {}),
    ...(exact === undefined ? {} : exactRecord(exact)),
  };
}

/** Values of points as JSON can say them; their bits say the rest. */
function exactRecord({ current, ...rest }: ExactArchive): object {
  const { first, latest, previous } = current;
  const point = (stored: StoredPoint) => ({ ...stored, value: jsonValue(stored.value) });
  const points = { first: point(first), latest: point(latest), previous: point(previous) };
  return { ...rest, current: { ...current, ...points } };
}

function* pairPieces({ timestamps, values }: DumpedArchive): Generator<string> {
  for (const [i, timestamp] of timestamps.entries()) {
    yield `${i === 0 ? '' : ','}[${timestamp},${jsonNumber(values[i]!)}]`;
  }
}

function blocksOf(archive: ArchiveDescription): { blockCount?: number; blockSize?: number } {
  return isInBlocks(archive) ? { blockCount: archive.blockCount, blockSize: archive.blockSize } : {};
}

function isInBlocks(archive: ArchiveDescription): archive is CompressedArchiveDescription {
  return 'blockCount' in archive;
}

function* csvLines(database: Database, given: Given, now: number): Generator<string> {
  if (given.blocks === true) {
    yield* blocksCsv(database, given.archive, given);
    return;
  }
  const time = timeFormatter(given.time);
  const isBySlot = given.slots === true;
  yield `archive,${isBySlot ? 'slot,' : ''}timestamp,value\n`;
  if (given.headerOnly === true) return;
  for (const { index, timestamps, values } of dumped(database, given, given.archive, now)) {
    for (const [i, timestamp] of timestamps.entries()) {
      const slot = isBySlot ? `${i},` : '';
      yield `${index},${slot}${csvField(time(timestamp))},${formatValue(values[i]!)}\n`;
    }
  }
}

function* textLines(path: string, database: Database, given: Given, now: number): Generator<string> {
  const time = timeFormatter(given.time);
  const { format, aggregation, xFilesFactor, maxRetention, fileSize } = database.info;
  yield `path: ${path}\n${format === 'compressed' ? 'format: compressed\n' : ''}`;
  yield `aggregationMethod: ${aggregation}\nxFilesFactor: ${formatSingle(xFilesFactor)}\n`;
  yield `maxRetention: ${maxRetention}\nfileSize: ${fileSize}\n`;
  for (const selected of selectArchives(database, given.archive)) {
    const { index } = selected;
    yield `\n${headingOf(selected)}\n`;
    if (given.blocks === true) yield blocksText(database.blocks(index), given);
    if (!asksPoints(given)) continue;
    const { timestamps, values } = pointsOf(database, given, index, now);
    for (const [i, timestamp] of timestamps.entries()) {
      yield `${given.slots === true ? `${i}: ` : ''}${time(timestamp)}\t${formatValue(values[i]!)}\n`;
    }
  }
}

function headingOf({ index, archive, spec }: SelectedArchive): string {
  const { offset, points } = archive;
  const name = `Archive ${index}${spec === undefined ? '' : ` (${spec})`}`;
  const room = isInBlocks(archive) ? ` in ${archive.blockCount} blocks of ${archive.blockSize} bytes` : '';
  return `${name}: ${formatRetention(archive)}, ${points} points${room} at byte ${offset}`;
}
