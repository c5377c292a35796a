/** What whisper-diff prints, to the letter. */
import { type ArchiveDiff, diff } from '../tools/diff.js';
import { parseTime } from '../tools/time-text.js';
import { type HandleArguments, reading, timeOf } from './arguments.js';
import { asPython } from './compat.js';
import type { ExitCode, Io } from './io.js';
import { printLines } from './output.js';
import { formatRepr } from './python-format.js';

export interface CompatDiffArguments extends HandleArguments {
  readonly summary?: boolean;
  readonly ignoreEmpty?: boolean;
  readonly columns?: boolean;
  readonly headers: boolean;
  readonly until?: string;
  readonly now?: string;
  readonly json?: boolean;
}

/** whisper-diff, which ends with 0 also if the files differ. */
export function diffAsPython(path: string, other: string, given: CompatDiffArguments, io: Io): ExitCode {
  return asPython(io, () => {
    reading(path, given, io, (a) => {
      reading(other, given, io, (b) => {
        const now = Math.max(timeOf(given.now, io, a), timeOf(given.now, io, b));
        const until = given.until === undefined ? undefined : parseTime(given.until, now);
        const diffs = diff(a, b, { now, until, ignoreEmpty: given.ignoreEmpty, once: true });
        if (given.json === true) io.out(`${jsonOf(path, other, diffs, given)}\n`);
        else printLines(io, given.columns === true ? columnLines(diffs, given) : tableLines(diffs, given));
      });
    });
    return 0;
  });
}

function* tableLines(
  diffs: readonly ArchiveDiff[],
  { summary, headers }: CompatDiffArguments,
): Generator<string> {
  const line = (...cells: readonly string[]) => {
    return `${cells.map((cell, i) => cell.padStart(WIDTHS[i]!)).join(' ')}\n`;
  };
  if (headers) yield line('archive', 'timestamp', 'value_a', 'value_b');
  for (const { index, differing, total, differences } of diffs) {
    if (headers) yield `Archive ${index} (${differing} of ${total} datapoints differ)\n`;
    if (summary === true) continue;
    if (headers) yield line('', 'timestamp', 'value_a', 'value_b');
    for (const { timestamp, a, b } of differences)
      yield line('', String(timestamp), pythonValue(a), pythonValue(b));
  }
}

const WIDTHS = [7, 11, 13, 13];

function* columnLines(
  diffs: readonly ArchiveDiff[],
  { summary, headers }: CompatDiffArguments,
): Generator<string> {
  if (headers) yield summary === true ? 'archive total differing\n' : 'archive timestamp value_a value_b\n';
  for (const { index, differing, total, differences } of diffs) {
    if (summary === true) {
      yield `${index} ${total} ${differing}\n`;
      continue;
    }
    for (const { timestamp, a, b } of differences) {
      yield `${index} ${timestamp} ${pythonValue(a)} ${pythonValue(b)}\n`;
    }
  }
}

function jsonOf(
  a: string,
  b: string,
  diffs: readonly ArchiveDiff[],
  { summary }: CompatDiffArguments,
): string {
  const archives = diffs.map(({ index, differing, total, differences }) => {
    const points = [...differences].map((point) => {
      return [
        `          "timestamp" : ${point.timestamp}`,
        `          "value_a" : ${jsonValue(point.a)}`,
        `          "value_b" : ${jsonValue(point.b)}`,
      ].join(',\n');
    });
    const listed =
      points.length === 0
        ? '[]'
        : `[\n        {\n${points.join('\n        },\n        {\n')}\n        }\n      ]`;
    return [
      `      "archive" : ${index}`,
      ...(summary === true ? [] : [`      "datapoints" : ${listed}`]),
      `      "points" : ${differing}`,
      `      "total" : ${total}`,
    ].join(',\n');
  });
  const all = archives.map((fields) => `    {\n${fields}\n    }`).join(',\n');
  return `{\n  "archives" : [\n${all}\n  ],\n  "path_a" : ${JSON.stringify(a)},\n  "path_b" : ${JSON.stringify(b)}\n}`;
}

function pythonValue(value: number | null): string {
  return value === null ? 'None' : formatRepr(value);
}

/** As Python's json has it, with its bare NaN. */
function jsonValue(value: number | null): string {
  if (value === null) return 'null';
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? formatRepr(value) : value > 0 ? 'Infinity' : '-Infinity';
}
