/**
 * The output of Python Whisper's own scripts, to the letter: what `--compat` prints. Scripts that read it are
 * out there, with its bare `nan` in JSON and its dropped values whose times are lost.
 */
import { Option } from 'commander';
import { WhisperError } from '../errors.js';
import type { ArchiveDescription, Database, DatabaseInfo } from '../index.js';
import { type HandleArguments, reading } from './arguments.js';
import type { ExitCode, Io } from './io.js';
import { printLines } from './output.js';
import { formatFixed, formatGeneral, formatRepr } from './python-format.js';
import { type Drop, fetchSeries, keptPoints, type RangeArguments } from './range.js';
import { ctime, strftime } from './strftime.js';

/** How times are printed. */
interface TimeForm {
  readonly pretty?: boolean;
  readonly timeFormat?: string;
}

function formatTime(timestamp: number, { pretty, timeFormat }: TimeForm): string {
  if (pretty !== true) return String(timestamp);
  return timeFormat === undefined ? ctime(timestamp, 'local') : strftime(timeFormat, timestamp, 'local');
}

/** `--compat`, with the options that have no part in it. */
export function compatOption(script: string, ...others: readonly string[]): Option {
  return new Option('--compat', `print exactly what ${script} prints`).conflicts([...others]);
}

export const prettyOption = (): Option =>
  new Option('--pretty', 'with --compat: times in words').implies({ compat: true });

export const timeFormatOption = (): Option =>
  new Option('-t, --time-format <format>', 'with --pretty: strftime format, local time');

/**
 * Runs a command; errors about a file are printed as Python's scripts print them, and end it with 1. One of the
 * arguments alone is a matter of usage here as there.
 */
export function asPython(io: Io, work: () => ExitCode, describeMissing = noSuchFile): ExitCode {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WhisperError) || error.path === undefined) throw error;
    io.err(`[ERROR] ${pythonMessage(error, describeMissing)}\n`);
    return 1;
  }
}

function pythonMessage(error: WhisperError, describeMissing: (path: string | undefined) => string): string {
  if (error.code === 'WSP_NOT_FOUND') return describeMissing(error.path);
  if (error.code === 'WSP_CORRUPT') return `Unable to read header (${error.path})`;
  return error.message;
}

function noSuchFile(path: string | undefined): string {
  return `[Errno 2] No such file or directory: '${path}'`;
}

export interface CompatFetchArguments extends RangeArguments, TimeForm {
  readonly drop?: readonly Drop[];
  readonly json?: boolean;
}

/** whisper-fetch. */
export function fetchAsPython(paths: readonly string[], given: CompatFetchArguments, io: Io): ExitCode {
  return asPython(io, () => {
    const codes = paths.map((path) => reading(path, given, io, (database) => fetchOne(database, given, io)));
    return codes.includes(1) ? 1 : 0;
  });
}

function fetchOne(database: Database, given: CompatFetchArguments, io: Io): ExitCode {
  const series = fetchSeries(database, given, io);
  if (series === null) {
    io.err('No data in selected timerange\n');
    return 1;
  }
  const kept = keptPoints(series, given.drop);
  if (given.json === true) {
    const values = Array.from(kept, ([, value]) => (value === null ? 'null' : formatRepr(value))).join(', ');
    io.out(
      `{\n    "start" : ${series.from},\n    "end" : ${series.until},\n    "step" : ${series.step},\n` +
        `    "values" : [${values}]\n  }\n`,
    );
    return 0;
  }
  printLines(io, textLines(kept, given));
  return 0;
}

function* textLines(
  points: Iterable<readonly [number, number | null]>,
  given: CompatFetchArguments,
): Generator<string> {
  for (const [timestamp, value] of points) {
    yield `${formatTime(timestamp, given)}\t${value === null ? 'None' : formatFixed(value, 6)}\n`;
  }
}

/** whisper-info. */
export function infoAsPython(
  paths: readonly string[],
  field: string | undefined,
  given: HandleArguments & { readonly json?: boolean },
  io: Io,
): ExitCode {
  return asPython(io, () => {
    const codes = paths.map((path) => {
      return reading(path, given, io, ({ info }) => {
        checkStandard(path, info, 'whisper-info');
        if (field !== undefined) return printField(field, info, io);
        io.out(given.json === true ? `${infoJson(info)}\n` : infoText(info));
        return 0;
      });
    });
    return codes.includes(1) ? 1 : 0;
  });
}

/** Python's scripts have no words for what a compressed file holds. */
function checkStandard(path: string, { format }: DatabaseInfo, script: string): void {
  if (format === 'standard') return;
  throw new WhisperError('WSP_UNSUPPORTED_FORMAT', {
    path,
    found: 'a compressed database (cwhisper)',
    expected: `a standard one: ${script} knows no other, so that --compat cannot print it`,
  });
}

type Field = readonly [name: string, value: string];

function headerFields(info: DatabaseInfo): Field[] {
  return [
    ['aggregationMethod', info.aggregation],
    ['maxRetention', String(info.maxRetention)],
    ['xFilesFactor', formatRepr(info.xFilesFactor)],
  ];
}

function archiveFields({ offset, step, points, retention, size }: ArchiveDescription): Field[] {
  return [
    ['offset', String(offset)],
    ['secondsPerPoint', String(step)],
    ['points', String(points)],
    ['retention', String(retention)],
    ['size', String(size)],
  ];
}

function infoText(info: DatabaseInfo): string {
  const print = (fields: readonly Field[]) => fields.map(([name, value]) => `${name}: ${value}\n`).join('');
  const archives = info.archives.map((archive, i) => `Archive ${i}\n${print(archiveFields(archive))}\n`);
  return `${print([...headerFields(info), ['fileSize', String(info.fileSize)]])}\n${archives.join('')}`;
}

function infoJson(info: DatabaseInfo): string {
  const { aggregation: aggregationMethod, maxRetention, xFilesFactor, fileSize } = info;
  const archives = info.archives.map(({ offset, step: secondsPerPoint, points, retention, size }) => {
    return { offset, secondsPerPoint, points, retention, size };
  });
  const record = { aggregationMethod, maxRetention, xFilesFactor, archives, fileSize };
  // Python writes a whole float as 1.0; no other number of the record is a float.
  const share = `"xFilesFactor": ${formatRepr(xFilesFactor)}`;
  return JSON.stringify(record, null, 2).replace(/"xFilesFactor": [^,]+/, share);
}

function printField(name: string, info: DatabaseInfo, io: Io): ExitCode {
  const archives = info.archives.map((archive) => {
    return `{${archiveFields(archive)
      .map(([key, value]) => `'${key}': ${value}`)
      .join(', ')}}`;
  });
  const fields: Field[] = [
    ...headerFields(info),
    ['archives', `[${archives.join(', ')}]`],
    ['fileSize', String(info.fileSize)],
  ];
  const found = fields.find(([key]) => key === name);
  const valid = fields.map(([key]) => key).join(',');
  io.out(found === undefined ? `Unknown field "${name}". Valid fields are ${valid}\n` : `${found[1]}\n`);
  return found === undefined ? 1 : 0;
}

export interface CompatDumpArguments extends HandleArguments, TimeForm {
  readonly raw?: boolean;
}

/** whisper-dump. */
export function dumpAsPython(path: string, given: CompatDumpArguments, io: Io): ExitCode {
  const work = (database: Database): ExitCode => {
    checkStandard(path, database.info, 'whisper-dump');
    printLines(io, given.raw === true ? rawLines(database) : dumpLines(database, given));
    return 0;
  };
  return asPython(
    io,
    () => reading(path, given, io, work),
    () => `File "${path}" does not exist!`,
  );
}

function* dumpLines(database: Database, given: TimeForm): Generator<string> {
  yield dumpHeader(database.info);
  for (const index of database.info.archives.keys()) {
    yield `Archive ${index} data:\n`;
    const { timestamps, values } = database.slots(index);
    for (const [slot, timestamp] of timestamps.entries()) {
      yield `${slot}: ${formatTime(timestamp, given)}, ${formatGeneral(values[slot]!, 35).padStart(10)}\n`;
    }
  }
}

function* rawLines(database: Database): Generator<string> {
  for (const index of database.info.archives.keys()) {
    const { timestamps, values } = database.slots(index);
    for (const [slot, timestamp] of timestamps.entries()) {
      yield `${timestamp}:${formatGeneral(values[slot]!, 35)}\n`;
    }
  }
}

function dumpHeader(info: DatabaseInfo): string {
  const archives = info.archives.map(({ offset, step, points, retention, size }, i) => {
    return (
      `Archive ${i} info:\n  offset: ${offset}\n  seconds per point: ${step}\n  points: ${points}\n` +
      `  retention: ${retention}\n  size: ${size}\n\n`
    );
  });
  return (
    `Meta data:\n  aggregation method: ${info.aggregation}\n  max retention: ${info.maxRetention}\n` +
    `  xFilesFactor: ${formatGeneral(info.xFilesFactor, 6)}\n\n${archives.join('')}`
  );
}
