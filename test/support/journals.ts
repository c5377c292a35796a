/** Journals as other processes would have left them, and a file for them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeJournal, type Journal } from '../../src/file/journal.js';
import { identityOf } from '../../src/file/journal-file.js';
import { presentWriter, type Writer } from '../../src/file/writer.js';
import { create, type Point } from '../../src/index.js';
import { SAMPLE_NOW as NOW } from './compressed-samples.js';

/** A process that is gone: none is that old. */
export function deadWriter(): Writer {
  return { ...presentWriter(), pid: 2 ** 22 + 1, thread: 0, startTime: 1n };
}

/** Another thread of this process, of which nobody can tell that it is gone. */
export function livingWriter(): Writer {
  const present = presentWriter();
  return { ...present, thread: present.thread + 1000 };
}

/** Another thing to stand at a position. */
export type Replacement = readonly [position: number, bytes: Uint8Array];

/** What a call that was about to write these bytes into a file would have written beside it. */
export function journalOf(
  path: string,
  replacements: readonly Replacement[],
  other: Partial<Omit<Journal, 'changes'>> = {},
): Uint8Array {
  const file = readFileSync(path);
  const changes = replacements.map(([position, bytes]) => {
    return { position, bytes, before: file.subarray(position, position + bytes.length) };
  });
  return encodeJournal({ identity: identityOf(path), writer: deadWriter(), changes, ...other });
}

/** Leaves such a journal beside the file. */
export function leaveJournal(...args: Parameters<typeof journalOf>): string {
  const journal = `${args[0]}.journal`;
  writeFileSync(journal, journalOf(...args));
  return journal;
}

/** How one file becomes another of the same size: the pages that differ. */
export function replacementsFor(from: Uint8Array, to: Uint8Array, page = 512): Replacement[] {
  const replacements: Replacement[] = [];
  for (let start = 0; start < to.length; start += page) {
    const bytes = to.slice(start, start + page);
    if (Buffer.compare(bytes, from.subarray(start, start + page)) !== 0) replacements.push([start, bytes]);
  }
  return replacements;
}

/** Blocks of the largest size, which never make a file grow; the base has gone round its ring. */
export function compressedWithRoom(): Uint8Array {
  using database = create(null, {
    retentions: '1s:200,10s:100',
    format: 'compressed',
    pointsPerBlock: 50,
    pointSize: 14,
    xFilesFactor: 0,
  });
  for (let age = 600; age >= 0; age -= 6) {
    const points = [5, 4, 3, 2, 1, 0].map((by): Point => [NOW - age - by, Math.sin(age + by)]);
    database.updateMany(points, { now: NOW - age });
  }
  return database.toBytes();
}
