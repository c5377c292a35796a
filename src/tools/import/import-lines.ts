/** Graphite's line format, and the same as JSON a line, into a tree of files. */

import { checkPath, type FilePath } from '../../database/path.js';
import { withPath } from '../../errors.js';
import { canonicalMetric, metricPath } from '../metric-path.js';
import { JsonPlace } from '../restore/json-place.js';
import { type CheckedImport, checkImport, type ImportOptions, type ImportResult } from './import-options.js';
import { isContent, readGraphiteLine, readJsonPoint } from './line-points.js';
import { checkText, linesOf, type TextSource } from './lines.js';
import { MetricPoints } from './metric-points.js';
import { atLine, badInput, isGap, readTimestamp, readValue } from './point-text.js';
import { storeMetrics } from './store-metrics.js';

/**
 * Stores lines `metric value time` in a tree of files as carbon has it: `servers.web1.cpu` in `servers/web1/cpu.wsp`,
 * metrics with tags below `_tagged`. Files that are missing are made with `retentions`, or as `rules` say.
 *
 * Every archive takes of the history what it reaches back to, aggregated where it is coarser. All lines are read before
 * anything is written; what exceeds the memory set aside for it waits in temporary files.
 *
 * @param folder  that the tree lies in
 * @throws WhisperError `WSP_BAD_INPUT` with the line's number, and of a lone metric what `create` and `open` throw
 */
export function importGraphite(
  text: TextSource,
  folder: FilePath,
  options: ImportOptions = {},
): ImportResult {
  return importLines(text, folder, options, 'importGraphite', (line) => {
    const { metric, value, time } = readGraphiteLine(line);
    return { metric, time, value: isGap(value) ? null : value };
  });
}

/**
 * As {@link importGraphite}, of JSON objects, one a line: `{"metric": "servers.web1.cpu", "timestamp": 1700000000, "value": 0.5}`.
 *
 * @throws WhisperError `WSP_BAD_INPUT`
 */
export function importNdjson(text: TextSource, folder: FilePath, options: ImportOptions = {}): ImportResult {
  return importLines(text, folder, options, 'importNdjson', (line) => {
    const { metric, time, value } = readJsonPoint(line);
    if (typeof metric !== 'string') throw badInput(`'${line}'`, 'an object with a "metric"');
    return { metric, time, value: value === null ? null : String(value) };
  });
}

/**
 * As {@link importGraphite}, of the JSON that `export` prints: a list of `{"metric": "servers.web1.cpu", "points": [[1700000000, 0.5]]}`,
 * or one of them.
 *
 * @throws WhisperError `WSP_BAD_INPUT` with the place, such as `[0].points[3]`
 */
export function importJson(text: string, folder: FilePath, options: ImportOptions = {}): ImportResult {
  const into = checkPath(folder);
  const checked = checkImport(options, 'importJson');
  using metrics = new MetricPoints();
  withPath(checked.source, () => readRecords(parsed(checkText(text)), checked, metrics));
  return storeMetrics(metrics, (metric) => metricPath(into, metric), checked, options, 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw badInput(
      `text that is no JSON: ${error instanceof Error ? error.message : ''}`,
      'what export prints',
    );
  }
}

function readRecords(document: unknown, { nanIsGap }: CheckedImport, metrics: MetricPoints): void {
  const records = (Array.isArray(document) ? document : [document]) as unknown[];
  for (const [i, record] of records.entries()) {
    const place = new JsonPlace(record, `[${i}]`);
    const metric = canonicalMetric(place.at('metric').text());
    metricPath('', metric);
    const { timestamps, values } = place.at('points').pairs();
    for (const [j, timestamp] of timestamps.entries()) {
      if (!nanIsGap || !Number.isNaN(values[j])) metrics.push(metric, timestamp, values[j]!);
    }
  }
}

/** A line's parts; the value null for a gap. */
interface LineParts {
  readonly metric: string;
  readonly time: string;
  readonly value: string | null;
}

function importLines(
  text: TextSource,
  folder: FilePath,
  options: ImportOptions,
  call: string,
  parse: (line: string) => LineParts,
): ImportResult {
  const into = checkPath(folder);
  const checked = checkImport(options, call);
  using metrics = new MetricPoints();
  const bad = readLines(text, checked, metrics, parse);
  return storeMetrics(metrics, (metric) => metricPath(into, metric), checked, options, bad);
}

/** Returns how many lines were passed over. */
function readLines(
  text: TextSource,
  checked: CheckedImport,
  metrics: MetricPoints,
  parse: (line: string) => LineParts,
): number {
  const { source, skipBad, clock, unit, nanIsGap } = checked;
  // The same names come again and again.
  const names = new Map<string, string>();
  let bad = 0;
  for (const line of linesOf(text)) {
    if (!isContent(line.text)) continue;
    try {
      const { metric, time, value } = parse(line.text);
      let name = names.get(metric);
      if (name === undefined) {
        name = canonicalMetric(metric);
        metricPath('', name);
        names.set(metric, name);
      }
      const timestamp = readTimestamp(time, clock, unit);
      const number = value === null ? undefined : readValue(value);
      if (number === undefined || (nanIsGap && Number.isNaN(number))) continue;
      metrics.push(name, timestamp, number);
    } catch (error) {
      if (!skipBad) throw atLine(error, source, line.number);
      bad++;
    }
  }
  return bad;
}
