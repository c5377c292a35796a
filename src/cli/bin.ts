#!/usr/bin/env node
import { fstatSync, writeSync } from 'node:fs';
import { main, type World } from './main.js';

const args = process.argv.slice(2);
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const SYSTEM = 4;
let isAtWork = false;

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
      // that are being changed are not left half-done for that.
      if (code === 'EPIPE' && isAtWork) return;
      if (code === 'EPIPE') process.exit(0);
      if (fd === STDOUT) write(STDERR, `sotto: cannot write the output: ${message}\n`);
      process.exit(SYSTEM);
    }
  }
}

/** Files and pipes are told at once; only for what else there is node:tty is loaded, which takes milliseconds. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);
  } catch {
    return false; // It is closed.
  }
}

// Whoever makes a file is not stopped in the middle: a call is synchronous, and the signal is seen after it.
if (args[0] === 'create' || args.includes('--create')) process.once('SIGINT', () => process.exit(130));

const world: World = {
  out: (text) => write(STDOUT, text),
  err: (text) => write(STDERR, text),
  async readInput() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  async ask(question) {
    write(STDERR, question);
    let answer = '';
    for await (const chunk of process.stdin) {
      answer += String(chunk);
      if (answer.includes('\n')) break;
    }
    return answer.split('\n')[0]!;
  },
  startWork() {
    isAtWork = true;
    const controller = new AbortController();
    // The second one is not waited for any more.
    process.once('SIGINT', () => controller.abort());
    return controller.signal;
  },
  get isInputTerminal() {
    return isTerminal(STDIN);
  },
  get isOutputTerminal() {
    return isTerminal(STDOUT);
  },
  get isErrorTerminal() {
    return isTerminal(STDERR);
  },
  get columns() {
    return (isTerminal(STDOUT) && process.stdout.columns) || 80;
  },
  allowsColor: (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb',
  clock: () => Math.floor(Date.now() / 1000),
};

void main(args, world).then((exitCode) => {
  process.exitCode = exitCode;
});
