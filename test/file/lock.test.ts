import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DiskFile } from '../../src/file/disk-file.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const hasFlock = spawnSync('flock', ['--version']).status === 0;
const title = hasFlock ? 'flock' : 'flock (skipped: no command flock(1); it comes with util-linux)';
const AT_ONCE = 0;

describe.runIf(hasFlock)(title, () => {
  it('lets one holder write, and many read', () => {
    writeFileSync(inFolder('a'), '');
    const open = (mode: 'shared' | 'exclusive') =>
      DiskFile.open(inFolder('a'), 'write', { mode, timeoutMs: AT_ONCE });
    const first = open('shared');
    const second = open('shared');
    expect(() => open('exclusive')).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', path: inFolder('a') }),
    );
    first.close();
    second.close();
    const writer = open('exclusive');
    expect(() => open('shared')).toThrow(expect.objectContaining({ code: 'WSP_LOCKED' }));
    writer.close();
    open('shared').close();
  });

  it('is kept out by, and keeps out, a holder in another process that calls flock(2) itself', async () => {
    writeFileSync(inFolder('a'), '');
    // Python Whisper's LOCK is this call on the file it opened.
    const holder = spawn('flock', ['-x', inFolder('a'), 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const request = { mode: 'exclusive', timeoutMs: 50 } as const;
    expect(() => DiskFile.open(inFolder('a'), 'write', request)).toThrow(
      expect.objectContaining({ code: 'WSP_LOCKED', message: expect.stringContaining('for 50 ms') }),
    );
    holder.stdin.end('\n');
    await once(holder, 'exit');
    const file = DiskFile.open(inFolder('a'), 'write', request);
    expect(spawnSync('flock', ['-xn', inFolder('a'), 'true']).status).toBe(1);
    file.close();
    expect(spawnSync('flock', ['-xn', inFolder('a'), 'true']).status).toBe(0);
  });

  it('ends up with the file that took the place of the one it waited for', async () => {
    writeFileSync(inFolder('a'), 'old');
    writeFileSync(inFolder('b'), 'new');
    const swap = `echo held; sleep 0.5; mv '${inFolder('b')}' '${inFolder('a')}'`;
    const holder = spawn('flock', ['-x', inFolder('a'), 'sh', '-c', swap], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const file = DiskFile.open(inFolder('a'), 'write', { mode: 'exclusive', timeoutMs: 10_000 });
    const bytes = new Uint8Array(3);
    file.readAt(bytes, 3, 0);
    file.close();
    expect(Buffer.from(bytes).toString()).toBe('new');
  });
});
