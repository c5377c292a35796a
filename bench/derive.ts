/** The figures that follow from what was measured. */
import type { Line, Outcome } from './outcome.js';

/** What a line tells beside what was measured. Ratios are of medians, and above 1 where sotto is the faster one. */
export interface Figures {
  /** How many times as long as bare. */
  readonly timesBare: number;
  readonly toPython?: number;
  readonly toGo?: number;
  /** What the ratio to go-whisper leads through: Python at the same work, or at other work. */
  readonly through?: 'same work' | 'machine factor';
  /** Python beside go-whisper, at the same work. */
  readonly pythonToGo?: number;
  /** The speed of the standard format beside that of the compressed one, at the same work; on compressed lines. */
  readonly standardToCompressed?: number;
  readonly isGoalReached?: boolean;
  readonly isBareGoalReached?: boolean;
}

/** A run, or what there is of one. */
export type Run = Pick<Outcome, 'lines'>;

export function deriveFigures(line: Line, { lines }: Run): Figures {
  const { ours, bare, python, peers, goal, bareGoal, format, work } = line;
  const timesBare = bare.median / ours.median;
  const go = ratioToGo(line);
  const twin = lines.find((other) => other.work === work && other.format === 'standard');
  return {
    timesBare,
    ...(python === undefined ? {} : { toPython: ours.median / python.median }),
    ...go,
    ...(peers?.go === undefined || peers.python === undefined ? {} : { pythonToGo: peers.python / peers.go }),
    ...(format === 'compressed' && twin !== undefined
      ? { standardToCompressed: twin.ours.median / ours.median }
      : {}),
    ...(goal === undefined || go.toGo === undefined ? {} : { isGoalReached: go.toGo >= goal }),
    ...(bareGoal === undefined ? {} : { isBareGoalReached: timesBare <= bareGoal }),
  };
}

/**
 * go-whisper is not there to be run, but was once measured beside Python Whisper: the ratio to Python in this run,
 * times Python's to go-whisper then. Where Python cannot do the work, how fast the machine is comes from other work.
 */
function ratioToGo({ ours, python, peers, machineFactor }: Line): Pick<Figures, 'toGo' | 'through'> {
  if (peers?.go === undefined) return {};
  if (python !== undefined && peers.python !== undefined) {
    return { toGo: (ours.median / python.median) * (peers.python / peers.go), through: 'same work' };
  }
  if (machineFactor === undefined) return {};
  return { toGo: ours.median / (peers.go * machineFactor), through: 'machine factor' };
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, each) => sum + Math.log(each), 0) / numbers.length);
}
