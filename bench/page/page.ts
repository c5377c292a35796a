/** The page doc/performance.md and its charts, made of an outcome. */

import { factorRange } from '../figures.js';
import type { Outcome } from '../outcome.js';
import { PEERS_SOURCE } from '../peers.js';
import { GROUPS, type Group } from '../row.js';
import { sizeChart } from './size-chart.js';
import { speedChart } from './speed-chart.js';
import { goalCount, groupTable, memoryTable } from './tables.js';
import { ABOUT, HOW, NOT_SHOWN, REPEAT, STORY, STORY_HEADING } from './words.js';

/** Files by their path in doc/. */
export type Files = Readonly<Record<string, string>>;

export const PAGE = 'performance.md';
/** The folder of the charts. */
export const CHARTS = 'performance';

/** @param before  the page as it is now, if there is one: what somebody wrote below the story's heading is kept */
export function makePage(outcome: Outcome, before: string | undefined): Files {
  const charts: Record<string, string> = {};
  const sections = (Object.entries(GROUPS) as [Group, string][]).flatMap(([group, title]) => {
    const lines = outcome.lines.filter((line) => line.group === group);
    if (lines.length === 0) return [];
    const chart = speedChart(title, lines, outcome);
    const path = `${CHARTS}/${group}.svg`;
    if (chart !== undefined) charts[path] = chart;
    return [
      `## ${title}`,
      ABOUT[group],
      ...(chart === undefined ? [] : [`![${title}: speed beside go-whisper](${path})`]),
      groupTable(group, lines, outcome),
    ];
  });
  const page = [
    '# Performance',
    introduction(outcome),
    HOW,
    ...sections,
    ...memorySection(outcome),
    ...sizeSection(outcome, charts),
    '## Doing it again',
    REPEAT,
    '## What it does not show',
    NOT_SHOWN,
    keptStory(before),
  ].join('\n\n');
  return { [PAGE]: page, ...charts };
}

function introduction(outcome: Outcome): string {
  const { machine, python, isQuick, lines, othersPercent } = outcome;
  const { reached, all } = goalCount(outcome);
  return [
    `sotto beside Python Whisper and go-whisper, and beside the system alone. ${reached} of ${all} goals are reached. Up to`,
    `"${STORY_HEADING.slice(3)}" \`npm run bench:report\` writes this page.`,
    '',
    `| | |`,
    `|---|---|`,
    `| machine | ${machine.cpu}, ${machine.cores} cores, ${machine.system} |`,
    `| versions | Node ${machine.node}; ${python} |`,
    `| date | ${machine.date.slice(0, 10)}${isQuick ? ', a quick run with few samples' : ''} |`,
    `| go-whisper's figures * | ${PEERS_SOURCE} |`,
    `| machine factor ~ | ${factorRange(lines) ?? 'none without Python'} |`,
    `| others | idle before the run: ${machine.idlePercent.toFixed(0)} %; others took ${othersPercent.toFixed(0)} % as much processor time as sotto meanwhile |`,
    `| seed | ${machine.seed} |`,
  ].join('\n');
}

function memorySection(outcome: Outcome): string[] {
  if (outcome.memory.length === 0) return [];
  return [
    '## Memory',
    `Peak resident memory in MiB, each part in a process of its own that does the work of its rows once. Of sotto it is what comes
on top of a Node that does nothing, the loading of the library included; when garbage is cleared away Node decides. The goal is twice
go-whisper's largest part; that did not do everything in one process.`,
    memoryTable(outcome),
  ];
}

function sizeSection({ sizes }: Outcome, charts: Record<string, string>): string[] {
  if (sizes.length === 0) return [];
  const path = `${CHARTS}/sizes.svg`;
  charts[path] = sizeChart(sizes);
  const points = sizes.reduce((sum, size) => sum + size.points, 0);
  return [
    '## Size',
    `Bytes of the blocks in use for each point in them; the blocks of sotto and go-whisper are the same. const, gauge, counter and
random are the data sets above${sizes.length > 4 ? ', the others measured series of the Numenta Anomaly Benchmark' : ''}; ${points} points in all.`,
    `![Bytes a point](${path})`,
  ];
}

function keptStory(before: string | undefined): string {
  const at = before?.indexOf(`\n${STORY_HEADING}\n`) ?? -1;
  return at === -1 ? STORY : before!.slice(at + 1);
}
