/** The line formats of Graphite and InfluxDB. */
import { type ExportedMetric, numberText, partsOfName, piecesOf } from './text.js';

/** `metric value time`; no line can hold a blank in a name. */
export function* graphitePieces(metrics: Iterable<ExportedMetric>): Generator<string> {
  for (const metric of metrics) {
    const name = metric.metric.replace(/\s/g, '_');
    yield* piecesOf(metric, (timestamp, value) => `${name} ${graphiteNumber(value)} ${timestamp}\n`);
  }
}

/** As carbon's readers know them. */
function graphiteNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (Number.isFinite(value)) return numberText(value);
  return value > 0 ? 'inf' : '-inf';
}

/** What times are told in, as digits behind those of seconds. */
const PRECISIONS = { s: '', ms: '000', us: '000000', ns: '000000000' };

export type Precision = keyof typeof PRECISIONS;

export const precisions = ['ns', 'us', 'ms', 's'] as const satisfies readonly Precision[];

/**
 * `measurement,tag=value value=0.5 time`. The format knows no NaN and no infinity.
 *
 * @param onLeftOut  is told how many points of a metric are such
 */
export function* influxPieces(
  metrics: Iterable<ExportedMetric>,
  precision: Precision,
  onLeftOut: (metric: ExportedMetric, count: number) => void,
): Generator<string> {
  for (const metric of metrics) {
    const start = influxName(metric.metric);
    const zeros = PRECISIONS[precision];
    let leftOut = 0;
    yield* piecesOf(metric, (timestamp, value) => {
      if (Number.isFinite(value)) return `${start} value=${numberText(value)} ${timestamp}${zeros}\n`;
      leftOut++;
      return '';
    });
    if (leftOut > 0) onLeftOut(metric, leftOut);
  }
}

function influxName(metric: string): string {
  const { name, tags } = partsOfName(oneLine(metric));
  // A tag of no value is a mistake in the whole line.
  const told = tags.filter(([key, value]) => key !== '' && value !== '');
  const measurement = escapeWith(name.replace(/^#/, '_'), /[, ]/g);
  return [measurement, ...told.map(([key, value]) => `${escapeTag(key)}=${escapeTag(value)}`)].join(',');
}

function escapeTag(text: string): string {
  return escapeWith(text, /[,= ]/g);
}

/** A backslash at the end would escape what follows. */
function escapeWith(text: string, special: RegExp): string {
  return text.replace(special, '\\$&').replace(/\\$/, '_');
}

/** What ends a line, or cannot be seen in one, as `_`. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '_');
}
