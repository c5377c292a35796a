/** Databases as text that other systems read. */
import { basename } from 'node:path';
import { firstAtLeast } from '../../bytes/rising.js';
import type { Database } from '../../database/database.js';
import { mixOf } from '../../database/info.js';
import { type OpenOptions, open } from '../../database/open.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkEnd, checkTime, systemClock } from '../../database/time.js';
import { describeValue, WhisperError } from '../../errors.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../../options.js';
import { pointsOnce } from '../dump.js';
import { graphitePieces, influxPieces, type Precision, precisions } from './lines.js';
import { familiesOf, openMetricsPieces } from './openmetrics.js';
import { csvPieces, jsonPieces, ndjsonPieces } from './tables.js';
import type { ExportedMetric } from './text.js';

export type ExportForm = 'csv' | 'json' | 'ndjson' | 'graphite' | 'influx' | 'openmetrics';

export const exportForms = [
  'csv',
  'json',
  'ndjson',
  'graphite',
  'influx',
  'openmetrics',
] as const satisfies readonly ExportForm[];

/** A database with the name of its metric. */
export interface ExportSource {
  readonly path: FilePath;
  /** By default the file's name without `.wsp`. */
  readonly metric?: string | undefined;
}

export interface ExportOptions
  extends Pick<OpenOptions, 'dialect' | 'lock' | 'lockTimeoutMs' | 'force' | 'clock'> {
  readonly to: ExportForm;
  /** Unix seconds: points after this; all by default. */
  readonly from?: number | undefined;
  /** Unix seconds: points up to this. */
  readonly until?: number | undefined;
  /** Unix seconds that archives reach back from; by default the time of each file's newest point. */
  readonly now?: number | undefined;
  /** This archive alone, with all it holds; 0 is the finest. */
  readonly archive?: number | undefined;
  /** Of mix files: the aggregation below the base; the first by default. */
  readonly spec?: string | undefined;
  /** Put before the names of metrics, with a dot. */
  readonly prefix?: string | undefined;
  /** Of Influx lines: what times are told in; nanoseconds by default. */
  readonly precision?: Precision | undefined;
  /** Of CSV: a column for the metric's name, also if there is but one file. */
  readonly long?: boolean | undefined;
  /** Stops the export between two files. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each file when its points have been handed out. */
  readonly onFile?: ((path: string, points: number) => void) | undefined;
  /** Is told of a file that cannot be read; without it, and of a lone file, that is an error. */
  readonly onFailed?: ((path: string, error: WhisperError) => void) | undefined;
  /** Is told of points that the form has no words for: NaN and infinities in Influx lines. */
  readonly onLeftOut?: ((path: string, count: number) => void) | undefined;
}

const NAMES = [
  ...['to', 'from', 'until', 'now', 'archive', 'spec', 'prefix', 'precision', 'long'],
  ...['signal', 'onFile', 'onFailed', 'onLeftOut', 'dialect', 'lock', 'lockTimeoutMs', 'force', 'clock'],
];

/**
 * The points of databases as text, each once and oldest first: where archives overlap those of the finest one that reaches
 * back so far. Files are read one by one, and the text comes in pieces.
 *
 * @param sources  paths, or paths with the names of their metrics
 * @throws WhisperError `WSP_BAD_OPTION`, `WSP_NO_SUCH_ARCHIVE`, and what `open` throws of a lone file
 */
export function exportPoints(
  sources: Iterable<FilePath | ExportSource>,
  options: ExportOptions,
): Generator<string, void, undefined> {
  checkOptionNames(options, NAMES, 'exportPoints');
  const checked = {
    to: checkChoice('to', required(options.to), exportForms),
    from: options.from === undefined ? Number.NEGATIVE_INFINITY : checkTime(options.from, 'from'),
    until: options.until === undefined ? Number.POSITIVE_INFINITY : checkEnd(options.until, 'until'),
    now: options.now === undefined ? undefined : checkTime(options.now, 'now'),
    precision: checkChoice('precision', options.precision, precisions),
    long: checkFlag('long', options.long),
  };
  const named = [...sources].map((source) => namedSource(source, options.prefix));
  const reader = new Reader(options, checked, named.length === 1);
  return piecesAs(checked, named, reader, options);
}

function required(form: unknown): ExportForm {
  if (form !== undefined) return form as ExportForm;
  throw badOption('exportPoints was not told a form', `to: one of ${exportForms.join(', ')}`);
}

interface Checked {
  readonly to: ExportForm;
  readonly from: number;
  readonly until: number;
  readonly now: number | undefined;
  readonly precision: Precision;
  readonly long: boolean;
}

interface Named {
  readonly path: string;
  readonly metric: string;
}

function namedSource(source: FilePath | ExportSource, prefix: string | undefined): Named {
  const isPath = typeof source === 'string' || source instanceof URL;
  const path = checkPath(isPath ? source : source?.path);
  const metric = (isPath ? undefined : source.metric) ?? basename(path).replace(/\.wsp$/, '');
  if (typeof metric !== 'string' || metric === '')
    throw badOption(`the metric ${describeValue(metric)}`, 'a name');
  return {
    path,
    metric: prefix === undefined || prefix === '' ? metric : `${prefix.replace(/\.$/, '')}.${metric}`,
  };
}

function piecesAs(
  { to, precision, long }: Checked,
  named: readonly Named[],
  reader: Reader,
  { onLeftOut }: ExportOptions,
): Generator<string, void, undefined> {
  switch (to) {
    case 'csv':
      return csvPieces(reader.each(named), long || named.length !== 1);
    case 'json':
      return jsonPieces(reader.each(named));
    case 'ndjson':
      return ndjsonPieces(reader.each(named));
    case 'graphite':
      return graphitePieces(reader.each(named));
    case 'influx':
      return influxPieces(reader.each(named), precision, ({ path }, count) => onLeftOut?.(path, count));
    case 'openmetrics':
      return openMetricsPieces(familiesOf(named), (source) => reader.read(source));
  }
}

/** Reads files as they are asked for. */
class Reader {
  readonly #options: ExportOptions;
  readonly #checked: Checked;
  readonly #isLone: boolean;

  constructor(options: ExportOptions, checked: Checked, isLone: boolean) {
    this.#options = options;
    this.#checked = checked;
    this.#isLone = isLone;
  }

  *each(sources: Iterable<Named>): Generator<ExportedMetric> {
    for (const source of sources) {
      const metric = this.read(source);
      if (metric !== undefined) yield metric;
    }
  }

  /** Undefined for a file that cannot be read, of which the listener has been told. */
  read({ path, metric }: Named): ExportedMetric | undefined {
    const { signal, dialect, lock, lockTimeoutMs, force, onFile, onFailed } = this.#options;
    signal?.throwIfAborted();
    try {
      using database = open(path, { readOnly: true, dialect, lock, lockTimeoutMs, force });
      const points = this.#pointsOf(database);
      onFile?.(path, points.timestamps.length);
      return { path, metric, ...points };
    } catch (error) {
      // An error without a path is one of the options: it would be the same for every file.
      const isOfFile = error instanceof WhisperError && error.path !== undefined;
      if (!isOfFile || this.#isLone || onFailed === undefined) throw error;
      onFailed(path, error);
      return undefined;
    }
  }

  #pointsOf(database: Database): { timestamps: Float64Array; values: Float64Array } {
    const { archive, spec, clock = systemClock } = this.#options;
    const { from, until, now } = this.#checked;
    const mix = mixOf(database.info);
    if (spec !== undefined && mix.length > 0 && !mix.includes(spec)) {
      throw new WhisperError('WSP_NO_SUCH_ARCHIVE', {
        path: database.path,
        found: `no archives of '${spec}'`,
        expected: mix.join(', '),
      });
    }
    const { timestamps, values } = pointsOnce(database, archive, now ?? clock(), { reachedFrom: now, spec });
    const start = firstAtLeast(timestamps, from + 1);
    const end = Number.isFinite(until) ? firstAtLeast(timestamps, until + 1) : timestamps.length;
    return { timestamps: timestamps.subarray(start, end), values: values.subarray(start, end) };
  }
}
