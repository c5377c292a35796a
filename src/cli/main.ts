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
import { badOption } from '../options.js';
import type { Io } from './io.js';

type CommandMaker = (io: Io) => Command;

/** Each command's module is loaded only when it is needed: most of a short command's time is loading. */
const COMMANDS: { readonly [name: string]: () => Promise<CommandMaker> } = {
  create: async () => (await import('./commands/create.js')).createCommand,
  update: async () => (await import('./commands/update.js')).updateCommand,
  erase: async () => (await import('./commands/erase.js')).eraseCommand,
  fetch: async () => (await import('./commands/fetch.js')).fetchCommand,
  info: async () => (await import('./commands/info.js')).infoCommand,
  dump: async () => (await import('./commands/dump.js')).dumpCommand,
  first: async () => (await import('./commands/first-last.js')).firstCommand,
  last: async () => (await import('./commands/first-last.js')).lastCommand,
  convert: async () => (await import('./commands/convert.js')).convertCommand,
  plot: async () => (await import('./commands/plot.js')).plotCommand,
  estimate: async () => (await import('./commands/estimate.js')).estimateCommand,
  diff: async () => (await import('./commands/diff.js')).diffCommand,
  checksum: async () => (await import('./commands/checksum.js')).checksumCommand,
  verify: async () => (await import('./commands/verify.js')).verifyCommand,
  repair: async () => (await import('./commands/repair.js')).repairCommand,
};

const EXIT_CODES: { readonly [F in Fault]: number } = { argument: 2, file: 3, system: 4 };
const USAGE = 2;

/** What the world gives; {@link main} adds the exit code. */
export type World = Omit<Io, 'finish' | 'fail'>;

/** Runs the command line; returns the exit code. */
export async function main(args: readonly string[], world: World): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = Math.max(exitCode, code);
  };
  try {
    const fail = (error: WhisperError) => finish(report(error, world));
    const program = await makeProgram(args, { ...world, finish, fail });
    await program.parseAsync(args[0] === 'update' ? args.map(asPoint) : args, { from: 'user' });
  } catch (error) {
    // Commander has printed its own words, or the help that was asked for. A bare `sotto` is not asking.
    if (error instanceof CommanderError) finish(error.exitCode === 0 ? 0 : USAGE);
    else if (error instanceof WhisperError) finish(report(error, world));
    else {
      world.err(`sotto: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
      finish(EXIT_CODES.system);
    }
  }
  return exitCode;
}

/** To update, `-20s:1` is a point and not an option: it is handed on as `now-20s:1`. */
function asPoint(word: string): string {
  return /^-[0-9][^:]*:/.test(word) ? `now${word}` : word;
}

/** Prints an error; returns its exit code. */
function report(error: WhisperError, world: World): number {
  world.err(`sotto: ${error.message}\n`);
  return EXIT_CODES[error.fault];
}

async function makeProgram(args: readonly string[], io: Io): Promise<Command> {
  const program = new Command('sotto')
    .description(
      'Keeps, reads and inspects Graphite Whisper files: round-robin databases of one metric each. ' +
        'Exit codes: 0 done, 1 the answer is no, 2 usage, 3 bad data, 4 system.',
    )
    .version(readVersion(), '-V, --version')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .addHelpText(
      'after',
      '\nExamples:\n  sotto create cpu.wsp 10s:6h 1m:7d 10m:5y\n  sotto update cpu.wsp N:0.5\n' +
        '  sotto fetch cpu.wsp --from -1h\n  sotto plot cpu.wsp --from -7d',
    );
  const [asked, topic] = args;
  if (asked === 'help' && topic !== undefined && !Object.hasOwn(COMMANDS, topic)) {
    throw badOption(`there is no command '${topic}'`, `one of ${Object.keys(COMMANDS).join(', ')}`);
  }
  const names = asked !== undefined && Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  for (const name of names) program.addCommand((await COMMANDS[name]!())(io));
  for (const command of [program, ...program.commands]) {
    const name = command === program ? 'sotto' : `sotto ${command.name()}`;
    command
      .exitOverride()
      .showHelpAfterError(`(${name} --help says more)`)
      .configureOutput({
        writeOut: (text) => io.out(text),
        writeErr: (text) => io.err(text),
        outputError: (text, write) => write(text.replace(/^error: /, 'sotto: ')),
        getOutHelpWidth: () => Math.min(io.columns, 100),
        getErrHelpWidth: () => Math.min(io.columns, 100),
      });
  }
  return program;
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
