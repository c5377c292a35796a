/**
 * A line chart as one SVG document that needs nothing else: no script, no font, no style sheet.
 *
 *   title                          days
 *   ┌──────────────────────────────────┐
 *   │ value labels, grid, lines, dots  │  plot: what the other rows leave
 *   └──────────────────────────────────┘
 *     time labels
 *     legend, a row for each series
 *
 * Text has no known width here, so places are kept for it by an estimate of its characters. Colours stand in
 * a style element with a second set for dark surroundings; every rule is tied to the root's class, because a
 * page may hold several charts inline.
 */
import { badOption, checkChoice, checkOptionNames } from '../options.js';
import {
  type ChartSeries,
  isDrawable,
  type LabelledSeries,
  type Summary,
  sharedExtent,
  summarize,
  summaryParts,
} from './chart-series.js';
import { checkSize } from './chart-size.js';
import { dayRange, timeTicks } from './chart-time-axis.js';
import { shareOf, tickLabel, type ValueScale, valueScale } from './chart-value-axis.js';
import type { TimeZone } from './time-zone.js';

export interface SvgChartOptions {
  /** Pixels, at least 240. Default 900. */
  readonly width?: number | undefined;
  /** Pixels, at least 160, legend included. Default 320. */
  readonly height?: number | undefined;
  /** Default none; the document is then named by its labels for those who cannot see it. */
  readonly title?: string | undefined;
  /** Whose midnights and hours the time axis shows. Default `utc`. */
  readonly timeZone?: TimeZone | undefined;
}

const OPTION_NAMES = ['width', 'height', 'title', 'timeZone'];

/** Estimated width of a character of 12 pixels, on the wide side. */
const CHARACTER = 7;
const TITLE_CHARACTER = 8;
const TOP = 34;
const RIGHT = 20;
const TIME_LABELS = 30;
const LEGEND_ROW = 18;
const BOTTOM = 8;
/** Share of the height that the plot keeps, however many rows the legend has. */
const PLOT_SHARE = 0.35;
/** Pixels from one value tick to the next, at least. */
const VALUE_DISTANCE = 28;
const SWATCH = 26;

/** The drawing area, in pixels. */
interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly scale: ValueScale;
  readonly from: number;
  readonly until: number;
}

/**
 * The document, on one axis of time and one of values that hold all the series.
 *
 * Each unbroken run of points is a sub-path of its own and a point alone a small circle; gaps and known NaN
 * stay empty, infinities lie on the edge. Where a series has more than two points to a pixel, only the
 * first, least, greatest and last of each pixel are kept.
 *
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function renderSvgChart(series: readonly LabelledSeries[], options: SvgChartOptions = {}): string {
  checkOptionNames(options, OPTION_NAMES, 'renderSvgChart');
  const width = checkSize('width', options.width ?? 900, 240);
  const height = checkSize('height', options.height ?? 320, 160);
  const timeZone = checkChoice('timeZone', options.timeZone, ['utc', 'local']);
  const title = options.title ?? '';
  if (typeof title !== 'string') throw badOption('option title is no text', 'text');

  const rows = legendRows(series, height);
  const summaries = series.map(summarize);
  const plotHeight = height - TOP - TIME_LABELS - rows.length * LEGEND_ROW - BOTTOM;
  const { min, max, isDrawn } = sharedExtent(summaries);
  const scale = valueScale(min, max, Math.max(3, Math.floor(plotHeight / VALUE_DISTANCE) + 1));
  const ticks = isDrawn ? scale.ticks : [];
  const labels = ticks.map((tick) => tickLabel(tick, scale.step, 12));
  const left = Math.max(0, ...labels.map((label) => label.length)) * CHARACTER + 16;
  const plot: Plot = {
    left,
    top: TOP,
    width: width - left - RIGHT,
    height: plotHeight,
    scale,
    ...span(series),
  };
  const days = plot.until > plot.from ? dayRange(plot.from, plot.until, timeZone) : '';

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="sotto-chart" role="img" viewBox="0 0 ${width} ${height}"` +
      ` width="${width}" height="${height}">`,
    `<title>${escapeXml(title || series.map(({ label }) => label).join(', ') || 'no series')}</title>`,
    `<desc>${escapeXml(describeChart(series, summaries, days))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    heading(title, days, width),
    valueAxis(plot, ticks, labels),
    timeAxis(plot, width, timeZone),
    ...series.map((one, index) => drawSeries(one, index, plot)),
    isDrawn ? '' : notice(summaries, plot),
    legend(series, summaries, rows, plot, width),
    '</svg>\n',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

// Style --------------------------------------------------------------------------------------------------

/**
 * Okabe and Ito's eight colours, which colour-blind readers tell apart. Black becomes light on dark paper,
 * and blue changes places with sky blue, each being first where it stands out more.
 */
const LIGHT = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#f0e442',
] as const;
const DARK = [
  '#56b4e9',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#0072b2',
  '#f2f2f2',
  '#f0e442',
] as const;
/** After eight series the colours come again, dashed. */
const DASHES = ['6 3', '2 3', '9 3 2 3'] as const;

const STYLE = [
  '',
  '.sotto-chart{font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums}',
  '.sotto-chart text{fill:#333}',
  '.sotto-chart .title{font-size:14px;font-weight:600}',
  '.sotto-chart .faint{fill:#666}',
  '.sotto-chart .end{text-anchor:end}',
  '.sotto-chart .middle{text-anchor:middle}',
  '.sotto-chart .line{stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}',
  '.sotto-chart .line path{fill:none}',
  '.sotto-chart .line circle{stroke:none}',
  ...DASHES.map((dash, i) => `.sotto-chart .d${i + 1}{stroke-dasharray:${dash};stroke-linecap:butt}`),
  ...paints('#fff', '#e6e6e6', '#999', LIGHT),
  '@media (prefers-color-scheme:dark){',
  '.sotto-chart text{fill:#ddd}',
  '.sotto-chart .faint{fill:#aaa}',
  ...paints('#16181c', '#2e3238', '#777', DARK),
  '}',
  '',
].join('\n');

function paints(paper: string, grid: string, axis: string, colors: readonly string[]): string[] {
  return [
    `.sotto-chart .paper{fill:${paper}}`,
    `.sotto-chart .grid{stroke:${grid}}`,
    `.sotto-chart .axis{stroke:${axis}}`,
    ...colors.map((color, i) => `.sotto-chart .s${i}{stroke:${color};fill:${color}}`),
  ];
}

function lineClass(index: number): string {
  const dash = Math.floor(index / LIGHT.length) % (DASHES.length + 1);
  return `line s${index % LIGHT.length}${dash === 0 ? '' : ` d${dash}`}`;
}

// Scales -------------------------------------------------------------------------------------------------

/** From the earliest to the latest slot; a series without slots has no say, its times may be anything. */
function span(series: readonly ChartSeries[]): { from: number; until: number } {
  let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const one of series) {
    if (one.values.length === 0) continue;
    from = Math.min(from, one.from);
    until = Math.max(until, one.until);
  }
  return { from, until };
}

function placeX({ left, width, from, until }: Plot, time: number): number {
  return left + ((time - from) / (until - from)) * width;
}

function placeY({ top, height, scale }: Plot, value: number): number {
  return top + (1 - shareOf(scale, value)) * height;
}

// Axes ---------------------------------------------------------------------------------------------------

/** The title goes before the days: they are left out where both do not fit. */
function heading(title: string, days: string, width: number): string {
  const room = width - 16 - RIGHT;
  const daysFit = [...title].length * TITLE_CHARACTER + (days.length + 3) * CHARACTER <= room;
  const parts: string[] = [];
  if (title !== '') parts.push(text(16, 21, 'title', clip(title, Math.floor(room / TITLE_CHARACTER))));
  if (days !== '' && daysFit) parts.push(text(width - RIGHT, 21, 'faint end', days));
  return parts.join('\n');
}

function valueAxis(plot: Plot, ticks: readonly number[], labels: readonly string[]): string {
  const right = round(plot.left + plot.width);
  return ticks
    .map((tick, i) => {
      const y = placeY(plot, tick);
      const line = `<path class="grid" d="M${plot.left} ${round(y)}H${right}"/>`;
      return `${line}${text(plot.left - 8, y + 4, 'end', labels[i]!)}`;
    })
    .join('\n');
}

/** Labels are centred under their ticks; at the edges they move in, and one that would touch is left out. */
function timeAxis(plot: Plot, width: number, timeZone: TimeZone): string {
  const bottom = plot.top + plot.height;
  const parts: string[] = [];
  let end = Number.NEGATIVE_INFINITY;
  const ticks =
    plot.until > plot.from ? timeTicks(plot.from, plot.until, plot.width / CHARACTER, timeZone) : [];
  for (const { time, label } of ticks) {
    const x = placeX(plot, time);
    const half = (label.length * CHARACTER) / 2;
    const middle = Math.min(Math.max(x, half + 2), width - half - 2);
    parts.push(`<path class="grid" d="M${round(x)} ${plot.top}V${round(bottom + 5)}"/>`);
    if (middle - half < end + CHARACTER) continue;
    parts.push(text(middle, bottom + 18, 'middle', label));
    end = middle + half;
  }
  parts.push(`<path class="axis" d="M${plot.left} ${round(bottom)}H${round(plot.left + plot.width)}"/>`);
  return parts.join('\n');
}

function notice(summaries: readonly Summary[], plot: Plot): string {
  const words = summaries.some(({ nan }) => nan > 0) ? 'only NaN' : 'no data';
  return text(plot.left + plot.width / 2, plot.top + plot.height / 2 + 4, 'faint middle', words);
}

// Lines --------------------------------------------------------------------------------------------------

function drawSeries(series: ChartSeries, index: number, plot: Plot): string {
  const subPaths: string[] = [];
  const circles: string[] = [];
  for (const run of pointRuns(series, plot)) {
    if (run.every((point) => point === run[0])) {
      circles.push(`<circle cx="${run[0]!.replace(' ', '" cy="')}" r="1.75"/>`);
    } else {
      // Pairs that follow a move are lines.
      subPaths.push(`M${run.join(' ')}`);
    }
  }
  if (subPaths.length + circles.length === 0) return '';
  const path = subPaths.length === 0 ? '' : `<path d="${subPaths.join('')}"/>`;
  return `<g class="${lineClass(index)}">${path}${circles.join('')}</g>`;
}

/**
 * Unbroken runs, each a list of points as `x y`.
 *
 * Slots are taken together by column: in a dense series that is a pixel, else each slot is its own. A gap
 * inside a column is finer than can be seen; one between two columns ends the run.
 */
function pointRuns(series: ChartSeries, plot: Plot): string[][] {
  const { values, from, step } = series;
  const count = values.length;
  const pixels = placeX(plot, series.until) - placeX(plot, from);
  const isDense = count > 2 * pixels;
  const runs: string[][] = [];
  let run: string[] = [];
  let [first, least, most, last, column] = [-1, -1, -1, -1, -1];

  const finishColumn = () => {
    if (first === -1) return;
    const kept = new Set([first, Math.min(least, most), Math.max(least, most), last]);
    for (const slot of kept) {
      run.push(`${round(placeX(plot, from + slot * step))} ${round(placeY(plot, values[slot]!))}`);
    }
  };
  for (let i = 0; i < count; i++) {
    if (!isDrawable(series, i)) continue;
    const at = isDense ? Math.floor((i / count) * pixels) : i;
    if (at === column) {
      if (values[i]! < values[least]!) least = i;
      if (values[i]! > values[most]!) most = i;
    } else {
      finishColumn();
      if (last !== i - 1 && run.length > 0) {
        runs.push(run);
        run = [];
      }
      [first, least, most, column] = [i, i, i, at];
    }
    last = i;
  }
  finishColumn();
  if (run.length > 0) runs.push(run);
  return runs;
}

// Legend -------------------------------------------------------------------------------------------------

/** A row of the legend: the series at an index, or how many have no row of their own. */
type LegendRow = { readonly index: number } | { readonly more: number };

function legendRows(series: readonly LabelledSeries[], height: number): LegendRow[] {
  const room = Math.floor((height * (1 - PLOT_SHARE) - TOP - TIME_LABELS - BOTTOM) / LEGEND_ROW);
  const most = Math.max(2, room);
  const rows: LegendRow[] = series.map((_, index) => ({ index }));
  if (rows.length <= most) return rows;
  return [...rows.slice(0, most - 1), { more: rows.length - most + 1 }];
}

/** Rows of swatch, label and numbers, the numbers in columns; without those where they leave no room. */
function legend(
  series: readonly LabelledSeries[],
  summaries: readonly Summary[],
  rows: readonly LegendRow[],
  plot: Plot,
  width: number,
): string {
  const shown = rows.flatMap((row) => ('index' in row ? [row.index] : []));
  const parts = shown.map((index) => summaryParts(summaries[index]!));
  const columns = columnWidths(parts);
  const all = columns.reduce((sum, column) => sum + column, 0);
  const room = Math.floor((width - plot.left - SWATCH - RIGHT) / CHARACTER);
  const hasNumbers = room - all >= 8;
  const longest = shown.reduce((most, index) => Math.max(most, [...series[index]!.label].length), 0);
  const labelWidth = Math.min(longest, hasNumbers ? room - all : room);

  return rows
    .map((row, place) => {
      const y = plot.top + plot.height + TIME_LABELS + place * LEGEND_ROW + 12;
      const x = plot.left + SWATCH;
      if ('more' in row) return text(x, y, 'faint', `and ${row.more} more`);
      const { index } = row;
      const swatch = `<g class="${lineClass(index)}"><path d="M${plot.left} ${round(y - 4)}h18"/></g>`;
      const label = text(x, y, '', clip(series[index]!.label, labelWidth));
      if (!hasNumbers) return swatch + label;
      let at = labelWidth + 2;
      const numbers = parts[place]!.map((part, i) => {
        const cell = text(x + at * CHARACTER, y, 'faint', part);
        at += columns[i]!;
        return cell;
      });
      return swatch + label + numbers.join('');
    })
    .join('\n');
}

/** Characters of each column, two blanks included. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, part] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, part.length + 2);
  }
  return widths;
}

function describeChart(
  series: readonly LabelledSeries[],
  summaries: readonly Summary[],
  days: string,
): string {
  const lines = series.map(({ label }, i) => `${label}: ${summaryParts(summaries[i]!).join(', ')}.`);
  return [days === '' ? 'No data.' : `Values over time, ${days}.`, ...lines].join(' ');
}

// Text ---------------------------------------------------------------------------------------------------

function text(x: number, y: number, className: string, words: string): string {
  const attribute = className === '' ? '' : ` class="${className}"`;
  return `<text x="${round(x)}" y="${round(y)}"${attribute}>${escapeXml(words)}</text>`;
}

function clip(words: string, length: number): string {
  const characters = [...words];
  return characters.length <= length ? words : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for a document; what XML 1.0 has no way to write, such as other control characters, is left out. */
function escapeXml(words: string): string {
  return words
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** To a hundredth of a pixel. */
function round(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
