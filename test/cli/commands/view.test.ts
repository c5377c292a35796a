import { mkdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { main } from '../../../src/cli/main.js';
import { create } from '../../../src/index.js';
import { NOW, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

interface Running {
  readonly address: string;
  readonly exitCode: Promise<number>;
}

/** Starts the command, and waits until it says where it listens. */
async function start(args: readonly string[]): Promise<Running> {
  let printed = '';
  const exitCode = main(['view', ...args], {
    out: (text) => {
      printed += text;
    },
    err: (text) => {
      printed += text;
    },
    readInput: () => Promise.reject(new Error('reads nothing')),
    ask: () => Promise.reject(new Error('asks nothing')),
    startWork: () => new AbortController().signal,
    isInputTerminal: true,
    isOutputTerminal: false,
    isErrorTerminal: false,
    columns: 80,
    allowsColor: false,
    clock: () => NOW,
  });
  await vi.waitFor(() => expect(printed).toMatch(/\n$/), { timeout: 20_000 });
  return { address: printed.trim(), exitCode };
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  'view prints its address, serves there, and ends with 0 at %s',
  async (signal) => {
    create('a.wsp', { retentions: '1m:1h' }).close();
    const before = process.listenerCount(signal);
    const { address, exitCode } = await start(['a.wsp']);
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const answer = await fetch(`${address}api/list`);
    expect(await answer.json()).toMatchObject({ entries: [{ kind: 'file', id: '0', name: 'a.wsp' }] });
    process.emit(signal);
    expect(await exitCode).toBe(0);
    expect(process.listenerCount(signal)).toBe(before);
    await expect(fetch(address)).rejects.toThrow();
  },
);

it('view listens on the port that is asked for, and ends with 4 if it is taken', async () => {
  mkdirSync('tree');
  const { address, exitCode } = await start(['tree']);
  const { port } = new URL(address);
  const second = await sotto(['view', 'tree', '--port', port]);
  expect(second).toMatchObject({ exitCode: 4, stdout: '' });
  expect(second.stderr).toBe(
    `sotto: 127.0.0.1:${port}: the port is in use by another program; expected another port, or 0 for any that is free\n`,
  );
  process.emit('SIGINT');
  expect(await exitCode).toBe(0);
  const again = await start(['tree', '--port', port]);
  expect(again.address).toBe(address);
  process.emit('SIGINT');
  await again.exitCode;
});

it.each([
  { args: ['nowhere'], exitCode: 4, says: 'nowhere: cannot look at it' },
  { args: ['.', '--port', '65536'], exitCode: 2, says: 'a whole number from 0 to 65535' },
  { args: ['.', '--port', 'http'], exitCode: 2, says: 'a whole number from 0 to 65535' },
  { args: [], exitCode: 2, says: "missing required argument 'paths'" },
])('view $args ends with $exitCode', async ({ args, exitCode, says }) => {
  const run = await sotto(['view', ...args]);
  expect(run).toMatchObject({ exitCode, stdout: '' });
  expect(run.stderr).toContain(says);
});
