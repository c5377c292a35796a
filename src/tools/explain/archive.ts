/** One archive's part of an explanation. */
import type { TimedPoints } from '../../archive/current-points.js';
import { floorTo } from '../../bytes/integers.js';
import type { CompressedArchiveDescription } from '../../database/info.js';
import type { Series } from '../../database/series.js';
import type { SelectedArchive } from '../dump.js';
import type { ExplainedArchive } from './explanation.js';
import { blockAt, bufferedAt, slotAt } from './place.js';
import type { Question } from './question.js';
import { rollUpAt } from './roll-up.js';

export function explainArchive(question: Question, selected: SelectedArchive): ExplainedArchive {
  const { info, timestamp, now } = question;
  const { index, archive, spec } = selected;
  const { step, retention } = archive;
  const interval = floorTo(timestamp, step);
  const shown = fetchInterval(question, interval, step, index);
  const value = shown?.known[0] === 1 ? shown.values[0]! : null;
  const place = placeOf(question, selected, interval);
  const rollUp = rollUpAt(question, index, interval);
  const points = question.points(index);
  const known = countUpTo(points, now);
  return {
    index,
    step,
    points: archive.points,
    retention,
    ...(spec === undefined ? {} : { spec }),
    interval,
    covers: shown !== null,
    fallsOut: interval + retention,
    value,
    source: sourceOf(value, place),
    ...place,
    ...(rollUp === undefined ? {} : { rollUp }),
    ...(info.format === 'compressed'
      ? { discarded: (archive as CompressedArchiveDescription).discarded }
      : {}),
    known,
    first: known === 0 ? null : points.timestamps[0]!,
    last: known === 0 ? null : points.timestamps[known - 1]!,
  };
}

/**
 * Fetches a range that begins with one interval, from one archive or from whichever answers.
 *
 * @returns  null if it is not shown: too old, or still to come
 */
export function fetchInterval(
  { database, info, timestamp, now }: Question,
  interval: number,
  step: number,
  archive: number | undefined,
  spec?: string,
): Series | null {
  if (timestamp > now || interval < step) return null;
  // The first value is that of the interval after the one that holds the beginning.
  const from = interval - 1;
  // In a mix file the last interval of a range shows whatever is known of it, so the range must not end with this one.
  const until = info.aggregation === 'mix' ? now : interval;
  const series = database.fetch(from, until, { now, archive, spec });
  return series?.from === interval && series.step === step ? series : null;
}

type Place = Pick<ExplainedArchive, 'slot' | 'block' | 'buffered'>;

function placeOf(question: Question, selected: SelectedArchive, interval: number): Place {
  const { info } = question;
  if (info.format === 'standard') return { slot: slotAt(question, selected, interval) };
  const next = info.archives[selected.index + 1]?.step;
  return {
    block: blockAt(question, selected, interval),
    buffered: bufferedAt(question, selected, interval, next),
  };
}

function sourceOf(value: number | null, { slot, block, buffered }: Place): ExplainedArchive['source'] {
  if (value === null) return null;
  if (slot !== undefined) return 'slot';
  if (Object.is(value, buffered?.value)) return 'buffer';
  return Object.is(value, block?.value) ? 'block' : 'waiting';
}

/** How many of the points, by rising time, are not in the future. */
function countUpTo({ timestamps }: TimedPoints, now: number): number {
  const future = timestamps.findIndex((timestamp) => timestamp > now);
  return future === -1 ? timestamps.length : future;
}
