/** A batch of ten points for each of many files in one call, as a collector stores what came in. */
import { readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Format, updateFiles } from 'sotto';
import { withFile } from '../bare/with-file.js';
import type { Case } from '../harness.js';
import { nameOf, type Row } from '../row.js';
import { Tree } from '../tree.js';
import { POINT_SIZE, valueAt } from '../workloads.js';

const STEP = 10;
const POINTS = 10;
/** Bytes that ten points take in a block, about. */
const BLOCK_BYTES = 70;
/** Python is asked for fewer files, each of them as slow. */
const PYTHON_FILES = 10_000;

/** @param count  how many files */
export function filesRows(folder: string, count: number): readonly Row[] {
  const standard = new Tree(join(folder, 'files-standard'), 'standard', count);
  const compressed = new Tree(join(folder, 'files-compressed'), 'compressed', count);
  const calls = Math.min(count, PYTHON_FILES);
  return [
    {
      ...row(standard, 'standard'),
      python: { kind: 'files', list: standard.list, points: POINTS, step: STEP, calls },
    },
    row(compressed, 'compressed'),
  ];
}

function row(tree: Tree, format: Format): Row {
  const named = { work: `updateFiles ${tree.count} × ${POINTS}`, format };
  return { group: 'files', ...named, ours: ours(tree, nameOf(named)), bare: bare(tree, format) };
}

/** An op is a file. The files stay, and every round brings them newer points. */
function ours(tree: Tree, name: string): Case {
  return {
    name,
    pointsPerOp: POINTS,
    bytesPerOp: POINTS * POINT_SIZE,
    opsPerRun: tree.count,
    isRound: true,
    start() {
      tree.make();
      const timestamps = new Float64Array(POINTS);
      const points = { timestamps, values: timestamps.map((_, i) => valueAt(i)) };
      const updates = tree.paths().map((path) => ({ path, points }));
      let now = tree.latest;
      return {
        before() {
          for (let i = 0; i < POINTS; i++) timestamps[i] = now + (i + 1) * STEP;
          now += POINTS * STEP;
        },
        run() {
          const { written, discarded } = updateFiles(updates, { now });
          // Points that came too late would be less work.
          if (written !== tree.count * POINTS || discarded > 0) throw new Error('points were not stored');
          return written;
        },
        stop() {
          tree.latest = now;
        },
      };
    },
  };
}

/** Opening, the header, the points and what they are rolled up to, closing; at places that leave the file whole. */
function bare(tree: Tree, format: Format): Case {
  const { metadata } = tree;
  return {
    name:
      format === 'standard'
        ? `in each file: open, read ${metadata}, write 120, read 144, write 24, close`
        : `in each file: open, read ${metadata}, write ${BLOCK_BYTES}, write ${metadata}, close`,
    pointsPerOp: POINTS,
    bytesPerOp: POINTS * POINT_SIZE,
    opsPerRun: tree.count,
    isRound: true,
    start() {
      tree.make();
      const paths = tree.paths();
      const head = new Uint8Array(metadata);
      const bytes = new Uint8Array(144);
      const touch = format === 'standard' ? standard : compressed;
      return {
        run() {
          let moved = 0;
          for (const path of paths) moved += withFile(path, touch);
          return moved;
        },
        stop() {},
      };

      function standard(fd: number): number {
        readSync(fd, head, 0, metadata, 0);
        writeSync(fd, bytes, 0, 120, metadata + 120);
        readSync(fd, bytes, 0, 144, metadata + 120);
        return writeSync(fd, bytes, 0, 24, tree.size - 24);
      }

      function compressed(fd: number): number {
        readSync(fd, head, 0, metadata, 0);
        writeSync(fd, bytes, 0, BLOCK_BYTES, tree.size - BLOCK_BYTES);
        return writeSync(fd, head, 0, metadata, 0);
      }
    },
  };
}
