import { Command, Option } from 'commander';
import { wholeNumber } from '../arguments.js';
import type { Io } from '../io.js';

interface Given {
  readonly port: number;
  readonly open?: boolean;
}

export function viewCommand(io: Io): Command {
  return new Command('view')
    .summary('look at files in a browser')
    .description(
      'Serves a page over files and folders to browsers of this machine: a tree with search, charts to zoom in, and of ' +
        'each file what its header says, how its blocks stand, and what verify finds. What is written meanwhile ' +
        'appears by itself. Prints the address and goes on until it is stopped by Ctrl-C. Changes nothing.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'folders of databases, or single ones')
    .addOption(
      new Option('-p, --port <n>', 'listen on this port of the loopback; 0 is any that is free')
        .default(0)
        .argParser(wholeNumber(0, 65_535)),
    )
    .option('--open', 'open the page in the usual browser')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto view /var/lib/graphite/whisper\n  sotto view cpu.wsp load.wsp --port 8125 --open',
    )
    .action((paths: string[], given: Given) => view(paths, given, io));
}

/** Serves until a signal comes; whoever stopped it wanted no more, so that is no failure. */
async function view(paths: readonly string[], { port, open }: Given, io: Io): Promise<void> {
  // The pages and the server are more than all the rest of the command: whoever asks for help does without.
  const { startViewServer } = await import('../../view/server.js');
  const server = await startViewServer({ paths, port, clock: () => io.clock() });
  const address = `http://127.0.0.1:${server.port}/`;
  io.out(`${address}\n`);
  if (open === true) await openBrowser(address, io);
  await stopped();
  server.close();
}

/** Resolves when somebody stops the process. */
function stopped(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

async function openBrowser(address: string, io: Io): Promise<void> {
  const { spawn } = await import('node:child_process');
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[
    process.platform as string
  ] ?? ['xdg-open'];
  const child = spawn(command!, [...args, address], { detached: true, stdio: 'ignore' });
  child.on('error', () => io.err(`sotto: no browser could be opened; the address is ${address}\n`));
  child.unref();
}
