/**
 * Values as characters. In braille a cell holds 2 × 4 dots, the whole plot is a small bitmap and each series a line in it;
 * in blocks a cell has 8 heights and each column is a bar.
 */
import { type ChartSeries, isDrawable } from './chart-series.js';
import { shareOf, type ValueRange } from './chart-value-axis.js';

export type Glyphs = 'braille' | 'block';

/** Heights that a cell can tell apart. */
export const CELL_HEIGHTS: Readonly<Record<Glyphs, number>> = { braille: 4, block: 8 };

/** What a plot shows: its range of time and of values, and how many cells it has. */
export interface Frame {
  /** Time at the left edge, and at the right. */
  readonly from: number;
  readonly until: number;
  readonly scale: ValueRange;
  readonly columns: number;
  readonly height: number;
}

/** A plot cell by cell, row after row: what stands there, and of which series. */
export interface Cells {
  readonly glyphs: readonly string[];
  /** Index of the series; of several in one cell that with the most dots. */
  readonly owners: Uint16Array;
}

/** Row of dots, counted from the top, for a share of the scale. */
export function dotRow(share: number, dots: number): number {
  return Math.round((1 - share) * (dots - 1));
}

// Braille ------------------------------------------------------------------------------------------------

/** Bit of each dot in a braille character, by row and column of its cell. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BRAILLE_BASE = 0x2800;
const DOTS_ACROSS = 2;
const DOTS_DOWN = CELL_HEIGHTS.braille;

/** Lines of braille, on the same axes. */
export function drawLines(series: readonly ChartSeries[], frame: Frame): Cells {
  const count = frame.columns * frame.height;
  const bits = new Uint8Array(count);
  const owners = new Uint16Array(count);
  const most = new Uint8Array(count);
  for (const [index, one] of series.entries()) {
    const own = drawLine(one, frame);
    for (let cell = 0; cell < count; cell++) {
      if (own[cell] === 0) continue;
      bits[cell]! |= own[cell]!;
      const dots = countBits(own[cell]!);
      if (dots <= most[cell]!) continue;
      most[cell] = dots;
      owners[cell] = index;
    }
  }
  const glyphs = Array.from(bits, (bit) => (bit === 0 ? ' ' : String.fromCharCode(BRAILLE_BASE + bit)));
  return { glyphs, owners };
}

/**
 * Dots of one line: one walk over the slots. The slots of one dot column are gathered to the span they cover before they
 * are drawn, so that the work does not grow with slots times height.
 */
function drawLine(series: ChartSeries, { from, until, scale, columns, height }: Frame): Uint8Array {
  const cells = new Uint8Array(columns * height);
  // Slots are evenly spaced in time, so their share of the count is their share of the range.
  const lead = (series.from - from) / series.step;
  const count = (until - from) / series.step;
  const across = columns * DOTS_ACROSS;
  let previous = -2;
  let [x, y, top, bottom] = [0, 0, 0, -1];
  for (let i = 0; i < series.values.length; i++) {
    if (!isDrawable(series, i)) continue;
    const nextX = Math.floor(((i + lead) / count) * across);
    const nextY = dotRow(shareOf(scale, series.values[i]!), height * DOTS_DOWN);
    const isJoined = previous === i - 1;
    if (isJoined && nextX === x) {
      top = Math.min(top, nextY);
      bottom = Math.max(bottom, nextY);
    } else {
      setLine(cells, columns, x, top, x, bottom);
      if (isJoined) setLine(cells, columns, x, y, nextX, nextY);
      top = nextY;
      bottom = nextY;
    }
    [previous, x, y] = [i, nextX, nextY];
  }
  setLine(cells, columns, x, top, x, bottom);
  return cells;
}

/** Sets the dots of a line to the right, or down a column; up a column there are none: the empty span. */
function setLine(cells: Uint8Array, columns: number, x0: number, y0: number, x1: number, y1: number): void {
  if (x0 === x1 && y0 > y1) return;
  const steps = Math.max(x1 - x0, Math.abs(y1 - y0));
  for (let i = 0; i <= steps; i++) {
    const share = steps === 0 ? 0 : i / steps;
    const x = x0 + Math.round((x1 - x0) * share);
    const y = y0 + Math.round((y1 - y0) * share);
    const cell = Math.floor(y / DOTS_DOWN) * columns + Math.floor(x / DOTS_ACROSS);
    cells[cell]! |= BRAILLE_BITS[y % DOTS_DOWN]![x % DOTS_ACROSS]!;
  }
}

function countBits(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

// Bars ---------------------------------------------------------------------------------------------------

/** A cell by how many of its eighths are filled, from the bottom. */
const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const EIGHTHS = CELL_HEIGHTS.block;

/**
 * Bars of one series. One over several slots goes up to their greatest, so that no peak is lost; a slot over several
 * columns repeats itself. The lowest bar has one eighth: an empty column is a gap.
 */
export function drawBars(series: ChartSeries, frame: Frame): Cells {
  const { scale, columns, height } = frame;
  const levels = Array.from(columnPeaks(series, frame), (peak) =>
    Number.isNaN(peak) ? 0 : height * EIGHTHS - dotRow(shareOf(scale, peak), height * EIGHTHS),
  );
  const glyphs = Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * EIGHTHS;
    return levels.map((level) => BLOCKS[Math.min(EIGHTHS, Math.max(0, level - below))]!);
  }).flat();
  return { glyphs, owners: new Uint16Array(columns * height) };
}

/** Greatest drawable value of each column's slots, NaN where there is none. */
function columnPeaks(series: ChartSeries, { from, until, columns }: Frame): Float64Array {
  const { length } = series.values;
  const peaks = new Float64Array(columns).fill(Number.NaN);
  const lead = (series.from - from) / series.step;
  const count = (until - from) / series.step;
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * count) / columns - lead);
    const end = Math.max(start + 1, Math.floor(((column + 1) * count) / columns - lead));
    for (let i = Math.max(0, start); i < Math.min(length, end); i++) {
      if (isDrawable(series, i) && !(series.values[i]! <= peaks[column]!)) peaks[column] = series.values[i]!;
    }
  }
  return peaks;
}
