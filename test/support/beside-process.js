/**
 * One of several processes on a file: the writer, or a reader who has no lock and looks for what cannot be.
 *
 *   node beside-process.js LIBRARY writer|reader PATH MILLISECONDS DURABLE
 *
 * The point of each second is that second, counted from the first, so that every value and every mean can be told. A
 * reader prints how often it has read, or what was wrong.
 */
import { argv, stdout } from 'node:process';

const [, , library, role, path, milliseconds, durable] = argv;
const { open } = await import(library);

const T0 = 1_600_000_000;
const end = Date.now() + Number(milliseconds);

function write() {
  using_(open(path, { durable }), (database) => {
    let seconds = 0;
    while (Date.now() < end) {
      const count = 1 + (seconds % 3) * 4;
      const points = Array.from({ length: count }, (_, i) => [T0 + seconds + i, seconds + i]);
      // Now and then an older one once more, which a compressed file has in a block by then.
      const late = seconds - 150 - (seconds % 130);
      if (seconds % 5 === 0 && late >= 0) points.push([T0 + late, late]);
      seconds += count;
      database.updateMany(points, { now: T0 + seconds - 1 });
    }
    stdout.write(`${seconds}\n`);
  });
}

function using_(database, work) {
  try {
    work(database);
  } finally {
    database.close();
  }
}

/** What is wrong with a base of which all seconds from some on are there; undefined if nothing is. */
function judgeBase({ timestamps, values }, former) {
  for (let i = 0; i < timestamps.length; i++) {
    if (values[i] !== timestamps[i] - T0) return `${values[i]} at ${timestamps[i] - T0}`;
    if (i > 0 && timestamps[i] !== timestamps[i - 1] + 1) return `nothing after ${timestamps[i - 1] - T0}`;
  }
  const newest = timestamps.at(-1) ?? 0;
  if (newest < former) return `the newest went from ${former - T0} back to ${newest - T0}`;
  return undefined;
}

function judgeMeans({ timestamps, values }) {
  for (let i = 0; i < timestamps.length; i++) {
    // The mean of a part of ten seconds lies within them; go-whisper's way of rolling up takes whole ones only.
    const [least, most] = [timestamps[i] - T0, timestamps[i] - T0 + 9];
    if (!(values[i] >= least && values[i] <= most)) return `mean ${values[i]} at ${least}`;
  }
  return undefined;
}

function read() {
  let database = open(path, { readOnly: true });
  let newest = 0;
  let reads = 0;
  while (Date.now() < end) {
    // A new handle now and then: to open is to read as well.
    if (reads % 50 === 49) {
      database.close();
      database = open(path, { readOnly: true });
    }
    const now = Math.max(newest, T0) + 1;
    const base = database.points(0, { now });
    const wrong = judgeBase(base, newest) ?? judgeMeans(database.points(1, { now }));
    if (wrong !== undefined) {
      stdout.write(`after ${reads} reads: ${wrong}\n`);
      return;
    }
    newest = base.timestamps.at(-1) ?? newest;
    reads++;
  }
  database.close();
  stdout.write(`${reads} reads\n`);
}

if (role === 'writer') write();
else read();
