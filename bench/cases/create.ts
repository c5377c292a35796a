/** New files, closed at once. */
import { join } from 'node:path';
import { create } from 'sotto';
import { bareCreate } from '../bare/new-files.js';
import { NewPaths } from '../new-paths.js';
import { CREATE } from '../peers.js';
import { nameOf, type Row } from '../row.js';
import {
  COMPRESSED_FILE_SIZE,
  COMPRESSED_METADATA,
  FILE_SIZE,
  RETENTIONS,
  standardArchives,
} from '../workloads.js';

export function createRows(folder: string): readonly Row[] {
  return [
    { ...row(folder, 'dense'), python: { kind: 'create', sparse: false, calls: 20 } },
    { ...row(folder, 'sparse'), python: { kind: 'create', sparse: true, calls: 100 }, goal: 1.5 },
    { ...row(folder, 'compressed'), goal: 5 },
  ];
}

/** How a file comes to be: its first bytes are written, the rest is left as a hole unless it is dense. */
const KINDS = {
  dense: { format: 'standard', size: FILE_SIZE, written: FILE_SIZE },
  sparse: { format: 'standard', size: FILE_SIZE, written: standardArchives()[0]!.offset },
  compressed: { format: 'compressed', size: COMPRESSED_FILE_SIZE, written: COMPRESSED_METADATA },
} as const;

function row(folder: string, kind: keyof typeof KINDS): Row {
  const { format, size, written } = KINDS[kind];
  const named = { work: kind === 'compressed' ? 'create + close' : `create ${kind} + close`, format };
  return {
    group: 'create',
    ...named,
    ours: {
      name: nameOf(named),
      pointsPerOp: 0,
      bytesPerOp: size,
      start() {
        const options = { retentions: RETENTIONS, format, sparse: kind !== 'dense' };
        const made = new NewPaths(join(folder, 'create'));
        return {
          run() {
            create(made.next(), options).close();
            return size;
          },
          after: () => made.remove(),
          stop() {},
        };
      },
    },
    bare: bareCreate(folder, size, written),
    peers: CREATE[kind],
  };
}
