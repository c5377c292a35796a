/** The commands as their definitions tell them, in plain words: what the page and the manual are made of. */
import type { EventEmitter } from 'node:events';
import type { Command, Option } from 'commander';
import { describeOption, HELP_LAYOUT } from '../../src/cli/help.js';
import type { Io } from '../../src/cli/io.js';
import { wholeProgram } from '../../src/cli/main.js';

/** Something with what it means: an argument, an option. */
export interface Term {
  readonly term: string;
  readonly text: string;
}

export interface Definition {
  readonly name: string;
  /** The heading of `sotto help` under which it stands. */
  readonly group: string;
  readonly summary: string;
  readonly description: string;
  /** After `sotto NAME`. */
  readonly usage: string;
  readonly arguments: readonly Term[];
  readonly options: readonly Term[];
  /** Command lines, from the end of its help. */
  readonly examples: readonly string[];
}

/** The program itself, and every command but `help`, in the order of the help. */
export interface Definitions {
  readonly program: Definition;
  readonly commands: readonly Definition[];
}

export async function readDefinitions(): Promise<Definitions> {
  const program = await wholeProgram(NOBODY);
  return { program: define(program), commands: program.commands.map(define) };
}

function define(command: Command): Definition {
  const helper = command.createHelp();
  return {
    name: command.name(),
    group: command.helpGroup().replace(/:$/, ''),
    summary: command.summary(),
    description: command.description(),
    usage: command.usage(),
    arguments: helper.visibleArguments(command).map((argument) => ({
      term: argument.variadic ? `${argument.name()}...` : argument.name(),
      text: HELP_LAYOUT.argumentDescription!(argument),
    })),
    options: helper.visibleOptions(command).map((option: Option) => ({
      term: option.flags,
      text: describeOption(option),
    })),
    examples: examplesOf(command),
  };
}

/** What commander keeps as text to be printed below the help is asked for as if the help was printed. */
function examplesOf(command: Command): string[] {
  let text = '';
  (command as unknown as EventEmitter).emit('afterHelp', {
    error: false,
    command,
    write: (more: string) => {
      text += more;
    },
  });
  return (text.split('\nExamples:\n')[1] ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Definitions ask nothing of the world. */
const NOBODY = {} as Io;
