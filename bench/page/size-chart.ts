/** How many bytes a point takes in the blocks of each series. */
import type { Size } from '../sizes.js';
import { bar, line, picture, text } from './svg.js';

const WIDTH = 900;
const LABELS = 390;
const RIGHT = 50;
const TOP = 46;
const ROW = 18;
const BAR = 11;
const BOTTOM = 30;
/** Of a point in a standard file. */
const STANDARD = 12;

/** Generated series first, then measured ones, as they are given. */
export function sizeChart(sizes: readonly Size[]): string {
  const bottom = TOP + sizes.length * ROW;
  const x = (bytes: number) => LABELS + ((WIDTH - LABELS - RIGHT) * bytes) / STANDARD;
  return picture('Bytes a point', WIDTH, bottom + BOTTOM, [
    text(
      24,
      26,
      'Bytes a point in compressed blocks; the right end of the scale is a standard file',
      'muted',
    ),
    ...[0, 2, 4, 6, 8, 10, STANDARD].flatMap((tick) => [
      line(
        x(tick),
        TOP - 6,
        x(tick),
        bottom,
        tick === STANDARD ? 'standard' : 'grid',
        tick === STANDARD ? 2 : 1,
      ),
      text(x(tick), bottom + 18, String(tick), 'muted', 'middle'),
    ]),
    ...sizes.flatMap(({ name, bytesPerPoint }, i) => {
      const y = TOP + i * ROW + ROW / 2;
      return [
        text(LABELS - 12, y + 4, name, 'text', 'end'),
        bar(x(0), y - BAR / 2, x(bytesPerPoint) - x(0), BAR, 'compressed'),
        text(x(bytesPerPoint) + 6, y + 4, bytesPerPoint.toFixed(2), 'muted'),
      ];
    }),
  ]);
}
