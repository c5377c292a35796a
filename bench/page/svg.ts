/**
 * Pieces of a chart as SVG text.
 *
 * A chart is shown as an image, so it cannot ask the page for its colours: it has a ground of its own, and takes light or
 * dark for all of it from the reader's system.
 */

/** What can be drawn in a colour, by what it stands for. */
export type Ink = 'text' | 'muted' | 'grid' | 'standard' | 'compressed' | 'memory' | 'python' | 'goal';

const LIGHT: { readonly [I in Ink | 'ground']: string } = {
  ground: '#ffffff',
  text: '#1f2328',
  muted: '#59636e',
  grid: '#d8dee4',
  standard: '#0969da',
  compressed: '#8250df',
  memory: '#1a7f64',
  python: '#bc4c00',
  goal: '#1f2328',
};

const DARK: typeof LIGHT = {
  ground: '#0d1117',
  text: '#f0f6fc',
  muted: '#9198a1',
  grid: '#30363d',
  standard: '#4493f8',
  compressed: '#ab7df8',
  memory: '#3fb68b',
  python: '#f0883e',
  goal: '#f0f6fc',
};

/** A whole picture, in pixels. */
export function picture(title: string, width: number, height: number, parts: readonly string[]): string {
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    '<style>',
    'text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }',
    colours(LIGHT),
    `@media (prefers-color-scheme: dark) { ${colours(DARK)} }`,
    '</style>',
    `<rect class="ground" width="${width}" height="${height}" rx="6"/>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`;
}

function colours(palette: typeof LIGHT): string {
  return Object.entries(palette)
    .map(([name, colour]) => `.${name} { fill: ${colour}; } .${name}-line { stroke: ${colour}; fill: none; }`)
    .join(' ');
}

export function text(
  x: number,
  y: number,
  content: string,
  ink: Ink,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text class="${ink}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeText(content)}</text>`;
}

export function bar(x: number, y: number, width: number, height: number, ink: Ink): string {
  return `<rect class="${ink}" x="${round(x)}" y="${round(y)}" width="${round(Math.max(width, 1))}" height="${height}" rx="2"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, ink: Ink, width = 1): string {
  return `<line class="${ink}-line" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke-width="${width}"/>`;
}

export function dot(x: number, y: number, ink: Ink): string {
  return `<circle class="${ink}" cx="${round(x)}" cy="${round(y)}" r="4.5"/>`;
}

export function diamond(x: number, y: number, ink: Ink): string {
  return `<path class="${ink}-line" d="M${round(x - 5)} ${round(y)} l5 -5 l5 5 l-5 5 z" stroke-width="1.5"/>`;
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A tenth of a pixel is more than anybody sees. */
function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
