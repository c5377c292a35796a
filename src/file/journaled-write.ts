/**
 * Changes of several places of a file that become whole, or none: they are written to a journal first.
 *
 * The journal is made for each call and removed at its end, so that nothing stands beside a file at rest. Its name is
 * also the turn of one writer among several: it is made exclusively, and whoever finds it waits.
 */
import { fsyncSync } from 'node:fs';
import { systemError, WhisperError } from '../errors.js';
import type { ByteFile } from './byte-file.js';
import { type Change, encodeJournal, type Span } from './journal.js';
import {
  closeQuietly,
  identityOf,
  journalPathOf,
  makeJournal,
  removeOwnJournal,
  syncNames,
  writeJournal,
} from './journal-file.js';
import { sleep } from './patience.js';
import { settleJournal } from './settle-journal.js';
import { presentWriter } from './writer.js';

export interface JournaledWriteOptions {
  /** Sync the journal before the file is touched, and the file before the journal goes: for a power cut. */
  readonly isSynced: boolean;
  /**
   * What if the system refuses the journal: the change is refused too (`must`); it is made without one if the process has
   * no right to the folder (`should`), or whatever the reason (`may`).
   */
  readonly need: 'must' | 'should' | 'may';
  /** Asked once nobody else writes through a journal: false refuses the change. */
  readonly isUnchanged?: () => boolean;
}

/** Milliseconds to wait for another writer's call. */
const TURN_MS = 1000;
const PAUSE_MS = 1;
/** What systems answer where a file may be written to and none be made beside it. */
const NO_RIGHT: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG'];

/**
 * Writes spans, all of them or none.
 *
 * If the system refuses one of them, those before it are taken back; if it refuses that too, the journal stays for whoever
 * settles it.
 *
 * @throws WhisperError `WSP_JOURNAL` if another writer is at work, `WSP_SYSTEM`
 */
export function writeJournaled(
  file: ByteFile,
  spans: readonly Span[],
  { isSynced, need, isUnchanged }: JournaledWriteOptions,
): void {
  if (spans.length === 0) return;
  // A file whose path stands for another one by now is gone with its last handle: no crash of it will be looked into.
  const place = file.path === undefined || file.isReplaced() ? undefined : begin(file, file.path, need);
  if (place === undefined) {
    if (isUnchanged?.() === false) throw changedMeanwhile();
    write(file, spans, isSynced);
    return;
  }
  try {
    if (isUnchanged?.() === false) throw changedMeanwhile();
    const changes = spans.map((span) => ({ ...span, before: readBefore(file, span) }));
    if (tell(file, place, changes, isSynced, need)) apply(file, changes, isSynced);
    else write(file, spans, isSynced);
  } catch (error) {
    if (error instanceof HalfWritten) {
      closeQuietly(place.fd);
      throw error.cause;
    }
    remove(place);
    throw error;
  }
  remove(place);
}

/** The journal's file while it is written. */
interface Place {
  readonly journal: string;
  readonly fd: number;
}

/** A change was begun and could not be taken back: its journal has to stay. */
class HalfWritten extends Error {}

/** Makes the journal's file when it is this writer's turn; undefined if the change is to do without. */
function begin(file: ByteFile, path: string, need: JournaledWriteOptions['need']): Place | undefined {
  try {
    const journal = journalPathOf(path);
    for (let waited = 0; waited < TURN_MS; waited += PAUSE_MS) {
      const fd = makeJournal(journal);
      if (fd !== undefined) return { journal, fd };
      if (settleJournal(file) !== 'settled') sleep(PAUSE_MS);
    }
  } catch (error) {
    // What an interrupted call has left must be settled first, whatever this one needs.
    if (error instanceof WhisperError) throw error;
    if (mayDoWithout(error, need)) return undefined;
    throw systemError(error, path, 'make its journal');
  }
  if (need === 'may') return undefined;
  throw new WhisperError('WSP_JOURNAL', {
    path,
    found: `its journal was another writer's for ${TURN_MS} ms`,
    expected: 'one writer at a time (if none is at work, remove the file of this name that ends in .journal)',
  });
}

function mayDoWithout(error: unknown, need: JournaledWriteOptions['need']): boolean {
  if (need === 'must') return false;
  return need === 'may' || NO_RIGHT.includes((error as NodeJS.ErrnoException).code);
}

function readBefore(file: ByteFile, { position, bytes }: Span): Uint8Array {
  const before = new Uint8Array(bytes.length);
  if (file.readAt(before, before.length, position) === before.length) return before;
  throw new WhisperError('WSP_CORRUPT', {
    found: `the file ends before byte ${position + before.length}`,
    expected: 'a whole file to change',
  });
}

/** Writes the journal; false if the system refuses it and the change may do without. */
function tell(
  { path }: ByteFile,
  { journal, fd }: Place,
  changes: readonly Change[],
  isSynced: boolean,
  need: JournaledWriteOptions['need'],
): boolean {
  try {
    writeJournal(fd, encodeJournal({ identity: identityOf(path!), writer: presentWriter(), changes }));
    if (isSynced) {
      fsyncSync(fd);
      syncNames(journal);
    }
    return true;
  } catch (error) {
    if (mayDoWithout(error, need)) return false;
    throw systemError(error, path!, 'write its journal');
  }
}

/** Makes the changes, or takes those back that were made. */
function apply(file: ByteFile, changes: readonly Change[], isSynced: boolean): void {
  try {
    write(file, changes, isSynced);
  } catch (error) {
    try {
      write(
        file,
        changes.filter(({ before, position }) => !isThere(file, before, position)).map(reversed),
        isSynced,
      );
    } catch {
      throw new HalfWritten('', { cause: error });
    }
    throw error;
  }
}

function reversed({ position, before }: Change): Span {
  return { position, bytes: before };
}

function isThere(file: ByteFile, bytes: Uint8Array, position: number): boolean {
  const present = new Uint8Array(bytes.length);
  return (
    file.readAt(present, present.length, position) === bytes.length && Buffer.compare(present, bytes) === 0
  );
}

/** From the end of the file on: of a compressed one the blocks before the metadata that tell of them. */
function write(file: ByteFile, spans: readonly Span[], isSynced: boolean): void {
  const ordered = [...spans].sort((a, b) => b.position - a.position);
  for (const { position, bytes } of ordered) file.writeAt(bytes, bytes.length, position);
  if (isSynced) file.sync();
}

/** Removes the journal of a change that was made, or refused. */
function remove({ journal, fd }: Place): void {
  try {
    removeOwnJournal(journal, fd);
  } catch {
    // Whoever settles it finds the change made, or makes it: both are whole.
  } finally {
    closeQuietly(fd);
  }
}

function changedMeanwhile(): WhisperError {
  return new WhisperError('WSP_JOURNAL', {
    found: 'another writer has changed the file during the call',
    expected: 'one writer at a time, or lock: true for each of them',
  });
}
