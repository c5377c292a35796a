/** Journals beside the odd file, as a writer that was killed leaves them, and such as nobody should have written. */
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { encodeJournal, JOURNAL_SUFFIX, type Span } from '../../src/file/journal.js';
import { identityOf } from '../../src/file/journal-file.js';
import { open } from '../../src/index.js';
import type { Random } from './random.js';
import { type Context, FILES, type Step } from './step.js';

const JOURNAL = `${FILES.odd}${JOURNAL_SUFFIX}`;
/** A process that there is not, of an earlier run of the machine. */
const NOBODY = { pid: 2 ** 31, thread: 0, startTime: 1n, bootId: '00'.repeat(16) };
const HEADER_NUMBERS = [16, 24, 32, 40, 48, 56, 72, 88, 92, 100];

/** A journal is planted, and the file is opened: that applies it, or does not. */
export function drawJournalSession(random: Random): Step[] {
  const spans = random.times(random.between(0, 4), () => ({
    position: random.pick([0, 0, 12, 43, random.below(4096), random.below(20_000)]),
    length: random.pick([0, 1, 4, 12, 100, 600]),
    byte: random.below(256),
    isStale: random.chance(0.2),
  }));
  const damages = random.chance(0.5)
    ? []
    : random.times(random.between(1, 3), () => ({
        at: random.chance(0.7) ? random.pick(HEADER_NUMBERS) + random.below(8) : random.below(300),
        byte: random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]),
      }));
  const cut = random.chance(0.15) ? random.below(200) : undefined;
  const isSealed = random.chance(0.8);
  const text = JSON.stringify({ spans, damages, cut, isSealed });
  return [
    {
      name: 'journal',
      text: `a journal of ${text}`,
      changes: [JOURNAL],
      needsHandle: false,
      run: (context) => {
        const journal = makeJournal(context, spans);
        for (const { at, byte } of damages) if (at < journal.length) journal[at] = byte;
        if (isSealed) sealJournal(journal);
        writeFileSync(context.path(JOURNAL), journal.subarray(0, cut));
      },
    },
    {
      name: 'settle',
      text: 'open(path) beside a journal',
      changes: [FILES.odd, JOURNAL],
      needsHandle: false,
      // That a file is then refused is an answer here: the journal may have been applied before that.
      run: ({ path }) => {
        try {
          open(path(FILES.odd)).close();
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'WhisperError') throw error;
        }
      },
    },
  ];
}

interface PlantedSpan {
  readonly position: number;
  readonly length: number;
  readonly byte: number;
  /** The file has moved on since. */
  readonly isStale: boolean;
}

function makeJournal({ path }: Context, spans: readonly PlantedSpan[]): Uint8Array {
  const file = readFileSync(path(FILES.odd));
  const changes = spans.map(({ position, length, byte, isStale }): Span & { before: Uint8Array } => {
    const there = file.subarray(Math.min(position, file.length), position + length);
    const before = isStale ? there.map((other) => other ^ 1) : there;
    return { position, before, bytes: new Uint8Array(before.length).fill(byte) };
  });
  return encodeJournal({ identity: identityOf(path(FILES.odd)), writer: NOBODY, changes });
}

function sealJournal(journal: Uint8Array): void {
  const end = journal.length - 4;
  new DataView(journal.buffer, journal.byteOffset).setUint32(end, crc32(journal.subarray(0, end)));
}
