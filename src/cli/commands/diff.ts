import { Command, InvalidArgumentError, Option } from 'commander';
import { formatRetention } from '../../format/retention.js';
import { type ArchiveDiff, type Difference, diff } from '../../tools/diff.js';
import { parseTime } from '../../tools/time-text.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  nowOption,
  reading,
  timeOf,
  wholeNumber,
} from '../arguments.js';
import { compatOption } from '../compat.js';
import { diffAsPython } from '../compat-diff.js';
import type { Io } from '../io.js';
import { formatValue, json, jsonValue, printLines, timeFormatter, timeOption } from '../output.js';

interface Given extends HandleArguments {
  readonly summary?: boolean;
  readonly ignoreEmpty?: boolean;
  readonly from?: string;
  readonly until?: string;
  readonly tolerance?: number;
  readonly nanEqual?: boolean;
  readonly archive?: number;
  readonly columns?: boolean;
  readonly headers: boolean;
  readonly maxDifferences?: number;
  readonly time: string;
  readonly now?: string;
  readonly json?: boolean;
  readonly once?: boolean;
  readonly compat?: boolean;
}

export function diffCommand(io: Io): Command {
  return new Command('diff')
    .summary('compare what two files hold')
    .description(
      'Compares two databases of either format, archive by archive: what a fetch of each shows, over the whole of its ' +
        'retention. Prints the times at which they differ with both values, None for a gap. Ends with 0 if there are ' +
        'none, with 1 if there are, and with 3 if the archives are unlike.',
    )
    .usage('[options] PATH PATH')
    .argument('<path>', 'a database')
    .argument('<other>', 'the one to compare it with')
    .option('-s, --summary', 'count the differences of each archive instead')
    .option('--ignore-empty', 'pass over times at which either has a gap')
    .option('--from <time>', 'compare what is after this time')
    .option('--until <time>', 'compare up to this time (default: now)')
    .addOption(
      new Option('--tolerance <value>', 'take values that are no further apart for equal').argParser(
        readTolerance,
      ),
    )
    .option('--nan-equal', 'take NaN for equal to NaN')
    .addOption(archiveOption())
    .option('--columns', 'line the columns up with blanks; they are parted by tabs otherwise')
    .option('--no-headers', 'print no headings')
    .addOption(new Option('--max-differences <n>', 'print no more than so many').argParser(wholeNumber(0)))
    .addOption(timeOption())
    .addOption(jsonOption())
    .addOption(nowOption())
    .addOption(dialectOption())
    .addOption(lockOption())
    .option('--force', 'read files that were cut off; what is missing are gaps')
    .option('--once', 'compare a coarser archive only where no finer one reaches')
    .addOption(compatOption('whisper-diff', 'tolerance', 'nanEqual', 'maxDifferences'))
    .addHelpText(
      'after',
      '\nExamples:\n  sotto diff cpu.wsp cpu-compressed.wsp\n' +
        '  sotto diff a.wsp b.wsp --summary --ignore-empty --from -7d --until -10m',
    )
    .action((path: string, other: string, given: Given) => {
      if (given.compat === true) io.finish(diffAsPython(path, other, given, io));
      else compare(path, other, given, io);
    });
}

function readTolerance(text: string): number {
  const tolerance = Number(text);
  if (text.trim() !== '' && tolerance >= 0) return tolerance;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

function compare(path: string, other: string, given: Given, io: Io): void {
  reading(path, given, io, (a) => {
    reading(other, given, io, (b) => {
      const now = Math.max(timeOf(given.now, io, a), timeOf(given.now, io, b));
      const time = (text: string | undefined) => (text === undefined ? undefined : parseTime(text, now));
      const { archive, tolerance, nanEqual, ignoreEmpty, once } = given;
      const range = { now, from: time(given.from), until: time(given.until) };
      const diffs = diff(a, b, { ...range, archive, tolerance, nanEqual, ignoreEmpty, once });
      if (given.json === true) io.out(json(asJson(path, other, diffs, given)));
      else
        printLines(io, given.summary === true ? summaryLines(diffs, given) : differenceLines(diffs, given));
      const differing = diffs.filter((archiveDiff) => archiveDiff.differing > 0);
      if (differing.length === 0) return;
      io.finish(1);
      if (given.json === true || given.summary === true) return;
      for (const archiveDiff of differing) io.err(`sotto: ${describe(path, other, archiveDiff)}\n`);
    });
  });
}

function describe(path: string, other: string, archiveDiff: ArchiveDiff): string {
  const { index, total, differing, onlyInA, onlyInB } = archiveDiff;
  return (
    `archive ${index} (${nameOf(archiveDiff)}): ${differing} of ${total} points differ, ` +
    `${onlyInA} only in ${path}, ${onlyInB} only in ${other}`
  );
}

function nameOf({ spec, ...retention }: ArchiveDiff): string {
  return formatRetention(retention) + (spec === undefined ? '' : ` ${spec}`);
}

function asJson(a: string, b: string, diffs: readonly ArchiveDiff[], given: Given): object {
  const shown = given.summary === true ? [] : [...shownDifferences(diffs, given)];
  return {
    a,
    b,
    isEqual: diffs.every(({ differing }) => differing === 0),
    archives: diffs.map(({ index, step, points, spec, total, differing, onlyInA, onlyInB }) => ({
      archive: index,
      step,
      points,
      spec,
      total,
      differing,
      onlyInA,
      onlyInB,
      ...(given.summary === true ? {} : { differences: shown.flatMap(entryOf(index)) }),
    })),
  };
}

type Shown = Difference & { readonly archive: number };

/** `[time, a, b]` of those of an archive. */
function entryOf(index: number) {
  return ({ archive, timestamp, a, b }: Shown) => {
    return archive === index ? [[timestamp, jsonValue(a), jsonValue(b)]] : [];
  };
}

function* shownDifferences(diffs: readonly ArchiveDiff[], { maxDifferences }: Given): Generator<Shown> {
  let left = maxDifferences ?? Number.POSITIVE_INFINITY;
  for (const { index, differences } of diffs) {
    for (const difference of differences) {
      if (left-- <= 0) return;
      yield { ...difference, archive: index };
    }
  }
}

function* differenceLines(diffs: readonly ArchiveDiff[], given: Given): Generator<string> {
  const time = timeFormatter(given.time);
  const line = lineFormatter(given, DIFFERENCE_WIDTHS);
  let isFirst = given.headers;
  for (const { archive, timestamp, a, b } of shownDifferences(diffs, given)) {
    if (isFirst) yield line(['archive', 'time', 'a', 'b']);
    isFirst = false;
    yield line([`${archive}`, time(timestamp), formatValue(a), formatValue(b)]);
  }
}

function* summaryLines(diffs: readonly ArchiveDiff[], given: Given): Generator<string> {
  const line = lineFormatter(given, SUMMARY_WIDTHS);
  if (given.headers) yield line(['archive', 'retention', 'total', 'differing', 'only in a', 'only in b']);
  for (const archiveDiff of diffs) {
    const { index, total, differing, onlyInA, onlyInB } = archiveDiff;
    const counts = [total, differing, onlyInA, onlyInB].map(String);
    yield line([`${index}`, nameOf(archiveDiff), ...counts]);
  }
}

/** Widths for `--columns`: the longest times and nearly all values fit, and a line does in 80 characters. */
const DIFFERENCE_WIDTHS = [7, 20, 23, 23];
const SUMMARY_WIDTHS = [7, 16, 11, 11, 11, 11];

function lineFormatter({ columns }: Given, widths: readonly number[]): (cells: readonly string[]) => string {
  if (columns !== true) return (cells) => `${cells.join('\t')}\n`;
  return (cells) => `${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`;
}
