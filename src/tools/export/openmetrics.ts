/**
 * OpenMetrics text, which Prometheus and its kin read.
 *
 * A metric family stands in one piece, so metrics that come to the same name (`a.b` and `a-b` are both `a_b`, or one name with
 * several tags) are put together; those that could not be told apart then have a label `metric` with their own name.
 */
import { type ExportedMetric, numberText, partsOfName, piecesOf } from './text.js';

/** A metric to be exported, before its points are read. */
export interface NamedMetric {
  readonly metric: string;
}

/** Metrics of one family, in their order. */
export interface Family<T extends NamedMetric> {
  readonly name: string;
  readonly members: readonly { readonly source: T; readonly labels: string }[];
}

export function familiesOf<T extends NamedMetric>(metrics: readonly T[]): Family<T>[] {
  const byName = new Map<string, T[]>();
  for (const metric of metrics) {
    const name = familyName(partsOfName(metric.metric).name);
    const family = byName.get(name);
    if (family === undefined) byName.set(name, [metric]);
    else family.push(metric);
  }
  return [...byName].map(([name, sources]) => ({ name, members: labelled(sources) }));
}

function labelled<T extends NamedMetric>(sources: readonly T[]): { source: T; labels: string }[] {
  const names = new Set(sources.map(({ metric }) => partsOfName(metric).name));
  const plain = sources.map(({ metric }) => labelsOf(metric, names.size > 1));
  return sources.map((source, i) => ({ source, labels: plain[i]! }));
}

function labelsOf(metric: string, isNamed: boolean): string {
  const { name, tags } = partsOfName(metric);
  const labels = new Map(tags.map(([key, value]) => [labelName(key), value]));
  if (isNamed) labels.set('metric', name);
  if (labels.size === 0) return '';
  return `{${[...labels].map(([key, value]) => `${key}="${escapeText(value)}"`).join(',')}}`;
}

/** @param read  reads the points of a metric; undefined if that cannot be done */
export function* openMetricsPieces<T extends NamedMetric>(
  families: Iterable<Family<T>>,
  read: (source: T) => ExportedMetric | undefined,
): Generator<string> {
  for (const { name, members } of families) {
    let heading = `# HELP ${name} Graphite metric ${escapeText(partsOfName(members[0]!.source.metric).name)}\n# TYPE ${name} gauge\n`;
    for (const { source, labels } of members) {
      const metric = read(source);
      if (metric === undefined) continue;
      yield heading;
      heading = '';
      yield* piecesOf(
        metric,
        (timestamp, value) => `${name}${labels} ${openMetricsNumber(value)} ${timestamp}\n`,
      );
    }
  }
  yield '# EOF\n';
}

function openMetricsNumber(value: number): string {
  if (Number.isFinite(value)) return numberText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function familyName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?![a-zA-Z_:])/, '_');
}

function labelName(key: string): string {
  return key.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
