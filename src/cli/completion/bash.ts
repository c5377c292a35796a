/** Completion in bash: one function that knows everything, so that no key press starts sotto. */
import type { CompletedCommand, CompletedOption, Kind } from './words.js';

/**
 * Works from bash 3.2 on. File names of no special kind are left to readline, which knows how to quote them.
 */
export function bashScript(
  commands: readonly CompletedCommand[],
  programOptions: readonly CompletedOption[],
): string {
  const first = [...commands.map(({ name }) => name), ...flagsOf(programOptions)];
  return `# Completion of sotto in bash. To have it:
#   sotto completion bash >~/.local/share/bash-completion/completions/sotto
# or, without the package bash-completion, in ~/.bashrc:
#   . <(sotto completion bash)

_sotto_words() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$1" -- "$2")
}

_sotto_files() {
  local line
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "\${@:2}" -- "$1")
}

_sotto() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local options='' valued='' operands='' kind=''
  COMPREPLY=()
  # bash hands out --to=compressed as three words.
  if [[ $word == '=' ]]; then
    word=''
  elif [[ $before == '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    compopt +o default 2>/dev/null
    _sotto_words '${first.join(' ')}' "$word"
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(caseOf).join('\n')}
    *) return ;;
  esac
  if [[ -z $kind ]]; then
    local i place=0 plain=''
    for ((i = 2; i < COMP_CWORD; i++)); do
      if [[ -n $plain || \${COMP_WORDS[i]} != -?* ]]; then
        ((place++))
      elif [[ \${COMP_WORDS[i]} == -- ]]; then
        plain=yes
      elif [[ \${COMP_WORDS[i + 1]} == '=' ]]; then
        ((i += 2))
      elif [[ $valued == *" \${COMP_WORDS[i]} "* ]]; then
        ((i++))
      fi
    done
    if [[ -z $plain && $word == -* ]]; then
      kind="words $options"
    else
      # The last of them stands for all that follow, unless a dot ends the list.
      local list=($operands)
      ((place < \${#list[@]})) || place=$((\${#list[@]} - 1))
      kind=\${list[place]-.}
      kind=\${kind//,/ }
    fi
  fi
  case $kind in
    words\\ *)
      compopt +o default 2>/dev/null
      _sotto_words "\${kind#words }" "$word"
      ;;
    databases)
      _sotto_files "$word" -f -X '!*.wsp'
      _sotto_files "$word" -d
      ;;
    folders) _sotto_files "$word" -d ;;
    files) ;;
    *) compopt +o default 2>/dev/null ;;
  esac
}

complete -o default -F _sotto sotto
`;
}

function caseOf({ name, options, operands }: CompletedCommand): string {
  const valued = options.filter(({ value }) => value !== undefined);
  const kinds = operands.map(({ kind }) => kindText(kind).replaceAll(' ', ','));
  if (operands.at(-1)?.isVariadic !== true) kinds.push('.');
  const lines = [
    `options='${flagsOf(options).join(' ')}'`,
    `valued=' ${flagsOf(valued).join(' ')} '`,
    `operands='${kinds.join(' ')}'`,
    ...(valued.length === 0 ? [] : ['case $before in', ...valued.map(valueCase), 'esac']),
    ';;',
  ];
  return `    ${name})\n${lines.map((line) => `      ${line}\n`).join('')}`.trimEnd();
}

function valueCase({ short, long, value }: CompletedOption): string {
  const flags = short === undefined ? long : `${short} | ${long}`;
  return `  ${flags}) kind='${kindText(value!)}' ;;`;
}

function kindText(kind: Kind): string {
  if (kind.kind === 'words') return `words ${kind.words.join(' ')}`;
  return kind.kind === 'free' ? '.' : kind.kind;
}

function flagsOf(options: readonly CompletedOption[]): string[] {
  return options.flatMap(({ short, long }) => (short === undefined ? [long] : [short, long]));
}
