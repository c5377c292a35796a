/** The page that `plot --html` writes: one file that needs no other, nor any network. */
import type { ArchiveSeries } from '../tools/archive-series.js';
import type { FileDescription } from '../tools/describe-file.js';
import { trim } from '../tools/thin.js';
import type { TimeZone } from '../tools/time-zone.js';
import { PLOT_SCRIPT, STYLE, UPLOT_LICENCE, UPLOT_SCRIPT, UPLOT_STYLE } from './assets.js';
import { encodeSeries } from './encode-series.js';
import type { WirePage, WireRange } from './wire.js';

/** A file to be shown, with what its archives have of the range. */
export interface PageFile {
  readonly label: string;
  readonly description: FileDescription;
  readonly series: readonly ArchiveSeries[];
}

export interface HtmlPageOptions {
  readonly title: string;
  /** Whose clock the axis shows at first; `local` is that of whoever looks at the page. */
  readonly zone: TimeZone;
  /** True if the range was asked for and is shown whole; else the page begins and ends with the values. */
  readonly isRangeGiven: boolean;
  /** Unix seconds. */
  readonly now: number;
}

/**
 * Parts that a series is thinned to: two values of each are kept, more than a wide screen has pixels until one has zoomed in
 * thirty times, and a page of a few megabytes at most for each archive.
 */
const MOST_BUCKETS = 50_000;

/** Nothing but what stands in the page itself may run or be loaded. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function htmlPage(files: readonly PageFile[], options: HtmlPageOptions): string {
  const { title, zone, isRangeGiven, now } = options;
  const shown = files.map(({ series, ...rest }) => ({
    ...rest,
    series: isRangeGiven ? series : series.map(trim),
  }));
  const page: WirePage = {
    title,
    zone,
    range: rangeOf(
      shown.flatMap(({ series }) => series),
      now,
    ),
    now,
    files: shown.map(({ label, description, series }) => ({
      label,
      description,
      series: series.map((one) => encodeSeries(one, MOST_BUCKETS)),
    })),
  };
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="generator" content="sotto">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${UPLOT_STYLE}</style>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body class="plot-page">',
    `<header><h1>${escapeHtml(title)}</h1><div id="bar" class="bar"></div></header>`,
    '<main id="main"><noscript>This page draws with JavaScript, which is switched off.</noscript></main>',
    `<script type="application/json" id="data">${scriptSafe(JSON.stringify(page))}</script>`,
    `<!--\n${UPLOT_LICENCE}\n-->`,
    `<script>${UPLOT_SCRIPT}</script>`,
    `<script>${PLOT_SCRIPT}</script>`,
    '</body>',
    '</html>\n',
  ].join('\n');
}

/** From the first to the last slot of all; around now where there are none. */
function rangeOf(series: readonly ArchiveSeries[], now: number): WireRange {
  const some = series.filter(({ known }) => known.includes(1));
  const all = some.length > 0 ? some : series;
  if (all.length === 0) return { from: now - 86_400, until: now };
  const from = Math.min(...all.map((one) => one.from));
  // The last slot's own time, not its end: there stands its point.
  const until = Math.max(...all.map((one) => one.until - one.step));
  return until > from ? { from, until } : { from: from - 60, until: until + 60 };
}

/** JSON for a script element, which no text in it can end. */
function scriptSafe(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
