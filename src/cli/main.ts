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
import { type Command, CommanderError } from 'commander';
import { type Fault, WhisperError } from '../errors.js';
import { badOption, nearestName } from '../options.js';
import type { Io } from './io.js';
import { type CommandGroups, type CommandTable, listedCommands, makeProgram } from './program.js';

/** Each command's module is loaded only when it is needed: most of a short command's time is loading. */
const COMMANDS: CommandTable = {
  create: async () => (await import('./commands/create.js')).createCommand,
  update: async () => (await import('./commands/update.js')).updateCommand,
  erase: async () => (await import('./commands/erase.js')).eraseCommand,
  fetch: async () => (await import('./commands/fetch.js')).fetchCommand,
  info: async () => (await import('./commands/info.js')).infoCommand,
  explain: async () => (await import('./commands/explain.js')).explainCommand,
  list: async () => (await import('./commands/list.js')).listCommand,
  dump: async () => (await import('./commands/dump.js')).dumpCommand,
  restore: async () => (await import('./commands/restore.js')).restoreCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  first: async () => (await import('./commands/first-last.js')).firstCommand,
  last: async () => (await import('./commands/first-last.js')).lastCommand,
  merge: async () => (await import('./commands/merge.js')).mergeCommand,
  fill: async () => (await import('./commands/fill.js')).fillCommand,
  tune: async () => (await import('./commands/tune.js')).tuneCommand,
  map: async () => (await import('./commands/map.js')).mapCommand,
  resize: async () => (await import('./commands/resize.js')).resizeCommand,
  'apply-schema': async () => (await import('./commands/apply-schema.js')).applySchemaCommand,
  convert: async () => (await import('./commands/convert.js')).convertCommand,
  plot: async () => (await import('./commands/plot.js')).plotCommand,
  view: async () => (await import('./commands/view.js')).viewCommand,
  estimate: async () => (await import('./commands/estimate.js')).estimateCommand,
  diff: async () => (await import('./commands/diff.js')).diffCommand,
  checksum: async () => (await import('./commands/checksum.js')).checksumCommand,
  verify: async () => (await import('./commands/verify.js')).verifyCommand,
  repair: async () => (await import('./commands/repair.js')).repairCommand,
  completion: async () => (await import('./commands/completion.js')).completionCommand,
};

/** What `sotto help` lists, without loading them: the commands by kind, each with its summary. */
const GROUPS: CommandGroups = {
  'Make and store': {
    create: 'make a new database',
    update: 'store points',
    import: 'make databases of rrd dumps, CSV or Graphite lines',
    restore: 'make a database of a dump',
    estimate: 'tell how large files will be',
  },
  Read: {
    fetch: 'print a range of values',
    first: 'print the oldest point',
    last: 'print the newest point',
    plot: 'draw a range of values',
    export: 'print all points for other systems',
    dump: 'print everything a file holds',
  },
  'Look into files': {
    info: 'print what a file says of itself',
    explain: 'tell why there is a value at a time, or none',
    list: 'list the databases of a tree',
    view: 'look at files in a browser',
  },
  'Compare and check': {
    diff: 'compare what two files hold',
    checksum: 'print digests of what files hold',
    verify: 'find what is wrong with files',
    repair: 'make sound files of damaged ones',
  },
  'Change points': {
    erase: 'take the points of a range out',
    map: 'change values by an expression',
    fill: 'fill the gaps of a file from another one',
    merge: 'bring the points of one file into another',
  },
  'Change files': {
    tune: 'change the aggregation method or xFilesFactor of files',
    resize: 'give files other archives, and keep their history',
    'apply-schema': 'make a tree look as its configuration says',
    convert: 'change the format of files',
  },
  Help: {
    completion: 'print a script that completes sotto in a shell',
  },
};

const EXIT_CODES: { readonly [F in Fault]: number } = { argument: 2, file: 3, system: 4 };
const USAGE = 2;

/** What the world gives; {@link main} adds the exit code. */
export type World = Omit<Io, 'finish' | 'fail'>;

/** Runs the command line; returns the exit code. */
export async function main(given: readonly string[], world: World): Promise<number> {
  const args = prepared(given);
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = Math.max(exitCode, code);
  };
  try {
    const fail = (error: WhisperError) => finish(report(error, world));
    const program = await programFor(args, withExits(world, finish, fail));
    await program.parseAsync(args, { from: 'user' });
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

/** The world is asked only when a command asks: what of it is read, such as the width of the terminal, costs time. */
function withExits(world: World, finish: Io['finish'], fail: Io['fail']): Io {
  return Object.assign(Object.create(world) as World, { finish, fail });
}

/** The arguments in words that commander takes as they are meant. */
function prepared(given: readonly string[]): readonly string[] {
  const args = given[0] === '--' ? given.slice(1) : given;
  if (args[0] === 'help' && args[1] === 'help') return ['help'];
  // To update, `-20s:1` is a point and not an option: it is handed on as `now-20s:1`.
  return args[0] !== 'update' ? args : args.map((word) => (/^-[0-9][^:]*:/.test(word) ? `now${word}` : word));
}

/** Prints an error; returns its exit code. */
function report(error: WhisperError, world: World): number {
  world.err(`sotto: ${error.message}\n`);
  return EXIT_CODES[error.fault];
}

/** Every command, with the program around them: what completion and the manual are made of. */
export async function wholeProgram(io: Io): Promise<Command> {
  const commands = await Promise.all(Object.keys(COMMANDS).map((name) => load(name, io)));
  return makeProgram(commands, GROUPS, io, readVersion());
}

/** The program with what these arguments need of it: most of a short command's time is loading. */
async function programFor(args: readonly string[], io: Io): Promise<Command> {
  const [asked, topic] = args;
  const named = asked === 'help' ? topic : asked;
  if (named !== undefined && Object.hasOwn(COMMANDS, named)) {
    // The script of completion tells of all the others.
    return asked === 'completion' ? wholeProgram(io) : makeProgram([await load(named, io)], GROUPS, io);
  }
  if (asked === 'help' && named !== undefined && !named.startsWith('-')) throw noSuchCommand(named);
  return makeProgram(listedCommands(Object.keys(COMMANDS), GROUPS), GROUPS, io, readVersion());
}

async function load(name: string, io: Io): Promise<Command> {
  return (await COMMANDS[name]!())(io);
}

function noSuchCommand(name: string): WhisperError {
  const near = nearestName(name, Object.keys(COMMANDS));
  return badOption(
    `there is no command '${name}'`,
    near === undefined ? 'one of those that sotto help lists' : `'${near}'`,
  );
}

function readVersion(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
