/** Points that come late: a thousand of them that belong between points which are there already. */
import { copyFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Database, type Format, open, type PointColumns } from 'sotto';
import { bareLate } from '../bare/late.js';
import { dataSets } from '../data-sets.js';
import { nameOf, type Row } from '../row.js';
import { FULL_FILE_NOW, LATE_CALLS, LATE_POINTS, LATE_RETENTIONS, POINT_SIZE } from '../workloads.js';

const MINUTE = 60;
const MINUTES = 43_200;

/** Which minutes come late: every so manyeth, from one on; each call brings those behind the ones of the call before. */
const PLACES = {
  '30 days': { first: 0, every: 43 },
  'a block': { first: 20_000, every: 7 },
} as const;
type Place = keyof typeof PLACES;

export function lateRows(folder: string): readonly Row[] {
  const places = Object.keys(PLACES) as Place[];
  return places.flatMap((place) => [row(folder, place, 'standard'), row(folder, place, 'compressed')]);
}

function row(folder: string, place: Place, format: Format): Row {
  const named = { work: `${LATE_POINTS} late in ${place}`, format };
  return {
    group: 'late',
    ...named,
    ours: {
      name: nameOf(named),
      pointsPerOp: LATE_POINTS,
      bytesPerOp: LATE_POINTS * POINT_SIZE,
      opsPerRun: LATE_CALLS,
      isRound: true,
      start() {
        const [full, path] = [join(folder, 'late-full.wsp'), join(folder, 'late.wsp')];
        const values = dataSets.gauge(MINUTES);
        const late = Array.from({ length: LATE_CALLS }, (_, call) => lateColumns(place, call, values));
        writeWithout(full, format, values, new Set(late.flatMap(({ timestamps }) => [...timestamps])));
        let database: Database;
        return {
          before() {
            copyFileSync(full, path);
            database = open(path, { clock: () => FULL_FILE_NOW });
          },
          run() {
            let written = 0;
            for (const points of late) written += database.updateMany(points).written;
            return written;
          },
          after() {
            database.close();
            unlinkSync(path);
          },
          stop() {
            unlinkSync(full);
          },
        };
      },
    },
    bare: bareLate(folder, format, place === 'a block' ? 1 : 7),
  };
}

function lateColumns(place: Place, call: number, values: Float64Array): Required<PointColumns> {
  const { first, every } = PLACES[place];
  const minutes = Array.from({ length: LATE_POINTS }, (_, i) => first + every * i + call);
  return {
    timestamps: Float64Array.from(minutes, timeOf),
    values: Float64Array.from(minutes, (minute) => values[minute]!),
  };
}

/** The file that the late points come to: every minute of 30 days but those. */
function writeWithout(path: string, format: Format, values: Float64Array, late: ReadonlySet<number>): void {
  using database = create(path, { format, retentions: LATE_RETENTIONS, clock: () => FULL_FILE_NOW });
  const there = Array.from(values, (_, minute) => minute).filter((minute) => !late.has(timeOf(minute)));
  database.updateMany({
    timestamps: Float64Array.from(there, timeOf),
    values: Float64Array.from(there, (minute) => values[minute]!),
  });
}

function timeOf(minute: number): number {
  return FULL_FILE_NOW - MINUTE * (MINUTES - 1 - minute);
}
