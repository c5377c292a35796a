import { Argument, Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { completedCommands, programOptions } from '../completion/words.js';
import { zshScript } from '../completion/zsh.js';
import type { Io } from '../io.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

type Shell = keyof typeof SCRIPTS;

/** Its program has to hold all the other commands: they are what the script tells of. */
export function completionCommand(io: Io): Command {
  const command = new Command('completion');
  return command
    .summary('print a script that completes sotto in a shell')
    .description(
      'Prints a script with which a shell completes commands, options, their choices and the names of databases. The ' +
        'script holds all of that, so no key press starts sotto; after an update of sotto it is made anew.',
    )
    .usage('bash|zsh|fish')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      '\nExamples:\n  sotto completion bash >~/.local/share/bash-completion/completions/sotto\n' +
        '  sotto completion zsh >~/.zfunc/_sotto\n' +
        '  sotto completion fish >~/.config/fish/completions/sotto.fish',
    )
    .action((shell: Shell) => {
      const program = command.parent;
      if (program === null) throw new Error('completion without the program around it');
      io.out(SCRIPTS[shell](completedCommands(program), programOptions(program)));
    });
}
