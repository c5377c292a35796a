/** What can be completed, taken from the definitions of the commands. */
import type { Argument, Command, Option } from 'commander';
import { aggregationMethods } from '../../format/aggregation-method.js';

/** What stands in the place of a value or an argument. */
export type Kind =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  /** Databases, and the folders on the way to them. */
  | { readonly kind: 'databases' }
  | { readonly kind: 'files' }
  | { readonly kind: 'folders' }
  /** Numbers, names: nothing that could be completed. */
  | { readonly kind: 'free' };

export interface CompletedOption {
  /** With their hyphens. */
  readonly short: string | undefined;
  readonly long: string;
  readonly help: string;
  /** Undefined for a switch. */
  readonly value: Kind | undefined;
  /** Its placeholder: `time` of `--from <time>`. */
  readonly placeholder: string;
}

export interface CompletedOperand {
  readonly name: string;
  readonly kind: Kind;
  /** All that follow are of this kind as well. */
  readonly isVariadic: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly help: string;
  readonly options: readonly CompletedOption[];
  readonly operands: readonly CompletedOperand[];
}

/** Every command of the program in the order of its help, and `help` itself. */
export function completedCommands(program: Command): CompletedCommand[] {
  const helper = program.createHelp();
  const commands = helper.visibleCommands(program);
  const names = commands.map((command) => command.name());
  return commands.map((command) => ({
    name: command.name(),
    help: helper.subcommandDescription(command),
    options: helper.visibleOptions(command).map(completedOption),
    operands:
      command.name() === 'help'
        ? [{ name: 'command', kind: words(names), isVariadic: false }]
        : command.registeredArguments.map(completedOperand),
  }));
}

/** The options that stand before any command. */
export function programOptions(program: Command): CompletedOption[] {
  return program.createHelp().visibleOptions(program).map(completedOption);
}

function completedOption(option: Option): CompletedOption {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? '';
  const long = option.long ?? option.short ?? '';
  return {
    short: option.long === undefined || option.long === null ? undefined : option.short,
    long,
    help: option.description,
    value: placeholder === '' ? undefined : kindOfValue(long, placeholder, option.argChoices),
    placeholder,
  };
}

const words = (list: readonly string[]): Kind => ({ kind: 'words', words: list });

/** Placeholders of one meaning wherever they stand. */
const BY_PLACEHOLDER: { readonly [placeholder: string]: Kind } = {
  file: { kind: 'files' },
  path: { kind: 'files' },
  folder: { kind: 'folders' },
  dir: { kind: 'folders' },
  database: { kind: 'databases' },
  method: words(aggregationMethods),
  time: words(['now', 'yesterday']),
};

/** Options whose values say more than their placeholder. */
const BY_OPTION: { readonly [long: string]: Kind } = {
  '--now': words(['now', 'newest']),
  '--drop': words(['nulls', 'zeroes', 'empty']),
  '--time': words(['unix', 'iso', 'local']),
  '--agg': words([...aggregationMethods, 'mix']),
  '--sample': { kind: 'databases' },
};

function kindOfValue(long: string, placeholder: string, choices: readonly string[] | undefined): Kind {
  if (choices !== undefined) return words(choices);
  return BY_OPTION[long] ?? BY_PLACEHOLDER[placeholder] ?? { kind: 'free' };
}

/** Arguments that are no databases, by name. */
const OTHER_ARGUMENTS: { readonly [name: string]: Kind['kind'] } = {
  defs: 'free',
  points: 'free',
  file: 'files',
  files: 'files',
  dump: 'files',
  input: 'files',
  inputs: 'files',
  folder: 'folders',
  folders: 'folders',
  dir: 'folders',
  dirs: 'folders',
};

function completedOperand(argument: Argument): CompletedOperand {
  const { argChoices, variadic } = argument;
  const name = argument.name();
  const kind = { kind: OTHER_ARGUMENTS[name] ?? 'databases' } as Kind;
  return { name, kind: argChoices === undefined ? kind : words(argChoices), isVariadic: variadic };
}
