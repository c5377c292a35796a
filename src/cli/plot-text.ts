/** What `plot` draws of series: charts and sparklines of text, and an SVG document. */
import { formatNumber } from '../tools/chart-number.js';
import { summarize } from '../tools/chart-series.js';
import { renderSvgChart } from '../tools/svg-chart.js';
import { clipStart, printable, renderSparkline, renderTextChart } from '../tools/text-chart.js';
import type { Io } from './io.js';
import type { Fetched } from './range.js';

/** How a chart shall look. */
export interface ChartArguments {
  readonly width?: number;
  readonly height?: number;
  readonly glyphs: 'braille' | 'block';
  readonly separate?: boolean;
  readonly time: 'utc' | 'local';
  readonly title?: string;
  readonly color?: boolean;
}

export function chartsOf(fetched: readonly Fetched[], given: ChartArguments, io: Io): string {
  const color = isColored(given, io);
  const options = {
    width: given.width ?? Math.max(20, Math.min(io.columns, 120)),
    ...(given.height === undefined ? {} : { height: given.height }),
    timeZone: given.time,
    color,
    glyphs: given.glyphs,
  };
  // Lines that cross are told apart by their colours alone, and bars would hide each other.
  const isOneChart = fetched.length > 1 && color && given.glyphs === 'braille' && given.separate !== true;
  const { title } = given;
  if (isOneChart) return `${renderTextChart(labelled(fetched), { ...options, title })}\n`;
  const drawn = fetched.map(({ path, series }) =>
    renderTextChart(series, { ...options, title: title ?? path }),
  );
  return `${drawn.join('\n\n')}\n`;
}

function isColored({ color }: ChartArguments, io: Io): boolean {
  return color ?? (io.allowsColor && io.isOutputTerminal);
}

const CYAN = '\u001b[36m';
const DEFAULT_COLOR = '\u001b[39m';

/** Name, bars, last value; names are cut on a terminal, where else the bars would have no room. */
export function sparklinesOf(fetched: readonly Fetched[], given: ChartArguments, io: Io): string {
  const width = given.width ?? io.columns;
  const rows = fetched.map(({ path, series }) => {
    const { last } = summarize(series);
    const name = printable(path);
    return {
      series,
      name: io.isOutputTerminal ? clipStart(name, Math.max(8, Math.floor(width / 2))) : name,
      last: last === undefined ? '-' : formatNumber(last),
    };
  });
  const longest = (texts: readonly string[]) => Math.max(...texts.map((text) => [...text].length));
  const [names, lasts] = [longest(rows.map(({ name }) => name)), longest(rows.map(({ last }) => last))];
  const bars = Math.max(10, width - names - lasts - 2);
  const paint = (text: string) => (isColored(given, io) ? CYAN + text + DEFAULT_COLOR : text);
  return rows
    .map(({ series, name, last }) => {
      const blank = ' '.repeat(names - [...name].length);
      return `${name}${blank} ${paint(renderSparkline(series, bars))} ${last.padStart(lasts)}\n`;
    })
    .join('');
}

export function svgOf(fetched: readonly Fetched[], given: ChartArguments): string {
  return renderSvgChart(labelled(fetched), {
    ...(given.width === undefined ? {} : { width: given.width }),
    ...(given.height === undefined ? {} : { height: given.height }),
    title: given.title ?? fetched.map(({ path }) => path).join(', '),
    timeZone: given.time,
  });
}

function labelled(fetched: readonly Fetched[]) {
  return fetched.map(({ path, series: { from, until, step, values, known } }) => {
    return { label: path, from, until, step, values, known };
  });
}
