import { mkdirSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MetricPoints } from '../../../src/tools/import/metric-points.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const file = temporaryFolder();

afterEach(() => vi.unstubAllEnvs());

/** 1,000 metrics of ten points each, the metrics taking turns. */
function fill(metrics: MetricPoints): void {
  for (let i = 0; i < 10_000; i++)
    metrics.push(`metric.${i % 1000}`, 1 + Math.floor(i / 1000), i === 5 ? Number.NaN : i / 3);
}

function collected(metrics: MetricPoints): Map<string, [number, number][]> {
  const found = new Map<string, [number, number][]>();
  for (const [metric, { timestamps, values, length }] of metrics) {
    expect(found.has(metric)).toBe(false);
    found.set(
      metric,
      Array.from({ length }, (_, i) => [timestamps[i]!, values[i]!]),
    );
  }
  return found;
}

describe('MetricPoints', () => {
  it('gives the same whether it holds all points or sets them aside in files', () => {
    mkdirSync(file('tmp'));
    vi.stubEnv('TMPDIR', file('tmp'));
    using held = new MetricPoints();
    using spilled = new MetricPoints(777);
    fill(held);
    expect(readdirSync(file('tmp'))).toEqual([]);
    fill(spilled);
    expect(readdirSync(file('tmp'))).toHaveLength(1);
    expect(spilled.size).toBe(1000);
    expect(collected(spilled)).toEqual(collected(held));
    expect(collected(held).get('metric.7')).toEqual(
      Array.from({ length: 10 }, (_, i) => [1 + i, (7 + 1000 * i) / 3]),
    );
    spilled[Symbol.dispose]();
    expect(readdirSync(file('tmp'))).toEqual([]);
  });
});
