/** Bytes of a file that a dump of its slots does not tell: what an earlier turn left, NaNs of other bits, spare ones. */

/** A run of them. */
export interface OtherBytes {
  readonly offset: number;
  readonly hex: string;
}

/** So many equal bytes between two that differ cost less than to begin anew. */
const WORTH_JOINING = 16;

/** Where two files of one size differ, and what stands there in the first. */
export function otherBytes(file: Uint8Array, told: Uint8Array): OtherBytes[] {
  const runs: OtherBytes[] = [];
  for (let at = nextDifference(file, told, 0); at < file.length; ) {
    let end = at + 1;
    let next = nextDifference(file, told, end);
    while (next < file.length && next - end < WORTH_JOINING) {
      end = next + 1;
      next = nextDifference(file, told, end);
    }
    runs.push({ offset: at, hex: Buffer.from(file.subarray(at, end)).toString('hex') });
    at = next;
  }
  return runs;
}

/** Bytes to be compared at once where most are equal. */
const CHUNK = 4096;

function nextDifference(file: Uint8Array, told: Uint8Array, from: number): number {
  let at = from;
  while (at < file.length) {
    const end = Math.min(at + CHUNK, file.length);
    if (Buffer.compare(file.subarray(at, end), told.subarray(at, end)) !== 0) break;
    at = end;
  }
  while (at < file.length && file[at] === told[at]) at++;
  return at;
}
