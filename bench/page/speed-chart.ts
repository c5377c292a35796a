/** How fast the rows of a group are beside go-whisper, on a logarithmic scale. */
import { deriveFigures } from '../derive.js';
import { formatFigure } from '../figures.js';
import type { Line, Outcome } from '../outcome.js';
import { bar, diamond, dot, type Ink, line, picture, text } from './svg.js';

const WIDTH = 900;
const LABELS = 290;
/** With the figures, in a column of their own where nothing else is drawn. */
const RIGHT = 76;
const TOP = 64;
const ROW = 24;
const BAR = 12;
const BOTTOM = 34;

const TICKS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000];

/** Speeds as multiples of go-whisper's. */
interface Speeds {
  readonly label: string;
  readonly ink: Ink;
  readonly sotto: number;
  readonly python?: number;
  readonly goal?: number;
  readonly limit: number;
}

/** @returns undefined where go-whisper did none of the work */
export function speedChart(title: string, lines: readonly Line[], outcome: Outcome): string | undefined {
  const rows = lines.flatMap((each) => speedsOf(each, outcome) ?? []);
  if (rows.length === 0) return undefined;
  const scale = scaleOf(rows);
  const bottom = TOP + rows.length * ROW;
  return picture(title, WIDTH, bottom + BOTTOM, [
    ...legend(rows),
    ...scale.ticks.flatMap((tick) => [
      line(
        scale.x(tick),
        TOP - 6,
        scale.x(tick),
        bottom,
        tick === 1 ? 'muted' : 'grid',
        tick === 1 ? 1.5 : 1,
      ),
      text(scale.x(tick), bottom + 18, tick === 1 ? 'go-whisper' : `${tick}×`, 'muted', 'middle'),
    ]),
    ...rows.flatMap((row, i) => drawRow(row, TOP + i * ROW + ROW / 2, scale.x)),
  ]);
}

function speedsOf(each: Line, outcome: Outcome): Speeds | undefined {
  const { toGo, pythonToGo, timesBare } = deriveFigures(each, outcome);
  if (toGo === undefined) return undefined;
  return {
    label: each.name,
    ink: each.format ?? 'memory',
    sotto: toGo,
    ...(pythonToGo === undefined ? {} : { python: pythonToGo }),
    ...(each.goal === undefined ? {} : { goal: each.goal }),
    limit: toGo * timesBare,
  };
}

interface Scale {
  readonly ticks: readonly number[];
  x(speed: number): number;
}

/** From one of 0.1, 0.3, 1, 3, … to another, with go-whisper in between. */
function scaleOf(rows: readonly Speeds[]): Scale {
  const speeds = rows.flatMap(({ sotto, python = 1, goal = 1, limit }) => [sotto, python, goal, limit, 1]);
  const first = TICKS.findLastIndex((tick) => tick <= Math.min(...speeds));
  const last = TICKS.findIndex((tick) => tick >= Math.max(...speeds));
  const ticks = TICKS.slice(Math.max(first, 0), last === -1 ? undefined : last + 1);
  const [from, to] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)];
  const width = WIDTH - LABELS - RIGHT;
  return { ticks, x: (speed) => LABELS + (width * (Math.log(speed) - from)) / (to - from) };
}

function drawRow(row: Speeds, y: number, x: (speed: number) => number): string[] {
  const { label, ink, sotto, python, goal, limit } = row;
  const [left, right] = [Math.min(x(1), x(sotto)), Math.max(x(1), x(sotto))];
  return [
    text(LABELS - 12, y + 4, label, 'text', 'end'),
    bar(left, y - BAR / 2, right - left, BAR, ink),
    ...(goal === undefined ? [] : [line(x(goal), y - 10, x(goal), y + 10, 'goal', 2)]),
    ...(python === undefined ? [] : [dot(x(python), y, 'python')]),
    diamond(x(limit), y, 'muted'),
    text(WIDTH - 14, y + 4, `${formatFigure(sotto)}×`, 'text', 'end'),
  ];
}

function legend(rows: readonly Speeds[]): string[] {
  const inks: readonly [Ink, string][] = [
    ['standard', 'sotto, standard'],
    ['compressed', 'sotto, compressed'],
    ['memory', 'sotto'],
  ];
  const entries: [symbol: (x: number, y: number) => string, name: string][] = inks
    .filter(([ink]) => rows.some((row) => row.ink === ink))
    .map(([ink, name]) => [(x, y) => bar(x - 6, y - 6, 14, BAR, ink), name]);
  if (rows.some(({ python }) => python !== undefined))
    entries.push([(x, y) => dot(x, y, 'python'), 'Python']);
  if (rows.some(({ goal }) => goal !== undefined)) {
    entries.push([(x, y) => line(x, y - 9, x, y + 9, 'goal', 2), 'goal']);
  }
  entries.push([(x, y) => diamond(x, y, 'muted'), 'bare: the bytes moved and nothing done']);
  let at = 24;
  return entries.flatMap(([symbol, name]) => {
    const drawn = [symbol(at, 24), text(at + 14, 28, name, 'muted')];
    at += 46 + 6.6 * name.length;
    return drawn;
  });
}
