/**
 * A process that writes to a database until it is killed, and tells on its standard output which call it begins and which
 * has returned.
 *
 * Arguments: where the built library is, and what the work is made of, as JSON.
 */
import { writeSync } from 'node:fs';
import { callOf } from './crash-calls.js';

const [library, text] = process.argv.slice(2);
const { open } = await import(library);
const { path, writer, writers, from, handle } = JSON.parse(text);

let now = 0;
const options = { ...handle, clock: () => now };

function store(database, n, tick) {
  const { now: at, points } = callOf(n, tick, writer, writers);
  now = at;
  writeSync(1, `begins ${n} ${tick}\n`);
  database.updateMany(points);
}

if (writers === 1) {
  const database = open(path, options);
  for (let n = from; ; n++) {
    store(database, n, n);
    writeSync(1, `ends ${n}\n`);
  }
}
for (let n = from; ; n++) {
  // Under a lock of its own each call lets the others in between, and its time is later than that of theirs.
  const database = open(path, options);
  store(database, n, Math.floor(Date.now() / 5) % 100_000_000);
  database.close();
  writeSync(1, `ends ${n}\n`);
}
