/**
 * Reading beside somebody who writes and takes no lock.
 *
 * The system does not keep a read and a write apart: of a slot that is written meanwhile the time may be of before and the value
 * of after. So what was written to a moment ago is read until it is the same twice.
 */
import type { ByteFile } from './byte-file.js';

/** A part that has changed so often is being written to all the time; the last it was read as stands. */
const MOST_ATTEMPTS = 16;

/**
 * As `readAt`, of whole units that stand one after another, each as it was at some moment during the call.
 *
 * @param unit  bytes that are written together
 */
export function readSteadily(
  file: ByteFile,
  into: Uint8Array,
  length: number,
  position: number,
  unit: number,
): number {
  const read = file.readAt(into, length, position);
  // Asked afterwards: a write that began before the read ended is told of by now.
  if (!file.wasWrittenLately()) return read;
  const again = new Uint8Array(read);
  let [from, to] = [0, read];
  for (let attempt = 0; attempt < MOST_ATTEMPTS && from < to; attempt++) {
    const present = again.subarray(0, file.readAt(again, to - from, position + from));
    const former = into.subarray(from, from + present.length);
    if (Buffer.compare(present, former) === 0) break;
    const first = present.findIndex((byte, i) => byte !== former[i]);
    const last = present.findLastIndex((byte, i) => byte !== former[i]);
    former.set(present);
    // What was the same twice is sound; a unit of which a part has changed is asked for once more.
    [from, to] = [from + first - (first % unit), Math.min(to, from + last - (last % unit) + unit)];
  }
  return read;
}
