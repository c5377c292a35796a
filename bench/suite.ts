/** Measures rows one after the other, and prints what is found as it is found. */
import { QUICK, type RunEffort } from './effort.js';
import { rates, resultOf } from './harness.js';
import { describeMachine } from './machine.js';
import { MachineFactor } from './machine-factor.js';
import type { RowMeasured, RowTask } from './measure-row.js';
import { measureMemory } from './memory.js';
import type { Line, Outcome } from './outcome.js';
import { askProgram, print } from './program.js';
import { HOW_TO_INSTALL, PythonPeer } from './python.js';
import { formatBare, formatGroup, formatHead, formatLine, formatMemory, formatNotes } from './report.js';
import { nameOf, type Row } from './row.js';
import { formatSizes, measureSizes } from './sizes.js';

/**
 * @param all   every row there is
 * @param rows  those to be measured; what is told of all rows together is left out unless they are all
 */
export function runSuite(
  all: readonly Row[],
  rows: readonly Row[],
  folder: string,
  effort: RunEffort,
): Outcome {
  const machine = describeMachine();
  const peer = PythonPeer.find(folder);
  const python = peer?.version ?? HOW_TO_INSTALL;
  const lines: Line[] = [];
  const found = {
    machine,
    python,
    isQuick: effort === QUICK,
    lines,
  };
  print(formatHead(found));
  let [own, others, sunk] = [0, 0, 0];
  for (const row of rows) {
    if (row.group !== lines.at(-1)?.group) print(formatGroup(row.group));
    const { line, time, sink } = measureRow(row, all, folder, peer, effort);
    lines.push(line);
    print(formatLine(line, found));
    own += time.own;
    others += time.all - time.own;
    sunk += sink;
  }
  const isWhole = rows.length === all.length;
  const outcome: Outcome = {
    ...found,
    sizes: isWhole ? measureSizes() : [],
    memory: isWhole ? measureMemory(folder) : [],
    othersPercent: own === 0 ? 0 : Math.max(0, (100 * others) / own),
  };
  print(formatBare(lines));
  if (isWhole) print(formatMemory(outcome.memory) + formatSizes(outcome.sizes));
  print(`${formatNotes(outcome)}Sink: ${sunk.toExponential(3)}.\n`);
  return outcome;
}

/**
 * All passes over a row.
 *
 * @param all  every row there is
 */
function measureRow(
  row: Row,
  all: readonly Row[],
  folder: string,
  peer: PythonPeer | undefined,
  effort: RunEffort,
): { line: Line; time: { own: number; all: number }; sink: number } {
  const [ours, bare, python]: [number[], number[], number[]] = [[], [], []];
  const task: RowTask = { name: nameOf(row), folder, files: effort.files, effort };
  const time = { own: 0, all: 0 };
  const isFactorNeeded = row.peers?.go !== undefined && row.python === undefined;
  const factor = peer !== undefined && isFactorNeeded ? new MachineFactor(all, peer, folder) : undefined;
  let sink = 0;
  for (let pass = 0; pass < effort.passes; pass++) {
    const measured = askProgram<RowMeasured>('measure-row.js', task);
    ours.push(...measured.ours);
    bare.push(...measured.bare);
    if (peer !== undefined && row.python !== undefined) {
      python.push(...peer.measure(row.python, `pass ${pass}`, effort));
    }
    factor?.measure(`${task.name}, pass ${pass}`);
    time.own += measured.time.own;
    time.all += measured.time.all;
    sink += measured.sink;
  }
  const { group, work, format, peers, goal, bareGoal } = row;
  const line: Line = {
    name: task.name,
    group,
    work,
    ...(format === undefined ? {} : { format }),
    ours: resultOf(row.ours, ours),
    bare: resultOf(row.bare, bare),
    ...(python.length === 0 ? {} : { python: rates(python) }),
    ...(factor === undefined ? {} : { machineFactor: factor.value }),
    ...(peers === undefined ? {} : { peers }),
    ...(goal === undefined ? {} : { goal }),
    ...(bareGoal === undefined ? {} : { bareGoal }),
  };
  return { line, time, sink };
}
