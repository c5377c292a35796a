/** Figures as text. */
import type { Line } from './outcome.js';

/** Four digits or so: 1234567 is `1.23 M`, 123456 `123.5 k`, 1234 `1234`, 12.34 `12.3`. */
export function formatRate(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  if (rate >= 1e4) return `${(rate / 1e3).toFixed(1)} k`;
  return rate >= 99.95 ? rate.toFixed(0) : rate.toFixed(1);
}

/** Three digits or so. */
export function formatFigure(figure: number): string {
  if (figure >= 99.95) return figure.toFixed(0);
  return figure >= 9.995 ? figure.toFixed(1) : figure.toFixed(2);
}

/** From the slowest to the fastest that the machine was, beside the one of the peers' figures; undefined without Python. */
export function factorRange(lines: readonly Pick<Line, 'machineFactor'>[]): string | undefined {
  const factors = lines.flatMap(({ machineFactor }) => machineFactor ?? []);
  if (factors.length === 0) return undefined;
  return `${formatFigure(Math.min(...factors))} to ${formatFigure(Math.max(...factors))}`;
}
