#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { main } from './main.js';

const args = process.argv.slice(2);
const STDOUT = 1;
const STDERR = 2;
const SYSTEM = 4;

/** Writes all of a text, and knows at once when nobody reads it any more. */
function write(fd: number, text: string): void {
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        // The reader is slower than we are: give it a moment.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
        continue;
      }
      // Whoever reads our output has had enough, as in `sotto dump a.wsp | head`: no reason for words. Only files
      // that are being converted are not left half-done for that.
      if (code === 'EPIPE' && args[0] === 'convert') return;
      if (code === 'EPIPE') process.exit(0);
      if (fd === STDOUT) write(STDERR, `sotto: cannot write the output: ${message}\n`);
      process.exit(SYSTEM);
    }
  }
}

// Whoever makes a file is not stopped in the middle: a call is synchronous, and the signal is seen after it.
if (args[0] === 'create' || args.includes('--create')) process.once('SIGINT', () => process.exit(130));

process.exitCode = await main(args, {
  out: (text) => write(STDOUT, text),
  err: (text) => write(STDERR, text),
  async readInput() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  isInputTerminal: isatty(0),
  isOutputTerminal: isatty(STDOUT),
  isErrorTerminal: isatty(STDERR),
  columns: (isatty(STDOUT) && process.stdout.columns) || 80,
  allowsColor: (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  clock: () => Math.floor(Date.now() / 1000),
});
