/**
 * The command `sotto`: hands the arguments to a command and turns what comes of it into an exit code.
 *
 *   0  done
 *   1  the answer is no: no data, no such field
 *   2  usage: an unknown option, a bad argument
 *   3  bad data: a corrupt file, a refused timestamp, unreadable input
 *   4  the system: no such file, no room, no right
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { type Fault, WhisperError } from '../errors.js';
import type { Io } from './io.js';

type CommandMaker = (io: Io) => Command;

/** Each command's module is loaded only when it is needed: most of a short command's time is loading. */
const COMMANDS: { readonly [name: string]: () => Promise<CommandMaker> } = {
  create: async () => (await import('./commands/create.js')).createCommand,
  update: async () => (await import('./commands/update.js')).updateCommand,
  fetch: async () => (await import('./commands/fetch.js')).fetchCommand,
  info: async () => (await import('./commands/info.js')).infoCommand,
  dump: async () => (await import('./commands/dump.js')).dumpCommand,
  first: async () => (await import('./commands/first-last.js')).firstCommand,
  last: async () => (await import('./commands/first-last.js')).lastCommand,
  plot: async () => (await import('./commands/plot.js')).plotCommand,
};

const EXIT_CODES: { readonly [F in Fault]: number } = { argument: 2, file: 3, system: 4 };
const USAGE = 2;

/** Runs the command line; returns the exit code. */
export async function main(args: readonly string[], io: Omit<Io, 'finish'>): Promise<number> {
  let exitCode = 0;
  const program = await makeProgram(args, {
    ...io,
    finish: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, io);
  }
}

async function makeProgram(args: readonly string[], io: Io): Promise<Command> {
  const program = new Command('sotto')
    .description(
      'Keeps, reads and inspects Graphite Whisper files: round-robin databases of one metric each. ' +
        'Exit codes: 0 done, 1 the answer is no, 2 usage, 3 bad data, 4 system.',
    )
    .version(readVersion(), '-V, --version')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions();
  const asked = args[0];
  const names = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of names) program.addCommand((await COMMANDS[name]!())(io));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      getOutHelpWidth: () => Math.min(io.columns, 100),
      getErrHelpWidth: () => Math.min(io.columns, 100),
    });
  }
  return program;
}

function exitCodeOf(error: unknown, io: Omit<Io, 'finish'>): number {
  if (error instanceof CommanderError) {
    // Commander has printed its own words, or the help that was asked for. A bare `sotto` is not asking.
    if (error.exitCode !== 0) return USAGE;
    return 0;
  }
  if (error instanceof WhisperError) {
    io.err(`sotto: ${error.message}\n`);
    return EXIT_CODES[error.fault];
  }
  throw error;
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
