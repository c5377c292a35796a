/** Tables of the page, in Markdown. */
import { deriveFigures } from '../derive.js';
import { formatFigure, formatRate } from '../figures.js';
import type { Line, Outcome } from '../outcome.js';
import type { Group } from '../row.js';

/** What the rates of a group are told in, and how much of it an op is. */
interface Unit {
  readonly name: string;
  readonly perOp: (line: Line) => number;
}

const CALLS: Unit = { name: 'calls/s', perOp: () => 1 };

const UNITS: { readonly [G in Group]: Unit } = {
  codec: { name: 'points/s', perOp: ({ ours }) => ours.pointsPerOp },
  update: CALLS,
  updateMany: CALLS,
  late: CALLS,
  own: { name: 'ops/s', perOp: () => 1 },
  fetch: CALLS,
  create: { name: 'files/s', perOp: () => 1 },
  convert: { name: 'MB/s', perOp: ({ ours }) => ours.bytesPerOp / 1e6 },
  files: { name: 'files/s', perOp: () => 1 },
  start: { name: 'starts/s', perOp: () => 1 },
};

/** One line for each row of a group; columns in which nothing would stand are left out. */
export function groupTable(group: Group, lines: readonly Line[], outcome: Outcome): string {
  const { name, perOp } = UNITS[group];
  const columns = [
    `sotto, ${name}`,
    'Python',
    '× Python',
    'go-whisper *',
    '× go-whisper',
    'goal',
    '× bare',
    'standard : compressed',
  ];
  const rows = lines.map((line) => {
    const { ours, python, peers, goal, bareGoal } = line;
    const figures = deriveFigures(line, outcome);
    const rate = (perSecond: number) => formatRate(perSecond * perOp(line));
    return [
      line.name,
      `${rate(ours.median)}${mark(ours.isTrusted)}`,
      python === undefined ? '' : `${rate(python.median)}${mark(python.isTrusted)}`,
      figure(figures.toPython),
      peers?.go === undefined ? '' : rate(peers.go),
      figures.toGo === undefined
        ? ''
        : `**${formatFigure(figures.toGo)}**${figures.through === 'machine factor' ? ' ~' : ''}`,
      goal === undefined ? '' : `${goal}${verdict(figures.isGoalReached)}`,
      `${formatFigure(figures.timesBare)}${
        bareGoal === undefined ? '' : `, goal ${bareGoal}${verdict(figures.isBareGoalReached)}`
      }`,
      figure(figures.standardToCompressed),
    ];
  });
  return table(['', ...columns], rows);
}

/** Peak resident memory, part by part. */
export function memoryTable({ memory }: Outcome): string {
  return table(
    ['', 'sotto, beyond bare Node', 'go-whisper', 'goal'],
    memory.map(({ name, ours, go, goal }) => [
      name,
      ours.toFixed(1),
      String(go ?? ''),
      goal === undefined ? '' : `${goal}${verdict(ours <= goal)}`,
    ]),
  );
}

/** Every row with a goal, and the memory. */
export function goalCount(outcome: Outcome): { reached: number; all: number } {
  const verdicts = outcome.lines.flatMap((line) => {
    const { isGoalReached, isBareGoalReached } = deriveFigures(line, outcome);
    return [isGoalReached, isBareGoalReached].filter((each) => each !== undefined);
  });
  for (const { ours, goal } of outcome.memory) if (goal !== undefined) verdicts.push(ours <= goal);
  return { reached: verdicts.filter(Boolean).length, all: verdicts.length };
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : formatFigure(value);
}

function mark(isTrusted: boolean): string {
  return isTrusted ? '' : ' !';
}

function verdict(isReached: boolean | undefined): string {
  if (isReached === undefined) return '';
  return isReached ? ' ✓' : ' ✗';
}

/** Without the columns that are empty in every row. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, i) => i === 0 || rows.some((row) => row[i] !== ''));
  const line = (cells: readonly string[]) => `| ${cells.filter((_, i) => used[i]).join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
