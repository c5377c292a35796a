/** The program as commander knows it: the commands that are needed, and the help of them all. */
import { Command } from 'commander';
import { HELP_LAYOUT } from './help.js';
import type { Io } from './io.js';

export type CommandMaker = (io: Io) => Command;

/** Commands by name; each one's module is loaded only when it is needed. */
export interface CommandTable {
  readonly [name: string]: () => Promise<CommandMaker>;
}

/** Headings of `sotto help`, each with the commands below it and their summaries. */
export interface CommandGroups {
  readonly [heading: string]: { readonly [name: string]: string };
}

/** More than this is hard to read in one line, however wide the terminal is. */
const WIDEST_HELP = 100;

/** Commands that can be listed and nothing else: what a list says, their modules need not be loaded for. */
export function listedCommands(names: readonly string[], groups: CommandGroups): Command[] {
  const summaries = Object.assign({}, ...Object.values(groups)) as { readonly [name: string]: string };
  return names.map((name) => new Command(name).summary(summaries[name] ?? ''));
}

/**
 * @param version  what `--version` prints; without it there is no such option
 */
export function makeProgram(
  commands: readonly Command[],
  groups: CommandGroups,
  io: Io,
  version?: string,
): Command {
  const program = new Command('sotto')
    .usage('COMMAND [options] ...')
    .description(
      'Keeps, reads and inspects Graphite Whisper files: round-robin databases of one metric each, in the standard ' +
        'and in the compressed format.',
    )
    .commandsGroup(`${Object.keys(groups).at(-1)}:`)
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the answer is no, 2 usage, 3 bad data, 4 system.\n' +
        '\nExamples:\n  sotto create cpu.wsp 10s:6h 1m:7d 10m:5y\n  sotto update cpu.wsp N:0.5\n' +
        '  sotto fetch cpu.wsp --from -1h\n  sotto plot cpu.wsp --from -7d',
    );
  if (version !== undefined) program.version(version, '-V, --version', 'print the version');
  const names = Object.values(groups).flatMap(Object.keys);
  const place = (command: Command) => names.indexOf(command.name());
  for (const command of [...commands].sort((a, b) => place(a) - place(b))) {
    program.addCommand(command.helpGroup(headingOf(command.name(), groups)));
  }
  for (const command of [program, ...program.commands]) layOut(command, command === program, io);
  return program;
}

function headingOf(name: string, groups: CommandGroups): string {
  const heading = Object.keys(groups).find((each) => Object.hasOwn(groups[each]!, name));
  if (heading === undefined) throw new Error(`the command ${name} stands in no group`);
  return `${heading}:`;
}

function layOut(command: Command, isProgram: boolean, io: Io): void {
  const name = isProgram ? 'sotto' : `sotto ${command.name()}`;
  const width = () => Math.min(io.columns, WIDEST_HELP);
  command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .showHelpAfterError(`(${name} --help says more)`)
    .configureHelp(HELP_LAYOUT)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'sotto: ')),
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      // Nothing of it is coloured; asking the streams would load what they are made of.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}
