import type { AggregationMethod, Dialect } from '../../format/aggregation-method.js';
import type { MixSpec } from '../../format/aggregation-spec.js';
import type { PointRun } from '../../format/point-run.js';

/** What is asked of a conversion, checked. */
export interface ConversionAsked {
  /** Unix seconds. */
  readonly now: number;
  readonly dialect: Dialect;
  readonly spec: MixSpec | string | undefined;
  readonly aggregation: AggregationMethod | undefined;
}

/** A file of the other format, complete in memory, and what each of its archives must hold. */
export interface Converted {
  readonly bytes: Uint8Array;
  readonly points: readonly PointRun[];
}
