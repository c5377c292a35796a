/** CSV and JSON. */
import { csvText, type ExportedMetric, jsonNumber, numberText, piecesOf } from './text.js';

/** `timestamp,value`, or, of several metrics, `metric,timestamp,value`. */
export function* csvPieces(metrics: Iterable<ExportedMetric>, isLong: boolean): Generator<string> {
  // Nothing is said before the first file could be read.
  let heading = isLong ? 'metric,timestamp,value\n' : 'timestamp,value\n';
  for (const metric of metrics) {
    yield heading;
    heading = '';
    const start = isLong ? `${csvText(metric.metric)},` : '';
    yield* piecesOf(metric, (timestamp, value) => `${start}${timestamp},${numberText(value)}\n`);
  }
  yield heading;
}

/** A list with a record for each metric, its points as pairs. */
export function* jsonPieces(metrics: Iterable<ExportedMetric>): Generator<string> {
  let isFirst = true;
  for (const metric of metrics) {
    const { metric: name, path } = metric;
    const head = `{"metric":${JSON.stringify(name)},"path":${JSON.stringify(path)},"points":[`;
    yield `${isFirst ? '[' : ',\n'}${head}`;
    isFirst = false;
    yield* piecesOf(
      metric,
      (timestamp, value, i) => `${i === 0 ? '' : ','}[${timestamp},${jsonNumber(value)}]`,
    );
    yield ']}';
  }
  yield isFirst ? '[]\n' : ']\n';
}

/** A record for each point. */
export function* ndjsonPieces(metrics: Iterable<ExportedMetric>): Generator<string> {
  for (const metric of metrics) {
    const start = `{"metric":${JSON.stringify(metric.metric)},"timestamp":`;
    yield* piecesOf(metric, (timestamp, value) => `${start}${timestamp},"value":${jsonNumber(value)}}\n`);
  }
}
