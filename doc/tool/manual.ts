/** The manual: sotto(1), and a page for each command. */
import type { Definition, Definitions, Term } from './definitions.js';
import { type Block, parseBlocks } from './markdown.js';
import type { Sources } from './page.js';
import { blockLines, escapeRoff, exampleLines, inFont, termLines, textLines } from './roff.js';

/** The day of the last change worth a new date; pages have to have one. */
const EDITION = '2026-11-22';

const EXIT_STATUS: readonly Term[] = [
  { term: '0', text: 'done' },
  {
    term: '1',
    text: 'the answer is no: no data in the range, no such field, files that differ or are damaged',
  },
  { term: '2', text: 'usage: an unknown option, a bad argument' },
  { term: '3', text: 'bad data: a corrupt file, a refused timestamp, unreadable input' },
  { term: '4', text: 'the system: no such file, no room, no right' },
];

const ENVIRONMENT: readonly Term[] = [
  { term: 'NO_COLOR', text: 'if it is set to anything, nothing is coloured' },
  { term: 'TZ', text: 'the zone of times where local ones are asked for; all others are UTC' },
];

/** Pages by their file names. */
export function makeManual(
  { program, commands }: Definitions,
  sources: Sources,
  version: string,
): { readonly [name: string]: string } {
  const pages = commands.map((command) => {
    const others = commands.filter(({ group, name }) => group === command.group && name !== command.name);
    const notes = parseBlocks(sources.commands[command.name] ?? '');
    return [`sotto-${command.name}.1`, commandPage(command, others, notes, version)];
  });
  return { 'sotto.1': programPage(program, commands, sources, version), ...Object.fromEntries(pages) };
}

function commandPage(
  command: Definition,
  others: readonly Definition[],
  notes: readonly Block[],
  version: string,
): string {
  const { name, summary, usage, description, examples } = command;
  const [prose, shown] = partNotes(notes);
  return pageOf(`sotto-${name}`, version, [
    heading('NAME', [`sotto\\-${escapeRoff(name)} \\- ${escapeRoff(summary)}`]),
    heading('SYNOPSIS', [`${inFont('B', `sotto ${name}`)} ${usageText(usage)}`]),
    heading('DESCRIPTION', description.split('\n\n').flatMap(paragraph)),
    heading(
      'ARGUMENTS',
      command.arguments.flatMap(({ term, text }) => entry(inFont('I', term), text)),
    ),
    heading('OPTIONS', optionLines(command.options)),
    heading('NOTES', prose.flatMap(blockLines)),
    heading(
      'EXIT STATUS',
      EXIT_STATUS.flatMap(({ term, text }) => entry(term, text)),
    ),
    heading('EXAMPLES', [
      ...(examples.length === 0 ? [] : exampleLines(examples)),
      ...shown.flatMap(blockLines),
    ]),
    heading('SEE ALSO', seeAlso(['sotto', ...others.map((other) => `sotto-${other.name}`)])),
  ]);
}

function programPage(
  { description, options, examples }: Definition,
  commands: readonly Definition[],
  sources: Sources,
  version: string,
): string {
  const groups = [...new Set(commands.map(({ group }) => group))];
  return pageOf('sotto', version, [
    heading('NAME', ['sotto \\- keep, read and inspect Graphite Whisper files']),
    heading('SYNOPSIS', [`${inFont('B', 'sotto')} \\fICOMMAND\\fR [\\fIoptions\\fR] ...`]),
    heading('DESCRIPTION', [
      ...description.split('\n\n').flatMap(paragraph),
      ...parseBlocks(sources.introduction).flatMap(blockLines),
    ]),
    heading(
      'COMMANDS',
      groups.flatMap((group) => [
        `.SS ${escapeRoff(group)}`,
        ...commands
          .filter((command) => command.group === group)
          .flatMap(({ name, summary }) => entry(`${inFont('B', `sotto-${name}`)}(1)`, summary)),
      ]),
    ),
    heading('OPTIONS', optionLines(options)),
    heading(
      'EXIT STATUS',
      EXIT_STATUS.flatMap(({ term, text }) => entry(term, text)),
    ),
    heading(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(({ term, text }) => entry(inFont('B', term), text)),
    ),
    heading('EXAMPLES', exampleLines(examples)),
    heading('SEE ALSO', seeAlso(commands.map(({ name }) => `sotto-${name}`))),
  ]);
}

function pageOf(name: string, version: string, parts: readonly (readonly string[])[]): string {
  const lines = [
    `.\\" Made by npm run docs from the definitions of the commands and doc/commands/*.md: change those.`,
    `.TH ${escapeRoff(name.toUpperCase())} 1 ${EDITION} "sotto ${version}" "sotto manual"`,
    // Lines that are stretched to the margin have holes where options and paths do not break.
    '.ad l',
    // A paragraph mark right below a heading says nothing.
    ...parts.flat(),
  ].filter((line, i, all) => line !== '.PP' || !/^\.S[HS] /.test(all[i - 1] ?? ''));
  return `${lines.join('\n')}\n`;
}

/** Nothing for a section without content. */
function heading(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function paragraph(text: string): string[] {
  return ['.PP', ...words(text)];
}

function optionLines(options: readonly Term[]): string[] {
  return options.flatMap(({ term, text }) => entry(flagsText(term), text));
}

function entry(term: string, text: string): string[] {
  return termLines(term, words(text));
}

/** The words of a definition, which are no Markdown: options are set as code. */
function words(text: string): string[] {
  const harmless = text.replace(/\s*\n\s*/g, ' ').replace(/[\\`*[\]]/g, '\\$&');
  return textLines(harmless.replace(/(?<![\w-])--[a-z][\w-]*/g, '`$&`'));
}

/** `-f, --file <file>` with the flags bold and the placeholder in italics. */
function flagsText(flags: string): string {
  return flags
    .split(/(<[^>]+>|\[[^\]]+\])/)
    .map((part) => {
      if (part.startsWith('<')) return inFont('I', part.slice(1, -1));
      if (part.startsWith('[')) return `[${inFont('I', part.slice(1, -1))}]`;
      return part.replace(/-[\w-]+|[^-]+/g, (piece) => (piece.startsWith('-') ? inFont('B', piece) : piece));
    })
    .join('');
}

/** `[options] PATH...` with the names of what is to be put in in italics. */
function usageText(usage: string): string {
  return usage
    .split(/(\[options\]|--?[a-z][\w-]*|[A-Z][A-Z]+|[a-z]+)/)
    .map((part, i) => {
      if (i % 2 === 0) return escapeRoff(part);
      if (part === '[options]') return `[${inFont('I', 'options')}]`;
      return inFont(/^[A-Z]/.test(part) ? 'I' : 'B', part);
    })
    .join('');
}

/** Notes apart from what is shown: the console, with the words that lead to it. */
function partNotes(notes: readonly Block[]): [prose: Block[], shown: Block[]] {
  const isShown = (block: Block | undefined) => block?.kind === 'code' && block.language === 'console';
  const leadsOn = (block: Block) => block.kind === 'paragraph' && block.text.endsWith(':');
  const isOfExamples = notes.map((block, i) => isShown(block) || (leadsOn(block) && isShown(notes[i + 1])));
  return [notes.filter((_, i) => !isOfExamples[i]), notes.filter((_, i) => isOfExamples[i])];
}

/** Names that are not to be divided. */
function seeAlso(names: readonly string[]): string[] {
  return names.map((name, i) => `.BR \\%${escapeRoff(name)} (1)${i === names.length - 1 ? '' : ' ,'}`);
}
