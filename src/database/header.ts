/** The header of a standard file: read when a handle opens, and changed in place by its settings. */
import { WhisperError } from '../errors.js';
import { type ByteFile, readStart } from '../file/byte-file.js';
import type { Dialect } from '../format/aggregation-method.js';
import {
  decodeHeader,
  encodeHeader,
  headerSize,
  METADATA_SIZE,
  type StandardHeader,
} from '../format/standard-header.js';
import type { Settings } from './engine.js';

/** What one read of the beginning brings: any usual header, and the metadata of most compressed files. */
const BEGINNING_SIZE = 4096;

/** Taken anew for each file that is opened it would cost more than the read. */
const room = new Uint8Array(BEGINNING_SIZE);

/** What a file begins with, as far as most headers reach. It is good until the next call. */
export function readBeginning(file: ByteFile): Uint8Array {
  const read = file.readAt(room, BEGINNING_SIZE, 0);
  return read === BEGINNING_SIZE ? room : room.subarray(0, read);
}

/**
 * Reads and checks the header of a file.
 *
 * @param cutOff  accept a body that ends too early
 * @param known   what the file begins with
 * @throws WhisperError `WSP_CORRUPT`
 */
export function readHeader(
  file: ByteFile,
  dialect: Dialect,
  cutOff = false,
  fileSize = file.size(),
  known = readBeginning(file),
): StandardHeader {
  const size = headerSize(known);
  const start = size > known.length && size <= fileSize ? readStart(file, size) : known;
  return decodeHeader(start, fileSize, dialect, cutOff);
}

/**
 * Changes settings in the file, leaving those that are not named as they are there by now: another handle may
 * have changed them. A header of the very old format is brought into the present form.
 *
 * @param known  the header as the handle has it
 * @returns  the header as it was in the file, and as it is now
 */
export function changeSettings(
  file: ByteFile,
  known: StandardHeader,
  { aggregation, xFilesFactor }: Settings,
  dialect: Dialect,
): { former: StandardHeader; present: StandardHeader } {
  const former = readHeader(file, dialect);
  if (JSON.stringify(former.archives) !== JSON.stringify(known.archives)) {
    throw new WhisperError('WSP_CORRUPT', {
      found: 'the archives in the file are others than when it was opened',
      expected: 'a file that only its settings and points change in',
    });
  }
  const present = {
    aggregation: aggregation ?? former.aggregation,
    maxRetention: former.maxRetention,
    xFilesFactor: xFilesFactor ?? former.xFilesFactor,
    archives: former.archives,
  };
  file.writeAt(encodeHeader(present, dialect), METADATA_SIZE, 0);
  return { former, present };
}
