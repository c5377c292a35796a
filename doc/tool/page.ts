/** doc/cli.md: the introduction, a table of the commands, and a section for each. */
import type { Definition, Definitions, Term } from './definitions.js';
import { wrap } from './markdown.js';

/** Text that is written by hand, by the names of commands, and the introduction. */
export interface Sources {
  readonly introduction: string;
  readonly commands: { readonly [name: string]: string };
}

const WIDTH = 120;

const READING = `\`sotto COMMAND [options] …\`; \`sotto help COMMAND\` or \`sotto COMMAND --help\` lists every option, and
\`man sotto-COMMAND\` says what stands here. The examples of a section follow one another in one folder, where the data lies in
\`fixtures/\`.`;

export function makePage({ commands }: Definitions, sources: Sources): string {
  const parts = [
    '<!-- Made by npm run docs from the definitions of the commands and doc/commands/*.md: change those. -->',
    '# The command',
    sources.introduction.trim(),
    READING,
    commandTable(commands),
    ...commands.map((command) => section(command, sources.commands[command.name] ?? '')),
  ];
  return `${parts.join('\n\n')}\n`;
}

function commandTable(commands: readonly Definition[]): string {
  const groups = [...new Set(commands.map(({ group }) => group))];
  const rows = groups.flatMap((group) => [
    `| **${group}** | |`,
    ...commands
      .filter((command) => command.group === group)
      .map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${inline(summary)} |`),
  ]);
  return ['| command | does |', '|---|---|', ...rows].join('\n');
}

function section(command: Definition, notes: string): string {
  const { name, usage, description } = command;
  const options = command.options.filter(({ term }) => term !== '-h, --help');
  const parts = [
    `## ${name}`,
    ...description.split('\n\n').map((text) => wrap(inline(text), WIDTH).join('\n')),
    `\`\`\`text\nsotto ${name} ${usage}\n\`\`\``,
    termTable('argument', 'is', command.arguments),
    termTable('option', 'does', options),
    notes.trim(),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function termTable(heading: string, verb: string, terms: readonly Term[]): string {
  if (terms.length === 0) return '';
  const rows = terms.map(({ term, text }) => `| \`${term.replaceAll('|', '\\|')}\` | ${inline(text)} |`);
  return [`| ${heading} | ${verb} |`, '|---|---|', ...rows].join('\n');
}

/** Words of a definition as Markdown: options in the font of code, what would mean something else made harmless. */
function inline(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\*<|]/g, '\\$&')
    .replace(/(?<![\w-])--[a-z][\w-]*/g, '`$&`');
}
