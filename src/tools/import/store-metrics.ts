/** The gathered points of many metrics into their files. */
import { lastOfEach } from '../../archive/compressed-archive.js';
import { WhisperError } from '../../errors.js';
import { PointRun } from '../../format/point-run.js';
import type { CheckedImport, FailedImport, ImportOptions, ImportResult } from './import-options.js';
import type { MetricPoints } from './metric-points.js';
import { type ImportedFile, storeHistory } from './store-history.js';

/**
 * @param pathOf  the file of a metric
 * @param bad     lines that were passed over
 * @throws  the error of a lone metric, what `signal` is aborted with, and every error of the options
 */
export function storeMetrics(
  metrics: MetricPoints,
  pathOf: (metric: string) => string,
  checked: CheckedImport,
  { signal, onFile, onFailed }: ImportOptions,
  bad: number,
): ImportResult {
  const files: ImportedFile[] = [];
  const failures: FailedImport[] = [];
  const total = metrics.size;
  for (const [metric, run] of metrics) {
    signal?.throwIfAborted();
    try {
      const points = inOrder(run, checked);
      const file = storeHistory(pathOf(metric), points, checked.layoutOf(metric), checked.settings);
      files.push(file);
      onFile?.(file, total);
    } catch (error) {
      if (!(error instanceof WhisperError) || total === 1) throw error;
      const failure = { metric, error };
      failures.push(failure);
      onFailed?.(failure, total);
    }
  }
  return { files, failures, bad };
}

/** By rising time, each time once. */
function inOrder(run: PointRun, { duplicates }: CheckedImport): PointRun {
  const sorted = run.sorted();
  if (duplicates === 'last') return lastOfEach(sorted, 1);
  const first = new PointRun(sorted.length);
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted.timestamps[i] !== sorted.timestamps[i - 1]) first.pushFrom(sorted, i);
  }
  return first;
}
