/** The outcome as text of at most 132 columns. */
import { deriveFigures, type Run } from './derive.js';
import { factorRange, formatFigure, formatRate } from './figures.js';
import { WIDEST_TRUSTED_SPREAD } from './harness.js';
import type { MemoryPart } from './memory.js';
import type { Line, Outcome } from './outcome.js';
import { PEERS_SOURCE } from './peers.js';
import { GROUPS, type Group } from './row.js';

/** What is known before the first row is measured. */
export type Head = Pick<Outcome, 'machine' | 'python' | 'lines'>;

/** Idle share of a machine that may be called quiet. */
const QUIET_PERCENT = 95;

export function formatHead({ machine, python }: Head): string {
  const { cpu, cores, system, node, date, seed, idlePercent, load } = machine;
  const busy = idlePercent < QUIET_PERCENT ? ': others are at work here, so expect less' : '';
  return [
    '',
    `${cpu}, ${cores} cores, ${system}, node ${node}`,
    `${date}, seed ${seed}`,
    `peer: ${python}`,
    `idle before the run: ${idlePercent.toFixed(0)} % of all cores, load ${load.toFixed(2)}${busy}`,
    '',
    cells(['', 'sotto', '', '', 'million', '', 'Python', 'sotto /', 'sotto /', '', 'standard:']),
    cells([
      '',
      'ops/s',
      'spread',
      'µs/op',
      'points/s',
      '× bare',
      'ops/s',
      'Python',
      'go *',
      'goal',
      'compr.',
    ]),
    '',
  ].join('\n');
}

const WIDTHS = [42, 9, 8, 9, 9, 13, 10, 9, 9, 9, 9];

export function formatGroup(group: Group): string {
  const title = `-- ${GROUPS[group]} `;
  return `${title.padEnd(
    WIDTHS.reduce((sum, width) => sum + width, 0),
    '-',
  )}\n`;
}

export function formatLine(line: Line, head: Run): string {
  const { name, ours, bare, python, goal, bareGoal } = line;
  const figures = deriveFigures(line, head);
  const { timesBare, toPython, toGo, standardToCompressed, isGoalReached, isBareGoalReached } = figures;
  return `${cells([
    name,
    formatRate(ours.median),
    `${ours.spreadPercent.toFixed(0)} %${ours.isTrusted ? ' ' : '!'}`,
    formatFigure(1e6 / ours.median),
    ours.pointsPerOp === 0 ? '-' : formatFigure((ours.median * ours.pointsPerOp) / 1e6),
    `${formatFigure(timesBare)}${bareGoal === undefined ? '' : ` ${isBareGoalReached ? '≤' : '>'}${bareGoal}`}${
      bare.isTrusted ? ' ' : '!'
    }`,
    python === undefined ? '-' : `${formatRate(python.median)}${python.isTrusted ? ' ' : '!'}`,
    optional(toPython),
    figures.through === 'machine factor' ? `~${formatFigure(toGo!)}` : optional(toGo),
    goal === undefined ? '' : `${goal} ${isGoalReached === undefined ? '?' : isGoalReached ? 'yes' : 'NO'}`,
    optional(standardToCompressed),
  ])}\n`;
}

function optional(figure: number | undefined): string {
  return figure === undefined ? '-' : formatFigure(figure);
}

export function formatBare(lines: readonly Line[]): string {
  const text = ['', 'bare: the system calls or the copy alone (ops/s, spread)'];
  for (const [name, { median, spreadPercent, isTrusted }] of new Map(
    lines.map(({ bare }) => [bare.name, bare]),
  )) {
    const spread = `${spreadPercent.toFixed(0)} %${isTrusted ? '' : '!'}`;
    text.push(`  ${name.padEnd(88)}${formatRate(median).padStart(10)}${spread.padStart(8)}`);
  }
  return `${text.join('\n')}\n`;
}

export function formatMemory(parts: readonly MemoryPart[]): string {
  const text = ['', 'Peak resident memory, MiB: sotto beyond bare Node, and go-whisper'];
  for (const { name, ours, go, goal } of parts) {
    const asked = goal === undefined ? '' : `  goal: at most ${goal}${ours > goal ? ', NOT reached' : ''}`;
    text.push(`  ${name.padEnd(27)}${ours.toFixed(1).padStart(8)}${String(go ?? '-').padStart(8)}${asked}`);
  }
  return `${text.join('\n')}\n`;
}

export function formatNotes({ lines, othersPercent }: Pick<Outcome, 'lines' | 'othersPercent'>): string {
  const factors = factorRange(lines);
  return `
Rates are medians; ratios are of medians, above 1 where sotto is faster; × bare: how many times as long as
bare, with its goal. Spread: how far the middle 80 % of the samples reach, in per cent of the median.
! marks a figure with a spread over ${WIDEST_TRUSTED_SPREAD} %, which is not to be trusted.
* derived from ${PEERS_SOURCE}:
the ratio to Python in this run, times Python's to go-whisper there. With ~, where Python cannot do
the work, go-whisper's rate there times the machine factor is taken for its rate here; the factor is the
geometric mean of Python's speed here over that there, at other work in turns with the row${factors === undefined ? '' : `:\n${factors}`}.
goal: so many times as fast as go-whisper. Differences under 20 % mean nothing.
Others took ${othersPercent.toFixed(0)} % as much processor time as sotto, while it was measured.
`;
}

function cells(texts: readonly string[]): string {
  return texts
    .map((text, i) => (i === 0 ? text.padEnd(WIDTHS[i]!) : text.padStart(WIDTHS[i]!)))
    .join('')
    .trimEnd();
}
