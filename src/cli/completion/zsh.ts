/** Completion in zsh, by its own `_arguments`. */
import type { CompletedCommand, CompletedOperand, CompletedOption, Kind } from './words.js';

export function zshScript(
  commands: readonly CompletedCommand[],
  programOptions: readonly CompletedOption[],
): string {
  return `#compdef sotto
# Completion of sotto in zsh. To have it, write this to a file named _sotto in a folder of $fpath, before compinit:
#   sotto completion zsh >~/.zfunc/_sotto
# or, after compinit, in ~/.zshrc:
#   source <(sotto completion zsh)

_sotto_databases() {
  _files -g '*.wsp(-.)'
}

_sotto_commands() {
  local -a commands=(
${commands.map(({ name, help }) => `    ${quote(`${name}:${help}`)}\n`).join('')}  )
  _describe -t commands command commands
}

_sotto() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${programOptions.map((option) => `    ${optionSpec(option, true)} \\\n`).join('')}    '1:command:_sotto_commands' \\
    '*::argument:->arguments' && return
  [[ $state == arguments ]] || return
  curcontext="\${curcontext%:*}-$line[1]:"
  case $line[1] in
${commands.map(caseOf).join('\n')}
  esac
}

if [[ $funcstack[1] == _sotto ]]; then
  _sotto "$@"
else
  compdef _sotto sotto
fi
`;
}

function caseOf({ name, options, operands }: CompletedCommand): string {
  const specs = [
    ...options.map((option) => optionSpec(option, false)),
    ...operands.map((operand, i) => operandSpec(operand, i + 1)),
  ];
  return `    ${name})\n      _arguments -s -S ${specs.map((spec) => `\\\n        ${spec}`).join(' ')}\n      ;;`;
}

/** `'(-f --file)'{-f,--file=}'[read this file]:file:_files'`; an option may stand once. */
function optionSpec({ short, long, help, value, placeholder }: CompletedOption, isAlone: boolean): string {
  const text = `[${help.replace(/[[\]\\:]/g, '\\$&')}]`;
  const action = value === undefined ? '' : `:${placeholder.replaceAll(':', '\\:')}:${actionOf(value)}`;
  const longFlag = value === undefined ? long : `${long}=`;
  const others = isAlone ? '- *' : [short, long].filter((flag) => flag !== undefined).join(' ');
  if (short === undefined) return quote(`(${others})${longFlag}${text}${action}`);
  const shortFlag = value === undefined ? short : `${short}+`;
  return `${quote(`(${others})`)}{${shortFlag},${longFlag}}${quote(text + action)}`;
}

function operandSpec({ name, kind, isVariadic }: CompletedOperand, place: number): string {
  return quote(`${isVariadic ? '*' : place}:${name}:${actionOf(kind)}`);
}

function actionOf(kind: Kind): string {
  switch (kind.kind) {
    case 'words':
      return `(${kind.words.join(' ')})`;
    case 'databases':
      return '_sotto_databases';
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'free':
      return ' ';
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
