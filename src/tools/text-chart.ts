/** Charts of text: a plot with axes that holds one series or several, and a sparkline of one line. */
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../options.js';
import {
  CELL_HEIGHTS,
  type Cells,
  dotRow,
  drawBars,
  drawLines,
  type Frame,
  type Glyphs,
} from './chart-glyphs.js';
import {
  type ChartSeries,
  type LabelledSeries,
  type Summary,
  sharedExtent,
  summarize,
  summaryParts,
} from './chart-series.js';
import { checkSize } from './chart-size.js';
import { dayRange, timeTicks, zoneName } from './chart-time-axis.js';
import { shareOf, tickLabel, type ValueScale, valueRange, valueScale } from './chart-value-axis.js';
import type { TimeZone } from './time-zone.js';

export interface TextChartOptions {
  /** Characters of the longest line, labels and axis included; at least 20. Default 80. */
  readonly width?: number | undefined;
  /** Rows of the plot; at least 2. Title, axis, time labels and legend come on top of it. Default 15. */
  readonly height?: number | undefined;
  /** A line above the plot; cut if it is longer than the width. Default none. */
  readonly title?: string | undefined;
  /** Whose midnights and hours the time axis shows. Default `utc`. */
  readonly timeZone?: TimeZone | undefined;
  /** Colours the lines with ANSI escape codes, which the width does not count. Default false. */
  readonly color?: boolean | undefined;
  /** `block` draws bars instead of a line, for fonts without braille; of one series only. Default `braille`. */
  readonly glyphs?: Glyphs | undefined;
}

const OPTION_NAMES = ['width', 'height', 'title', 'timeZone', 'color', 'glyphs'];

/** ANSI foregrounds by index of the series: first those that stand out on dark and light, then their bright ones. */
const COLORS = [36, 33, 35, 32, 31, 34, 96, 93, 95, 92, 91, 94];
const ESCAPE = '\u001b';
const DEFAULT_COLOR = `${ESCAPE}[39m`;
const COLOR_CODES = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');

/**
 * A chart of several lines, without a newline at the end.
 *
 * Known neighbours are joined; a gap, or a known NaN, stays empty and a value between two gaps is a dot. Infinities lie on
 * the edge. Where several slots fall into one column, braille draws all they span. Several series stand on one axis of
 * time and one of values, and below it in a legend, a line each; it takes colours to tell them apart.
 *
 * @param series  one, or several with their names
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function renderTextChart(
  series: ChartSeries | readonly LabelledSeries[],
  options: TextChartOptions = {},
): string {
  checkOptionNames(options, OPTION_NAMES, 'renderTextChart');
  const width = checkSize('width', options.width ?? 80, 20);
  const height = checkSize('height', options.height ?? 15, 2);
  const timeZone = checkChoice('timeZone', options.timeZone, ['utc', 'local']);
  const color = checkFlag('color', options.color);
  const glyphs = checkChoice('glyphs', options.glyphs, ['braille', 'block']);
  const title = options.title ?? '';
  if (typeof title !== 'string') throw badOption('option title is no text', 'text');
  const all = isList(series) ? series : [series];
  if (glyphs === 'block' && all.length > 1) throw badOption('several series in blocks', 'one, or braille');

  const summaries = all.map(summarize);
  const { min, max, isDrawn } = sharedExtent(summaries);
  const scale = valueScale(min, max, Math.max(3, Math.ceil(height / 3) + 1));
  const labels = isDrawn ? rowLabels(scale, width, height, glyphs) : new Map<number, string>();
  const gutter = Math.max(0, ...[...labels.values()].map((label) => label.length));
  const columns = width - gutter - ' ┤'.length;
  const frame: Frame = { ...span(all), scale, columns, height };

  const plot = isDrawn
    ? rowsOf(glyphs === 'braille' ? drawLines(all, frame) : drawBars(all[0]!, frame), frame, color)
    : notice(summaries, columns, height);
  const lines = plot.map((cells, row) => {
    const label = labels.get(row);
    return `${(label ?? '').padStart(gutter)} ${label === undefined ? '│' : '┤'}${cells}`;
  });
  if (title !== '') lines.unshift(clip(title, width));
  lines.push(...timeAxis(frame, gutter + 1, width, timeZone));
  const legend = isList(series)
    ? legendLines(series, summaries, width, color)
    : wrap(summaryParts(summaries[0]!), width);
  lines.push(...withDays(legend, frame, width, timeZone));
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
  const { from, until } = series;
  return drawBars(series, {
    from,
    until,
    scale: valueRange(min, max),
    columns: width,
    height: 1,
  }).glyphs.join('');
}

function isList(series: ChartSeries | readonly LabelledSeries[]): series is readonly LabelledSeries[] {
  return Array.isArray(series);
}

// Plot ---------------------------------------------------------------------------------------------------

/** From the earliest to the latest slot of all. */
function span(series: readonly ChartSeries[]): { from: number; until: number } {
  const some = series.filter(({ values }) => values.length > 0);
  const shown = some.length > 0 ? some : series;
  return {
    from: Math.min(...shown.map(({ from }) => from)),
    until: Math.max(...shown.map(({ until }) => until)),
  };
}

/** Rows without blanks at their ends; a colour is said where it changes. */
function rowsOf({ glyphs, owners }: Cells, { columns, height }: Frame, color: boolean): string[] {
  return Array.from({ length: height }, (_, row) => {
    const cells = glyphs.slice(row * columns, (row + 1) * columns);
    const end = cells.findLastIndex((cell) => cell !== ' ') + 1;
    if (!color || end === 0) return cells.slice(0, end).join('');
    let text = '';
    let current = -1;
    for (let i = 0; i < end; i++) {
      const owner = owners[row * columns + i]!;
      if (cells[i] !== ' ' && owner !== current) {
        text += colorCode(owner);
        current = owner;
      }
      text += cells[i];
    }
    return text + DEFAULT_COLOR;
  });
}

function colorCode(index: number): string {
  return `${ESCAPE}[${COLORS[index % COLORS.length]}m`;
}

/** What stands in the middle of a plot without anything to draw. */
function notice(summaries: readonly Summary[], columns: number, height: number): string[] {
  const text = summaries.some(({ nan }) => nan > 0) ? 'only NaN' : 'no data';
  const rows = Array.from({ length: height }, () => '');
  rows[Math.floor((height - 1) / 2)] = ' '.repeat(Math.floor((columns - text.length) / 2)) + text;
  return rows;
}

// Axes ---------------------------------------------------------------------------------------------------

/** Labels by row. The ends of the scale come first: in a low plot they push out what lies between. */
function rowLabels(scale: ValueScale, width: number, height: number, glyphs: Glyphs): Map<number, string> {
  const dots = CELL_HEIGHTS[glyphs];
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
function timeAxis({ from, until }: Frame, left: number, width: number, timeZone: TimeZone): string[] {
  const columns = width - left - 1;
  const marks = Array.from({ length: columns }, () => '─');
  let labels = '';
  for (const { time, label } of until > from ? timeTicks(from, until, columns, timeZone) : []) {
    const column = Math.floor(((time - from) / (until - from)) * columns);
    marks[column] = '┬';
    const centred = left + 1 + column - Math.floor(label.length / 2);
    const start = Math.max(0, Math.min(centred, width - label.length));
    if (labels === '' || start > labels.length) labels = labels.padEnd(start) + label;
  }
  return [`${' '.repeat(left)}└${marks.join('')}`, labels];
}

// Legend -------------------------------------------------------------------------------------------------

const SWATCH = '━━';
/** A label that would have fewer characters than this gets a line of its own. */
const SHORTEST_LABEL = 12;

/** A line for each series: swatch, label, and the numbers in columns; on lines of their own where they are too many. */
function legendLines(
  series: readonly LabelledSeries[],
  summaries: readonly Summary[],
  width: number,
  color: boolean,
): string[] {
  const parts = summaries.map(summaryParts);
  const widths: number[] = [];
  for (const row of parts) {
    for (const [i, part] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, part.length + 2);
  }
  const numbers = widths.reduce((sum, column) => sum + column, 0);
  const labels = series.map(({ label }) => printable(label));
  const longest = Math.max(...labels.map((label) => [...label].length));
  const room = width - SWATCH.length - 1;
  const isNarrow = room - numbers < Math.min(longest, SHORTEST_LABEL);
  const labelWidth = Math.min(longest, isNarrow ? room : room - numbers);
  return labels.flatMap((label, i) => {
    const swatch = color ? colorCode(i) + SWATCH + DEFAULT_COLOR : SWATCH;
    const name = clipStart(label, labelWidth);
    if (isNarrow) return [`${swatch} ${name}`, ...wrap(parts[i]!, width - 3).map((line) => `   ${line}`)];
    const cells = parts[i]!.map((part, column) => `  ${part}`.padEnd(widths[column]!)).join('');
    return [`${swatch} ${name}${' '.repeat(labelWidth - [...name].length)}${cells}`.trimEnd()];
  });
}

/** Parts on as few lines as hold them, two blanks apart. */
function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}  ${part}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** The days of the chart and its zone, to the right: behind the last line, or below it where that has no room. */
function withDays(
  lines: readonly string[],
  { from, until }: Frame,
  width: number,
  timeZone: TimeZone,
): string[] {
  const days = [dayRange(from, until, timeZone), zoneName(timeZone)].find((text) => text.length <= width);
  if (days === undefined) return [...lines];
  const last = lines.at(-1)!;
  // Escape codes take no room.
  const taken = visibleLength(last);
  if (taken + 3 + days.length > width) return [...lines, days.padStart(width)];
  return [...lines.slice(0, -1), last + days.padStart(width - taken)];
}

function visibleLength(line: string): number {
  return [...line.replace(COLOR_CODES, '')].length;
}

// Text ---------------------------------------------------------------------------------------------------

/** Text on one line: what could move the cursor becomes a blank. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ').trimEnd();
}

/** Text on one line of at most `width` characters. */
function clip(text: string, width: number): string {
  const characters = [...printable(text)];
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}

/** The end of a text, which is where paths differ, of at most `width` characters. */
export function clipStart(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `…${characters.slice(characters.length - width + 1).join('')}`;
}
