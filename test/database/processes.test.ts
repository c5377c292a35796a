import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { create, open, verify } from '../../src/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();

/** The built library; `npm test` builds it first. */
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const PROCESS = fileURLToPath(new URL('../support/beside-process.js', import.meta.url));

/** How long they work; `SOTTO_RUNS` makes it longer, a tenth of a second each. */
const milliseconds = 100 * Number(process.env['SOTTO_RUNS'] ?? 20);
const READERS = 4;

/** Runs one process to its end; what it printed. */
function run(role: 'reader' | 'writer', path: string, durable: string): Promise<string> {
  return new Promise((resolve) => {
    const args = [PROCESS, LIBRARY, role, path, String(milliseconds), durable];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
    child.on('close', () => resolve(printed.trim()));
  });
}

it.each([
  { format: 'standard', durable: 'none' },
  { format: 'compressed', durable: 'none' },
  { format: 'compressed', durable: 'journal' },
] as const)(
  'four readers without a lock see no wrong value beside a writer: $format, durable $durable',
  async ({ format, durable }) => {
    const path = inFolder('a.wsp');
    // The base of the compressed file comes round again and again, and its metadata are small; a ring of slots does not
    // come round here, since who reads it while it is written sees slots of two turns.
    const layout =
      format === 'compressed'
        ? { retentions: '1s:10m,10s:1d', format, pointsPerBlock: 60, pointSize: 14 }
        : { retentions: '1s:12d,10s:30d' };
    create(path, layout).close();
    const processes = Array.from({ length: READERS }, () => run('reader', path, durable));
    const [written, ...seen] = await Promise.all([run('writer', path, durable), ...processes]);
    for (const reads of seen) expect(reads).toMatch(/^[1-9][0-9]* reads$/);
    expect(Number(written)).toBeGreaterThan(100);
    const findings = verify(path, { now: 1_600_000_000 + Number(written), deep: true });
    expect(findings).toEqual([]);
    using database = open(path);
    const { timestamps } = database.points(0, { now: 1_600_000_000 + Number(written) });
    expect(timestamps.at(-1)! - 1_600_000_000 + 1).toBe(Number(written));
  },
  milliseconds + 60_000,
);
