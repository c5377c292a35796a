/** How long a command takes from its start to its end, beside a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create } from 'sotto';
import type { Case } from '../harness.js';
import type { Row } from '../row.js';
import { RETENTIONS, T0 } from '../workloads.js';

const COMMAND = fileURLToPath(new URL('dist/cli/bin.js', import.meta.resolve('sotto/package.json')));

/** At most so many times as long as `node -e 0`. */
const GOAL = 1.6;

export function startRows(folder: string): readonly Row[] {
  const path = join(folder, 'start.wsp');
  return [
    row(path, ['--version']),
    row(path, ['help']),
    row(path, ['info', path]),
    row(path, ['fetch', path, '--from', '-1h', '--now', `${T0}`]),
    row(path, ['update', path, '--now', `${T0}`, 'N:1']),
  ];
}

function row(path: string, args: readonly string[]): Row {
  const work = `sotto ${args[0]}`;
  return {
    group: 'start',
    work,
    ours: spawning(work, [COMMAND, ...args], path),
    bare: spawning('node -e 0', ['-e', '0'], path),
    bareGoal: GOAL,
    isSpawned: true,
  };
}

function spawning(name: string, args: readonly string[], path: string): Case {
  return {
    name,
    pointsPerOp: 0,
    bytesPerOp: 0,
    start() {
      if (!existsSync(path)) create(path, { retentions: RETENTIONS }).close();
      return {
        run() {
          const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
          if (status !== 0) throw new Error(`${name} ended with ${status}`);
          return 1;
        },
        stop() {},
      };
    },
  };
}
