#!/usr/bin/env node
import { main } from './main.js';

const SYSTEM = 4;

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads our output has had enough, as in `sotto dump a.wsp | head`: no reason for words.
    if (error.code === 'EPIPE') process.exit(0);
    if (stream === process.stdout) process.stderr.write(`sotto: cannot write the output: ${error.message}\n`);
    process.exit(SYSTEM);
  });
}

// A call in progress is synchronous, so a file is never left half made: the signal is seen after it.
process.once('SIGINT', () => process.exit(130));

process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  async readInput() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  isInputTerminal: process.stdin.isTTY === true,
  isOutputTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
  allowsColor: (process.env['NO_COLOR'] ?? '') === '',
  clock: () => Math.floor(Date.now() / 1000),
});
