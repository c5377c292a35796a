/** Opens a file under a lock, which it has to wait for; says what it finds then, stores a point and says what there is by then. */
import { open } from '../../../src/index.js';
import { report } from './scene.js';
import { valueAt } from './story.js';

export interface WaiterWork {
  readonly path: string;
  readonly now: number;
  /** What it stores; nothing if left out: then its lock is a shared one. */
  readonly time?: number;
}

/** What it finds. */
export interface Found {
  readonly retentions: readonly number[];
  /** The times of the base that are known, with the value that belongs to them. */
  readonly times: readonly number[];
  /** Known times with any other value. */
  readonly wrong: readonly number[];
}

const { path, now, time } = JSON.parse(process.argv[2]!) as WaiterWork;
using database = open(path, { lock: true, lockTimeoutMs: 60_000, readOnly: time === undefined });
report(find());
if (time !== undefined) {
  database.update(valueAt(time), time, { now });
  report(find());
}

function find(): Found {
  const { archives } = database.info;
  const { timestamps, values } = database.points(0, { now });
  const times = [...timestamps];
  return {
    retentions: archives.map(({ retention }) => retention),
    times: times.filter((timestamp, i) => values[i] === valueAt(timestamp)),
    wrong: times.filter((timestamp, i) => values[i] !== valueAt(timestamp)),
  };
}
