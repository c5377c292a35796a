/** Whether what was read is of the story: nothing that was not told, and all that was told before the read began. */
import type { Block, DatabaseInfo, Series } from '../../../src/index.js';
import { RETENTION, STEP, type Story, timeOf, valueAt } from './story.js';

/** What was read is not what it must be. */
export class Wrong extends Error {}

/** The moments between which a read was made, in batches of its file. */
export interface Span {
  readonly story: Story;
  /** Batches whose calls had returned before. */
  readonly before: number;
  /** The last batch that may have been begun meanwhile. */
  readonly begun: number;
}

type Columns = { readonly timestamps: ArrayLike<number>; readonly values: ArrayLike<number> };

export class Checks {
  readonly sum = { reads: 0, points: 0, required: 0 };

  /** A range of the base. */
  base(series: Series | null, span: Span): void {
    if (series === null) return;
    const { from, step, length, known, values } = series;
    for (let i = 0; i < length; i++) {
      const timestamp = from + step * i;
      if (known[i] === 1) this.#checkPoint(timestamp, values[i]!, span);
      else if (isRequired(timestamp, span)) throw new Wrong(`${timestamp} is a gap`);
      this.sum.required += isRequired(timestamp, span) ? 1 : 0;
    }
  }

  /** A range of the coarser archive: of each interval the last value, by the time of the read or since. */
  coarse(series: Series | null, span: Span): void {
    if (series === null) return;
    const { from, step, length, known, values } = series;
    for (let i = 0; i < length; i++) {
      const interval = from + step * i;
      const least = lastBrought(interval, step, span);
      if (known[i] !== 1) {
        if (least > 0)
          throw new Wrong(`${interval} of the coarser archive is a gap, and ${least} was stored`);
        continue;
      }
      const timestamp = timeOf(values[i]!);
      if (timestamp === undefined || timestamp < interval || timestamp >= interval + step) {
        throw new Wrong(`${interval} of the coarser archive is ${values[i]}`);
      }
      this.#checkPoint(timestamp, values[i]!, span);
      if (timestamp < least) throw new Wrong(`${interval} is of ${timestamp}, and ${least} was stored`);
      this.sum.required += least > 0 ? 1 : 0;
    }
  }

  /** All points of the base, in their order. */
  points({ timestamps, values }: Columns, span: Span): void {
    const there = new Set<number>();
    for (let i = 0; i < timestamps.length; i++) {
      const timestamp = timestamps[i]!;
      if (i > 0 && timestamp <= timestamps[i - 1]!)
        throw new Wrong(`${timestamp} follows ${timestamps[i - 1]}`);
      this.#checkPoint(timestamp, values[i]!, span);
      there.add(timestamp);
    }
    const newest = span.story.batch(span.begun).now;
    for (let timestamp = newest - RETENTION; timestamp <= newest; timestamp += STEP) {
      if (!isRequired(timestamp, span)) continue;
      if (!there.has(timestamp)) throw new Wrong(`${timestamp} is missing`);
      this.sum.required++;
    }
  }

  /** What lies in the file, in the order of the file. */
  slots({ timestamps, values }: Columns, span: Span): void {
    for (let i = 0; i < timestamps.length; i++) {
      if (timestamps[i] !== 0) this.#checkPoint(timestamps[i]!, values[i]!, span);
    }
  }

  blocks(blocks: readonly Block[], span: Span): void {
    for (const { index, damage, points } of blocks) {
      if (damage !== undefined) throw new Wrong(`block ${index} ${damage}`);
      this.slots(points, span);
    }
  }

  info(info: DatabaseInfo, expected: DatabaseInfo): void {
    const settings = ({ aggregation, xFilesFactor, maxRetention, archives }: DatabaseInfo) =>
      JSON.stringify([
        aggregation,
        xFilesFactor,
        maxRetention,
        archives.map(({ step, points }) => [step, points]),
      ]);
    if (settings(info) !== settings(expected)) throw new Wrong(`the settings are ${settings(info)}`);
    if (info.warnings.length > 0) throw new Wrong(info.warnings.join(', '));
    if (info.format !== 'compressed') return;
    if (!info.isChecksumRight) throw new Wrong('the checksum is wrong');
    if (info.archives.some(({ discarded }) => discarded > 0)) throw new Wrong('points were discarded');
  }

  #checkPoint(timestamp: number, value: number, { story, begun }: Span): void {
    if (value !== valueAt(timestamp)) throw new Wrong(`${timestamp} is ${value}, not ${valueAt(timestamp)}`);
    if (story.broughtBy(timestamp, begun) > begun) throw new Wrong(`${timestamp} was not stored yet`);
    this.sum.points++;
  }
}

/** Whether the base must have a time: it was stored, and nothing has taken its place since. */
function isRequired(timestamp: number, { story, before, begun }: Span): boolean {
  return story.broughtBy(timestamp, begun) < before && timestamp > story.batch(begun).now - RETENTION;
}

/** The last time within an interval that was stored before; 0 if there is none. */
function lastBrought(interval: number, step: number, { story, before, begun }: Span): number {
  for (let timestamp = interval + step - STEP; timestamp >= interval; timestamp -= STEP) {
    if (story.broughtBy(timestamp, begun) < before) return timestamp;
  }
  return 0;
}
