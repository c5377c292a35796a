/** The value of a coarser interval, made of finer points as an update makes it. */
import { aggregateList, aggregationOfKnown } from '../../archive/aggregate.js';
import { pointsWithin } from '../../archive/sorted-points.js';
import type { DatabaseInfo } from '../../database/info.js';
import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { AggregationSpec } from '../../format/aggregation-spec.js';
import type { PointRun } from '../../format/point-run.js';

/** How the values of an archive are made of those of a finer one. */
export interface Making {
  /** The finer archive. */
  readonly finer: number;
  /** The value of an interval; undefined if too few of its points are known. */
  value(finerPoints: PointRun, interval: number): number | undefined;
}

/**
 * How archive `index` is made: of the next finer one, or, in a mix, of the finest.
 *
 * @returns  undefined for the finest, and in files that break the rules of an archive list so that nothing can be rolled up
 */
export function makingOf(info: DatabaseInfo, index: number, dialect: Dialect): Making | undefined {
  if (index === 0) return undefined;
  const finer = info.aggregation === 'mix' ? 0 : index - 1;
  const [{ step: fineStep, points }, { step }] = [info.archives[finer]!, info.archives[index]!];
  const slots = step / fineStep;
  if (!Number.isInteger(slots) || slots <= 1 || slots > points) return undefined;
  const aggregate = aggregationFor(info, index);
  const isEnough = sharing(info, dialect);
  return {
    finer,
    value: (finerPoints, interval) => {
      const { values, length } = pointsWithin(finerPoints, interval, interval + step - 1);
      if (length === 0 || !isEnough(length, slots)) return undefined;
      // A copy: a percentile sorts its values where they stand.
      return aggregate(values.slice(0, length), slots);
    },
  };
}

function aggregationFor(info: DatabaseInfo, index: number): (values: Float64Array, slots: number) => number {
  if (info.format === 'standard') {
    const aggregate = aggregationOfKnown(info.aggregation);
    return (values, slots) => aggregate(values, 0, values.length, slots);
  }
  const method = info.aggregation as AggregationMethod & AggregationSpec['method'];
  const spec = info.archives[index]!.spec ?? { method, percentile: 0 };
  return (values) => aggregateList(values, spec);
}

/** Compressed files, and the go dialect, compare shares in single precision. */
function sharing(
  { format, xFilesFactor }: DatabaseInfo,
  dialect: Dialect,
): (known: number, slots: number) => boolean {
  const isSingle = format === 'compressed' || dialect === 'go';
  return (known, slots) => (isSingle ? Math.fround(known / slots) : known / slots) >= xFilesFactor;
}
