/** Completion in fish: a line an option, each under the condition that its command is being typed. */
import type { CompletedCommand, CompletedOption, Kind } from './words.js';

export function fishScript(
  commands: readonly CompletedCommand[],
  programOptions: readonly CompletedOption[],
): string {
  const first = '-n __sotto_needs_command';
  const lines = [
    ...commands.map(({ name, help }) => `complete -c sotto ${first} -a ${name} -d ${quote(help)}`),
    ...programOptions.map((option) => optionLine(first, option)),
    ...commands.flatMap(({ name, options, operands }) => {
      const condition = `-n ${quote(`__sotto_command_is ${name}`)}`;
      const kinds = new Set(operands.map(({ kind }) => candidates(kind)).filter((text) => text !== ''));
      return [
        '',
        ...[...kinds].map((text) => `complete -c sotto ${condition}${text}`),
        ...options.map((option) => optionLine(condition, option)),
      ];
    }),
  ];
  return `# Completion of sotto in fish. To have it:
#   sotto completion fish >~/.config/fish/completions/sotto.fish

function __sotto_needs_command
    test (count (commandline -opc)) -eq 1
end

function __sotto_command_is
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end

complete -c sotto -f
${lines.join('\n')}
`;
}

function optionLine(condition: string, { short, long, help, value }: CompletedOption): string {
  const flags = short === undefined ? '' : ` -s ${short.slice(1)}`;
  const taken = value === undefined ? '' : ` ${value.kind === 'files' ? '-r' : '-x'}${candidates(value)}`;
  return `complete -c sotto ${condition}${flags} -l ${long.slice(2)}${taken} -d ${quote(help)}`;
}

function candidates(kind: Kind): string {
  switch (kind.kind) {
    case 'words':
      return ` -a ${quote(kind.words.join(' '))}`;
    case 'databases':
      return " -a '(__fish_complete_suffix .wsp)'";
    case 'files':
      return ' -F';
    case 'folders':
      return " -a '(__fish_complete_directories)'";
    case 'free':
      return '';
  }
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
