/** Console blocks of a document: the commands in them, and what they print when they are run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** A line that begins with `$ `, without that, and all that follows up to the next one. */
export interface ConsoleCommand {
  readonly command: string;
  readonly output: string;
}

export function commandsOf(block: string): ConsoleCommand[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...lines] = part.split('\n');
      return { command, output: lines.join('\n') };
    });
}

/**
 * An application's folder: the package is installed above it, its command is on the path, the data lies in it.
 *
 * @returns  the folder; what goes with it lies in the one above, which is to be removed in the end
 */
export function makeApplication(root: string): string {
  const above = mkdtempSync(join(tmpdir(), 'sotto-docs-'));
  const folder = join(above, 'application');
  for (const path of [folder, join(above, 'node_modules'), join(above, 'bin')]) mkdirSync(path);
  symlinkSync(root, join(above, 'node_modules/sotto'), 'dir');
  symlinkSync(join(root, 'fixtures'), join(folder, 'fixtures'), 'dir');
  const command = join(above, 'bin/sotto');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/cli/bin.js' "$@"\n`);
  chmodSync(command, 0o755);
  return folder;
}

export function removeApplication(folder: string): void {
  rmSync(dirname(folder), { recursive: true });
}

/** Runs a program in that folder; returns what it printed, messages first. */
export function runIn(folder: string, command: string, args: readonly string[]): string {
  const path = [join(dirname(folder), 'bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path, TZ: 'UTC', NO_COLOR: '1' };
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return stderr + stdout;
}

/** Runs a line of a console; both streams come in the order of a terminal. */
export function runLine(folder: string, line: string): string {
  return runIn(folder, 'sh', ['-c', `exec 2>&1; ${line}`]);
}

/** The document with what its commands print in this folder. */
export function rerun(markdown: string, folder: string): string {
  return markdown.replace(/^```console\n(.*?)^```$/gms, (_, block: string) => {
    const lines = commandsOf(block).map(({ command }) => {
      const output = runLine(folder, command);
      return `$ ${command}\n${output === '' || output.endsWith('\n') ? output : `${output}\n`}`;
    });
    return `\`\`\`console\n${lines.join('')}\`\`\``;
  });
}
