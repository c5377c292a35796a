/**
 * The four benchmarks in go-whisper's own tests, for the record.
 *
 * A point an op: every 300 points, a second apart and from the clock's now on, are one batch; the creation of the file
 * is part of it. The runner chose between 71,000 and 536,000 points there, so here they are 150,000, which make a
 * compressed file grow as often. As those points lie ahead of the clock, the two that then read the last 48 hours meet
 * almost no data.
 */
import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Format, open, type Points } from 'sotto';
import { bareReads } from '../bare/reads.js';
import { bareUpdate } from '../bare/updates.js';
import { mulberry32 } from '../generator.js';
import type { Case } from '../harness.js';
import { OWN } from '../peers.js';
import { nameOf, type Row } from '../row.js';
import { DAY, LONG_ARCHIVE_POINTS, LONG_FILE, POINT_SIZE, T0 } from '../workloads.js';

const POINTS = 150_000;
const BATCH = 300;

const GOALS = { standard: 50, compressed: 40 };

export function ownRows(folder: string): readonly Row[] {
  return [
    writeRow(folder, 'standard'),
    writeRow(folder, 'compressed'),
    readRow(folder, 'standard'),
    readRow(folder, 'compressed'),
  ];
}

function writeRow(folder: string, format: Format): Row {
  const named = { work: 'write in 300s', format };
  const ours: Case = {
    name: nameOf(named),
    pointsPerOp: 1,
    bytesPerOp: POINT_SIZE,
    opsPerRun: POINTS,
    isRound: true,
    start() {
      const path = join(folder, 'own.wsp');
      const batches = normalBatches();
      return {
        run: () => write(path, format, batches),
        after: () => unlinkSync(path),
        stop() {},
      };
    },
  };
  const bare = bareUpdate(folder, format, 'open', BATCH, POINTS / BATCH, 'points');
  return { group: 'own', ...named, ours, bare, peers: OWN.write[format], goal: GOALS[format] };
}

function readRow(folder: string, format: Format): Row {
  const named = { work: 'read 48h ahead of the data', format };
  const path = join(folder, `own-${format}.wsp`);
  const prepare = () => {
    if (!existsSync(path)) write(path, format, normalBatches());
  };
  const ours: Case = {
    name: nameOf(named),
    pointsPerOp: LONG_ARCHIVE_POINTS,
    bytesPerOp: LONG_ARCHIVE_POINTS * POINT_SIZE,
    start() {
      prepare();
      const database = open(path, { readOnly: true, clock: () => T0 });
      return {
        run: () => database.fetch(T0 - 2 * DAY)!.length,
        stop: () => database.close(),
      };
    },
  };
  const bare = bareReads({
    name: format === 'standard' ? 'the archive' : 'the metadata',
    path,
    pointsPerOp: LONG_ARCHIVE_POINTS,
    locate() {
      prepare();
      using database = open(path, { readOnly: true });
      const { offset, size } = database.info.archives[0]!;
      return [format === 'standard' ? { offset, size } : { offset: 0, size: offset }];
    },
  });
  return { group: 'own', ...named, ours, bare, peers: OWN.read[format] };
}

function write(path: string, format: Format, batches: readonly Points[]): number {
  using database = create(path, { ...LONG_FILE, format, clock: () => T0 });
  let written = 0;
  for (const batch of batches) written += database.updateMany(batch).written;
  return written;
}

/** Normally distributed values: pairs of them by the method of Box and Muller. */
function normalBatches(): Points[] {
  const draw = mulberry32();
  const uniform = () => (draw() + 0.5) / 2 ** 32;
  const values = new Float64Array(POINTS);
  for (let i = 0; i < POINTS; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  const timestamps = values.map((_, i) => T0 + i);
  return Array.from({ length: POINTS / BATCH }, (_, k) => ({
    timestamps: timestamps.subarray(k * BATCH, (k + 1) * BATCH),
    values: values.subarray(k * BATCH, (k + 1) * BATCH),
  }));
}
