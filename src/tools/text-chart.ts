/**
 * Charts of text: a plot with axes, and a sparkline of one line.
 *
 * A cell of the plot is one character. In braille it holds 2 × 4 dots, the whole plot is a small bitmap and
 * the series a line in it; in blocks a cell has 8 heights and each column is a bar.
 */
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../options.js';
import {
  type ChartSeries,
  checkSize,
  isDrawable,
  type Summary,
  summarize,
  summaryParts,
} from './chart-series.js';
import { dayRange, type TimeTick, timeTicks } from './chart-time-axis.js';
import {
  shareOf,
  tickLabel,
  type ValueRange,
  type ValueScale,
  valueRange,
  valueScale,
} from './chart-value-axis.js';
import type { TimeZone } from './time-zone.js';

export interface TextChartOptions {
  /** Characters of the longest line, labels and axis included; at least 20. Default 80. */
  readonly width?: number | undefined;
  /** Rows of the plot; at least 2. Title, axis, time labels and summary come on top of it. Default 15. */
  readonly height?: number | undefined;
  /** A line above the plot; cut if it is longer than the width. Default none. */
  readonly title?: string | undefined;
  /** Whose midnights and hours the time axis shows. Default `utc`. */
  readonly timeZone?: TimeZone | undefined;
  /** Colours the line with ANSI escape codes, which the width does not count. Default false. */
  readonly color?: boolean | undefined;
  /** `block` draws bars instead of a line, for fonts without braille. Default `braille`. */
  readonly glyphs?: 'braille' | 'block' | undefined;
}

const OPTION_NAMES = ['width', 'height', 'title', 'timeZone', 'color', 'glyphs'];

const CYAN = '\u001b[36m';
const DEFAULT_COLOR = '\u001b[39m';

/** A cell by how many of its eighths are filled, from the bottom. */
const BLOCKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const EIGHTHS = 8;

/**
 * A chart of several lines, without a newline at the end.
 *
 * Known neighbours are joined; a gap, or a known NaN, stays empty and a value between two gaps is a dot.
 * Infinities lie on the edge. Where several slots fall into one column, braille draws all they span and a
 * bar goes up to the greatest, so no peak is lost.
 *
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function renderTextChart(series: ChartSeries, options: TextChartOptions = {}): string {
  checkOptionNames(options, OPTION_NAMES, 'renderTextChart');
  const width = checkSize('width', options.width ?? 80, 20);
  const height = checkSize('height', options.height ?? 15, 2);
  const timeZone = checkChoice('timeZone', options.timeZone, ['utc', 'local']);
  const color = checkFlag('color', options.color);
  const glyphs = checkChoice('glyphs', options.glyphs, ['braille', 'block']);
  const title = options.title ?? '';
  if (typeof title !== 'string') throw badOption('option title is no text', 'text');

  const summary = summarize(series);
  const isEmpty = summary.min === undefined && summary.infinite === 0;
  const scale = valueScale(summary.min, summary.max, Math.max(3, Math.ceil(height / 3) + 1));
  const labels = isEmpty ? new Map<number, string>() : rowLabels(scale, width, height, glyphs);
  const gutter = Math.max(0, ...[...labels.values()].map((label) => label.length));
  const columns = width - gutter - ' ┤'.length;

  const plot = isEmpty
    ? notice(summary, columns, height)
    : glyphs === 'braille'
      ? drawLines(series, scale, columns, height)
      : drawBars(series, scale, columns, height);
  const lines = plot.map((cells, row) => {
    const label = labels.get(row);
    const axis = `${(label ?? '').padStart(gutter)} ${label === undefined ? '│' : '┤'}`;
    const drawn = cells.trimEnd();
    return axis + (color && drawn !== '' ? CYAN + drawn + DEFAULT_COLOR : drawn);
  });
  if (title !== '') lines.unshift(clip(title, width));
  lines.push(...timeAxis(series, gutter + 1, width, timeZone));
  lines.push(...summaryLines(series, summary, width, timeZone));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/**
 * One line of exactly `width` bars between the least and the greatest value; blanks are gaps.
 *
 * A bar over several slots goes up to their greatest, a slot over several bars repeats itself.
 *
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function renderSparkline(series: ChartSeries, width: number): string {
  checkSize('width', width, 1);
  const { min, max } = summarize(series);
  return barRows(columnPeaks(series, width), valueRange(min, max), 1)[0]!;
}

// Plot ---------------------------------------------------------------------------------------------------

/** What stands in the middle of a plot without anything to draw. */
function notice({ nan }: Summary, columns: number, height: number): string[] {
  const text = nan > 0 ? 'only NaN' : 'no data';
  const rows = Array.from({ length: height }, () => '');
  rows[Math.floor((height - 1) / 2)] = ' '.repeat(Math.floor((columns - text.length) / 2)) + text;
  return rows;
}

/** Bit of each dot in a braille character, by row and column of its cell. */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BRAILLE_BASE = 0x2800;
const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;

/**
 * Rows of braille: one walk over the slots. The slots of one dot column are gathered to the span they cover
 * before they are drawn, so that the work does not grow with slots times height.
 */
function drawLines(series: ChartSeries, range: ValueRange, columns: number, height: number): string[] {
  const cells = new Uint8Array(columns * height);
  const count = series.values.length;
  const across = columns * DOTS_ACROSS;
  let previous = -2;
  let [x, y, top, bottom] = [0, 0, 0, -1];
  for (let i = 0; i < count; i++) {
    if (!isDrawable(series, i)) continue;
    // Slots are evenly spaced in time, so their share of the count is their share of the range.
    const nextX = Math.floor((i / count) * across);
    const nextY = dotRow(shareOf(range, series.values[i]!), height * DOTS_DOWN);
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
  return Array.from({ length: height }, (_, row) => {
    const bits = cells.subarray(row * columns, (row + 1) * columns);
    return Array.from(bits, (bit) => (bit === 0 ? ' ' : String.fromCharCode(BRAILLE_BASE + bit))).join('');
  });
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

/** Row of dots, counted from the top, for a share of the scale. */
function dotRow(share: number, dots: number): number {
  return Math.round((1 - share) * (dots - 1));
}

function drawBars(series: ChartSeries, range: ValueRange, columns: number, height: number): string[] {
  return barRows(columnPeaks(series, columns), range, height);
}

/** Greatest drawable value of each column's slots, NaN where there is none. */
function columnPeaks(series: ChartSeries, columns: number): Float64Array {
  const count = series.values.length;
  const peaks = new Float64Array(columns).fill(Number.NaN);
  if (count === 0) return peaks;
  for (let column = 0; column < columns; column++) {
    const start = Math.floor((column * count) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * count) / columns));
    for (let i = start; i < end; i++) {
      if (isDrawable(series, i) && !(series.values[i]! <= peaks[column]!)) peaks[column] = series.values[i]!;
    }
  }
  return peaks;
}

/** The lowest bar has one eighth: an empty column is a gap. */
function barRows(peaks: Float64Array, range: ValueRange, height: number): string[] {
  const levels = Array.from(peaks, (peak) =>
    Number.isNaN(peak) ? 0 : height * EIGHTHS - dotRow(shareOf(range, peak), height * EIGHTHS),
  );
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * EIGHTHS;
    return levels.map((level) => BLOCKS[Math.min(EIGHTHS, Math.max(0, level - below))]!).join('');
  });
}

// Axes ---------------------------------------------------------------------------------------------------

/** Labels by row. The ends of the scale come first: in a low plot they push out what lies between. */
function rowLabels(
  scale: ValueScale,
  width: number,
  height: number,
  glyphs: 'braille' | 'block',
): Map<number, string> {
  const dots = glyphs === 'braille' ? DOTS_DOWN : EIGHTHS;
  const maxLength = Math.max('-5e-324'.length, Math.floor(width * 0.4));
  const labels = new Map<number, string>();
  const { ticks } = scale;
  for (const tick of [...ticks.slice(0, 1), ...ticks.slice(-1), ...ticks.slice(1, -1)]) {
    const row = Math.floor(dotRow(shareOf(scale, tick), height * dots) / dots);
    if (!labels.has(row)) labels.set(row, tickLabel(tick, scale.step, maxLength));
  }
  return labels;
}

/** The axis with a mark for each tick, and the labels below it, centred as far as the edges let them. */
function timeAxis(series: ChartSeries, left: number, width: number, timeZone: TimeZone): string[] {
  const columns = width - left - 1;
  const marks = Array.from({ length: columns }, () => '─');
  let labels = '';
  for (const { time, label } of timeTicksOf(series, columns, timeZone)) {
    const column = Math.floor(((time - series.from) / (series.until - series.from)) * columns);
    marks[column] = '┬';
    const centred = left + 1 + column - Math.floor(label.length / 2);
    const start = Math.max(0, Math.min(centred, width - label.length));
    if (labels === '' || start > labels.length) labels = labels.padEnd(start) + label;
  }
  return [`${' '.repeat(left)}└${marks.join('')}`, labels];
}

function timeTicksOf({ from, until }: ChartSeries, room: number, timeZone: TimeZone): TimeTick[] {
  return until > from ? timeTicks(from, until, room, timeZone) : [];
}

/** The summary, in as many lines as it needs, and the days of the chart where the last one has room. */
function summaryLines(series: ChartSeries, summary: Summary, width: number, timeZone: TimeZone): string[] {
  const lines: string[] = [];
  for (const part of summaryParts(summary)) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}  ${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  const last = lines.at(-1)!;
  const days = dayRange(series.from, series.until, timeZone);
  if (last.length + 3 + days.length <= width)
    lines[lines.length - 1] = last + days.padStart(width - last.length);
  return lines;
}

/** Text on one line of at most `width` characters; what could move the cursor becomes a blank. */
function clip(text: string, width: number): string {
  const characters = [...text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').trimEnd()];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}
