import { existsSync, mkdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { CreateOptions, OpenOptions } from '../../src/index.js';
import { compiledPrograms, type Program } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import type { Checks } from './programs/checks.js';
import type { Scene } from './programs/scene.js';

/** Seconds that each of them works; a minute by hand. */
const seconds = Number(process.env['SOTTO_SECONDS'] ?? 1);
vi.setConfig({ testTimeout: 60_000 + 2000 * seconds });

const READERS = [0, 1, 2, 3];
const COMPRESSED = { format: 'compressed', aggregation: 'last', xFilesFactor: 0, pointSize: 1 } as const;
const SMALL = { ...COMPRESSED, retentions: '1s:20m,10s:4h', pointsPerBlock: 120 } as const;
/** Metadata of more than 4 KiB, which no system writes as one. */
const LARGE = { ...COMPRESSED, retentions: '1s:20m,3m:12h', pointsPerBlock: 40 } as const;
const STANDARD = { retentions: '1s:20m,10s:4h', aggregation: 'last', xFilesFactor: 0 } as const;

const inFolder = temporaryFolder();
const start = compiledPrograms();

interface Written {
  readonly batches: number;
  readonly points: number;
  readonly inserted: number;
  readonly growths: number;
  readonly metadataSize: number;
}

type Read = Checks['sum'] & { readonly wrong?: string };

/** One program writes, four read; what each of them says at its end. */
async function writeAndRead(program: string, create: CreateOptions, handle: OpenOptions) {
  mkdirSync(inFolder('files'));
  const batches = handle.durable === 'journal' ? 300 : 1000;
  const scene: Scene = { folder: inFolder('files'), create, handle, seconds, batches, number: 0 };
  const writer = start(program, scene);
  await writer.line();
  const readers = READERS.map((number) => start('reader', { ...scene, number }));
  for (const reader of readers) await reader.line();
  writer.tell('begin');
  const read = await Promise.all(readers.map((reader: Program) => reader.answer<Read>()));
  const written = await writer.answer<Written>();
  tell({ written, read });
  return { written, read };
}

/** The numbers of a longer run are what it is made for. */
function tell(numbers: object): void {
  if (process.env['SOTTO_SECONDS'] !== undefined) process.stdout.write(`${JSON.stringify(numbers)}\n`);
}

/** Whether all that was read was right, and something was. */
function expectRight(read: readonly Read[]): void {
  for (const { wrong, ...sum } of read) {
    expect(wrong).toBeUndefined();
    expect(Math.min(sum.reads, sum.points, sum.required)).toBeGreaterThan(0);
  }
}

describe('four processes that read without a lock beside one that writes', () => {
  it.each([
    { name: 'a standard file', durable: 'none' },
    { name: 'a standard file, with a journal', durable: 'journal' },
  ] as const)('see all that is stored, and nothing else, of $name', async ({ durable }) => {
    const { read } = await writeAndRead('writer', STANDARD, { durable });
    expectRight(read);
  });

  it.each([
    { name: 'a compressed file', create: SMALL, durable: 'none' },
    { name: 'one of large metadata', create: LARGE, durable: 'none' },
    { name: 'a compressed file, with a journal', create: SMALL, durable: 'journal' },
    { name: 'one of large metadata, with a journal', create: LARGE, durable: 'journal' },
  ] as const)('see all that is stored, and nothing else, of $name', async ({ create, durable }) => {
    const { written, read } = await writeAndRead('writer', create, { durable });
    expectRight(read);
    expect(Math.min(written.growths, written.inserted)).toBeGreaterThan(0);
    expect(written.metadataSize > 4096).toBe(create === LARGE);
  });

  it.runIf(existsSync('/proc/self/fd')).each([
    { name: 'a compressed file', create: SMALL, durable: 'none' },
    { name: 'one of large metadata', create: LARGE, durable: 'none' },
    { name: 'one of large metadata, with a journal', create: LARGE, durable: 'journal' },
  ] as const)(
    'see no half of a change of one that hesitates between pages: $name',
    async ({ create, durable }) => {
      const { read } = await writeAndRead('hesitant-writer', create, { durable });
      expectRight(read);
    },
  );
});
