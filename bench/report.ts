/** The results as text of at most 100 columns, and as JSON. */
import { type Rates, type Result, WIDEST_TRUSTED_SPREAD } from './harness.js';
import type { Machine } from './machine.js';
import type { Row } from './row.js';

/** A row with what was measured. */
export interface Line {
  readonly row: Row;
  readonly ours: Result;
  readonly bare: Result;
  readonly python: Rates | undefined;
}

/** Idle share of a machine that may be called quiet. */
const QUIET_PERCENT = 95;

export function formatMachine(machine: Machine, python: string): string {
  const { cpu, cores, system, node, date, seed, idlePercent, load } = machine;
  const busy = idlePercent < QUIET_PERCENT ? ': others are at work here, so expect less' : '';
  return [
    `${cpu}, ${cores} cores, ${system}, node ${node}`,
    `${date}, seed ${seed}`,
    `peer: ${python}`,
    `idle before the run: ${idlePercent.toFixed(0)} % of all cores, load ${load.toFixed(2)}${busy}`,
    '',
  ].join('\n');
}

const WIDTHS = [26, 10, 9, 8, 10, 8, 11, 9, 8];
const RULE = '-'.repeat(WIDTHS.reduce((total, width) => total + width));

export function formatHead(): string {
  return [
    cells(['', 'sotto', '', '', 'million', '', 'Python', 'sotto/', 'sotto/']),
    cells(['', 'ops/s', 'spread', 'µs/op', 'points/s', '× bare', 'ops/s', 'Python', 'go *']),
    RULE,
    '',
  ].join('\n');
}

export function formatLine(line: Line): string {
  const { ours, bare, python } = line;
  const go = ratioToGo(line);
  return `${cells([
    ours.name,
    formatRate(ours.median),
    `${ours.spreadPercent.toFixed(0)} %${ours.isTrusted ? ' ' : '!'}`,
    formatFigure(1e6 / ours.median),
    ours.pointsPerOp === 0 ? '-' : formatFigure((ours.median * ours.pointsPerOp) / 1e6),
    `${formatFigure(bare.median / ours.median)}${bare.isTrusted ? ' ' : '!'}`,
    python === undefined ? '-' : `${formatRate(python.median)}${python.isTrusted ? ' ' : '!'}`,
    python === undefined ? '-' : formatFigure(ours.median / python.median),
    go === undefined ? '-' : formatFigure(go),
  ])}\n`;
}

export function formatBare(lines: readonly Line[]): string {
  const text = ['', 'bare: the same bytes by node:fs alone, one call each (ops/s, spread)'];
  for (const [name, { median, spreadPercent, isTrusted }] of new Map(
    lines.map(({ bare }) => [bare.name, bare]),
  )) {
    const spread = `${spreadPercent.toFixed(0)} %${isTrusted ? '' : '!'}`;
    text.push(`  ${name.padEnd(46)}${formatRate(median).padStart(10)}${spread.padStart(8)}`);
  }
  return `${text.join('\n')}\n`;
}

export const NOTES = `
Rates are medians; ratios are of medians, above 1 where sotto is faster; × bare: how many times
as long as bare. Spread: how far the middle 80 % of the samples reach, in per cent of the median.
! marks a figure with a spread over ${WIDEST_TRUSTED_SPREAD} %, which is not to be trusted.
* derived: the ratio to Python in this run, divided by go-whisper's ratio to Python. That one comes
  from medians of 8 rounds side by side: go-whisper (Go 1.19.8) and Whisper 1.1.4 (Python
  3.11.2), on 2 virtual Xeon cores. Differences under 20 % mean nothing.
`;

/** Everything, for whoever compares two runs. */
export function toJson(machine: Machine, python: string, others: number, lines: readonly Line[]): string {
  const results = lines.map((line) => {
    const { row, ours, bare, python } = line;
    return {
      ...ours,
      bare,
      timesBare: bare.median / ours.median,
      ...(python === undefined ? {} : { python, ratioToPython: ours.median / python.median }),
      ...(row.peers === undefined ? {} : { peers: row.peers, ratioToGoDerived: ratioToGo(line) }),
    };
  });
  return `${JSON.stringify({ machine, python, othersPercent: others, results }, null, 2)}\n`;
}

function ratioToGo({ row: { peers }, ours, python }: Line): number | undefined {
  if (peers === undefined || python === undefined) return undefined;
  return ours.median / python.median / (peers.go / peers.python);
}

function cells(texts: readonly string[]): string {
  return texts
    .map((text, i) => (i === 0 ? text.padEnd(WIDTHS[i]!) : text.padStart(WIDTHS[i]!)))
    .join('')
    .trimEnd();
}

/** Four digits or so: 1234567 is `1.23 M`, 123456 `123.5 k`, 1234 `1234`, 12.34 `12.3`. */
function formatRate(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  if (rate >= 1e4) return `${(rate / 1e3).toFixed(1)} k`;
  return rate >= 100 ? rate.toFixed(0) : rate.toFixed(1);
}

function formatFigure(figure: number): string {
  if (figure >= 100) return figure.toFixed(0);
  return figure >= 10 ? figure.toFixed(1) : figure.toFixed(2);
}
