/** A block in memory by the door `sotto/codec`: 7200 points into bytes, and back. */
import { decodeBlock, encodeBlock } from 'sotto/codec';
import { bareMemoryCopy } from '../bare/memory-copy.js';
import { type DataSet, dataSets } from '../data-sets.js';
import type { Case } from '../harness.js';
import { CODEC } from '../peers.js';
import type { Row } from '../row.js';
import { BLOCK_POINTS, blockColumns } from '../workloads.js';

/** Of two columns. */
const COLUMN_BYTES = BLOCK_POINTS * 16;

const GOALS: { readonly [D in keyof typeof CODEC]: { readonly [S in DataSet]?: number } } = {
  encode: { gauge: 10, counter: 6, random: 10 },
  decode: { gauge: 10, counter: 8, random: 10 },
};

export function codecRows(): readonly Row[] {
  const sets = Object.keys(dataSets) as DataSet[];
  return [...sets.map((set) => row('encode', set)), ...sets.map((set) => row('decode', set))];
}

function row(direction: 'encode' | 'decode', set: DataSet): Row {
  const goal = GOALS[direction][set];
  return {
    group: 'codec',
    work: `${direction} ${set}`,
    ours: direction === 'encode' ? encode(set) : decode(set),
    bare: bareMemoryCopy(COLUMN_BYTES, BLOCK_POINTS),
    peers: { go: CODEC[direction][set] / BLOCK_POINTS },
    ...(goal === undefined ? {} : { goal }),
  };
}

function encode(set: DataSet): Case {
  return block(`encode ${set}`, () => {
    const columns = blockColumns(set);
    return () => encodeBlock(columns, { step: 1 }).length;
  });
}

function decode(set: DataSet): Case {
  return block(`decode ${set}`, () => {
    const bytes = encodeBlock(blockColumns(set), { step: 1 });
    return () => decodeBlock(bytes, { step: 1 }).values[BLOCK_POINTS - 1]!;
  });
}

function block(name: string, prepare: () => () => number): Case {
  return {
    name,
    pointsPerOp: BLOCK_POINTS,
    bytesPerOp: COLUMN_BYTES,
    start: () => ({ run: prepare(), stop() {} }),
  };
}
