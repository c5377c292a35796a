import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { isAtWork, presentWriter } from '../../src/file/writer.js';

/** Only Linux tells when a process was started. */
const isTold = existsSync('/proc/self/stat');

describe('who writes', () => {
  it('is this thread of this process, of which no call is under way while it asks', () => {
    const present = presentWriter();
    expect(present).toMatchObject({ pid: process.pid });
    expect(presentWriter()).toBe(present);
    expect(isAtWork(present)).toBe(false);
  });

  it('may be at work in another thread of this process', () => {
    const present = presentWriter();
    expect(isAtWork({ ...present, thread: present.thread + 1 })).toBe(true);
  });

  it('is told by the process id, the start of the process and the boot of the machine', () => {
    const { pid, startTime, bootId } = presentWriter();
    expect([pid, startTime > 0n, /^[0-9a-f]{32}$/.test(bootId)]).toEqual([process.pid, isTold, true]);
    if (isTold) expect(readFileSync('/proc/self/stat', 'utf8')).toContain(` ${startTime} `);
  });
});

describe('a writer in another process', () => {
  it('is at work while it runs, and not once it was killed, before it was waited for even', async () => {
    const child = spawn('sleep', ['60']);
    const { bootId } = presentWriter();
    const stat = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ');
    const startTime = isTold ? BigInt(stat()[21]!) : 0n;
    const writer = { pid: child.pid!, thread: 0, startTime, bootId };
    expect(isAtWork(writer)).toBe(true);
    child.kill('SIGKILL');
    if (isTold) {
      // Nobody has waited for it yet: this thread has not gone back to its events.
      while (existsSync(`/proc/${child.pid}/stat`) && stat()[2] !== 'Z');
      expect(isAtWork(writer)).toBe(false);
    }
    await once(child, 'exit');
    expect(isAtWork(writer)).toBe(false);
  });

  it('is another one if the process was started at another time, or the machine since', async () => {
    const child = spawn('sleep', ['60']);
    const { bootId } = presentWriter();
    const other = { pid: child.pid!, thread: 0, startTime: 1n, bootId };
    expect(isAtWork(other)).toBe(!isTold);
    expect(isAtWork({ ...other, startTime: 0n })).toBe(true);
    expect(isAtWork({ ...other, startTime: 0n, bootId: 'ab'.repeat(16) })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('has the same process in each of its threads', async () => {
    const source = `
      const { parentPort, threadId } = require('node:worker_threads');
      parentPort.postMessage([process.pid, threadId]);`;
    const worker = new Worker(source, { eval: true });
    const [[pid, thread]] = await once(worker, 'message');
    expect(pid).toBe(presentWriter().pid);
    expect(thread).not.toBe(presentWriter().thread);
    await worker.terminate();
  });
});
