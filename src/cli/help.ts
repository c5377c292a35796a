/** How the help of sotto and of its commands is laid out: for 80 columns, plain words in place of quoted ones. */
import type { Argument, Help, HelpConfiguration, Option } from 'commander';

/** A term that is longer has a line of its own: one long option would leave little room to all the others. */
const LONGEST_TERM = 24;
const INDENT = 2;
const GAP = 2;

export const HELP_LAYOUT: HelpConfiguration = {
  // What a command takes is said by its own help; here it would leave no room to say what it does.
  subcommandTerm: (command) => command.name(),
  optionDescription: describeOption,
  argumentDescription: (argument) => joinDetails(argument.description, detailsOf(argument)),

  padWidth(command, helper) {
    const longest = Math.max(
      helper.longestOptionTermLength(command, helper),
      helper.longestSubcommandTermLength(command, helper),
      helper.longestArgumentTermLength(command, helper),
    );
    return Math.min(longest, LONGEST_TERM);
  },

  formatItem(term, termWidth, description, helper) {
    const indent = ' '.repeat(INDENT);
    if (description === '') return indent + term;
    const column = INDENT + termWidth + GAP;
    const lines = helper.boxWrap(description, widthOf(helper) - column).split('\n');
    const text = lines.join(`\n${' '.repeat(column)}`);
    if (term.length > termWidth) return `${indent}${term}\n${' '.repeat(column)}${text}`;
    return indent + term.padEnd(termWidth + GAP) + text;
  },
};

/** What an option does, with its choices and its default. */
export function describeOption(option: Option): string {
  return joinDetails(option.description, detailsOf(option));
}

/** `text, json or csv` and `default: text`; nothing of a switch. */
function detailsOf(of: Option | Argument): string[] {
  const { argChoices = [], defaultValue, defaultValueDescription } = of;
  const isSwitch = 'flags' in of && of.isBoolean();
  const fallback =
    defaultValueDescription ?? (Array.isArray(defaultValue) ? defaultValue.join(',') : defaultValue);
  return [
    ...(argChoices.length === 0 ? [] : [listOf(argChoices)]),
    ...(isSwitch || fallback === undefined ? [] : [`default: ${String(fallback)}`]),
  ];
}

/** A default that the description tells itself comes behind the choices as well. */
function joinDetails(description: string, details: readonly string[]): string {
  const [, text = description, told] = /^(.*?) \((default: [^()]+)\)$/s.exec(description) ?? [];
  const all = told === undefined ? details : [...details, told];
  return all.length === 0 ? text : `${text} (${all.join('; ')})`.trim();
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function widthOf(helper: Help): number {
  return helper.helpWidth ?? 80;
}
