/**
 * What a writer that was interrupted has left: its journal is applied to the file, if that is still as it was left, and
 * goes.
 *
 * Two that find the same journal at once do the same to the file, and only to bytes that are not yet as they shall be. So
 * the slower of the two changes nothing any more.
 */
import { systemError, WhisperError } from '../errors.js';
import type { ByteFile } from './byte-file.js';
import { DiskFile } from './disk-file.js';
import {
  type Change,
  decodeJournal,
  type FileIdentity,
  fitsChange,
  isBegunAsJournal,
  type Journal,
} from './journal.js';
import { type FoundJournal, findJournal, hasJournal, identityOf, removeFound } from './journal-file.js';
import { presentWriter } from './writer.js';

/** There is no journal; there was one, and the file may be another than before; or its writer is at work. */
export type Settled = 'none' | 'settled' | 'at work';

/**
 * Settles the journal of a file, if there is one.
 *
 * @param isAlone   the caller holds the lock that keeps every writer out, so that none can be at work
 * @param isDirect  the path is surely no symbolic link
 * @throws WhisperError `WSP_JOURNAL` for a change that ought to be completed and cannot be, `WSP_SYSTEM`
 */
export function settleJournal({ path }: ByteFile, isAlone = false, isDirect = false): Settled {
  if (path === undefined || !hasJournal(path, isDirect)) return 'none';
  const found = findJournal(path);
  if (found === undefined) return 'none';
  // Somebody's notes may have that name.
  if (!isBegunAsJournal(found.bytes)) return 'none';
  if (found.isAtWork && !isAlone) return 'at work';
  const journal = journalOf(path, found);
  if (journal !== undefined) complete(path, journal);
  try {
    removeFound(found);
  } catch (error) {
    // What it tells is done or will never be: a reader has no need of the right to remove it.
    if (journal !== undefined) throw cannot(path, 'be removed', error);
  }
  return 'settled';
}

/** What the writer that is at work on a file is about to write there, for those who read meanwhile. */
export function changesUnderWay({ path }: ByteFile): readonly Change[] | undefined {
  if (path === undefined || !hasJournal(path)) return undefined;
  const found = findJournal(path);
  return found === undefined ? undefined : journalOf(path, found)?.changes;
}

/** The journal, if it is whole and of this file: one that was cut off tells that nothing was touched yet. */
function journalOf(path: string, { bytes }: FoundJournal): Journal | undefined {
  const journal = decodeJournal(bytes);
  return journal !== undefined && isOf(journal, identityOf(path)) ? journal : undefined;
}

/** Numbers of devices change from boot to boot; within one they tell a file from its copy elsewhere. */
function isOf({ identity, writer }: Journal, present: FileIdentity): boolean {
  const isOfThisBoot = writer.bootId === presentWriter().bootId;
  return (
    identity.inode === present.inode &&
    identity.size === present.size &&
    (identity.birth === 0n || present.birth === 0n || identity.birth === present.birth) &&
    (!isOfThisBoot || identity.device === present.device)
  );
}

/** Makes the changes that are not made yet, unless somebody else has written there since. */
function complete(path: string, { changes }: Journal): void {
  const file = openToComplete(path);
  try {
    const missing = changes.map((change) => ({ change, present: readPresent(file, change) }));
    if (!missing.every(({ change, present }) => fitsChange(change, present))) return;
    for (const { change, present } of missing) {
      const { bytes, position } = change;
      if (Buffer.compare(bytes, present) !== 0) file.writeAt(bytes, bytes.length, position);
    }
    file.sync();
  } catch (error) {
    throw cannot(path, 'be applied', error);
  } finally {
    file.close();
  }
}

function readPresent(file: ByteFile, { bytes, position }: Change): Uint8Array {
  const present = new Uint8Array(bytes.length);
  return present.subarray(0, file.readAt(present, present.length, position));
}

function openToComplete(path: string): DiskFile {
  try {
    return DiskFile.open(path, 'write');
  } catch (error) {
    throw cannot(path, 'be applied', error);
  }
}

function cannot(path: string, what: string, cause: unknown): WhisperError {
  const reason = cause instanceof WhisperError ? cause.found : systemError(cause, path, what).found;
  return new WhisperError('WSP_JOURNAL', {
    path,
    found: `a call on it was interrupted, and the journal beside it cannot ${what} (${reason})`,
    expected: 'a process that may write to the file and its folder to open it once (force reads it as it is)',
    cause,
  });
}
