import { Command, Option } from 'commander';
import { WhisperError } from '../../errors.js';
import { parseTime } from '../../tools/time-text.js';
import type { Finding } from '../../tools/verify/finding.js';
import { type VerifyOptions, verify } from '../../tools/verify/verify.js';
import { dialectOption, jsonOption, lockOption } from '../arguments.js';
import type { Io } from '../io.js';
import { databasePaths } from '../walk.js';

interface Given extends Pick<VerifyOptions, 'deep' | 'dialect' | 'lock'> {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly now?: string;
}

export function verifyCommand(io: Io): Command {
  return new Command('verify')
    .summary('find what is wrong with files')
    .description(
      'Looks for damage and for oddities: in the header, in sizes and checksums, with --deep in every slot or block. ' +
        'Prints a line for each, and ends with 1 if there is damage. Changes nothing. Of a folder every .wsp file ' +
        'below it is looked at.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases, or folders of them')
    .option('--deep', 'read every slot, decode every block')
    .addOption(new Option('--now <time>', 'points after this time are odd (default: now)'))
    .addOption(jsonOption())
    .addOption(new Option('-r, --recursive', 'accepted; folders are walked anyway').hideHelp())
    .option('-q, --quiet', 'say nothing of files in which nothing was found')
    .addOption(dialectOption())
    .addOption(lockOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto verify cpu.wsp\n  sotto verify --deep --quiet /var/lib/graphite/whisper\n' +
        '  sotto verify --json *.wsp',
    )
    .action((paths: string[], given: Given) => printFindings(paths, given, io));
}

/** A file with what was found in it. */
interface Verified {
  readonly path: string;
  /** False if any of it is damage. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

function printFindings(paths: readonly string[], given: Given, io: Io): void {
  const { deep, dialect, lock } = given;
  const now = given.now === undefined ? io.clock() : parseTime(given.now, io.clock());
  let files = 0;
  let printed = 0;
  for (const path of databasePaths(paths, io)) {
    files++;
    const verified = verifyPath(path, { deep, dialect, lock, now }, io);
    if (verified === undefined) continue;
    if (!verified.ok) io.finish(1);
    if (given.quiet === true && verified.findings.length === 0) continue;
    if (given.json === true) io.out(`${printed === 0 ? '[' : ','}\n${indented(verified)}`);
    else io.out(linesOf(verified));
    printed++;
  }
  if (given.json === true) io.out(printed === 0 ? '[]\n' : '\n]\n');
  if (files === 0) io.err(`sotto: ${paths.join(', ')}: no .wsp files\n`);
}

/** Undefined, and reported, if the file cannot be read. */
function verifyPath(path: string, options: VerifyOptions, io: Io): Verified | undefined {
  try {
    const findings = verify(path, options);
    return { path, ok: findings.every(({ level }) => level !== 'damage'), findings };
  } catch (error) {
    // One of the arguments would be the same for every file.
    if (!(error instanceof WhisperError) || error.fault === 'argument') throw error;
    io.fail(error);
    return undefined;
  }
}

function linesOf({ path, findings }: Verified): string {
  if (findings.length === 0) return `${path}: ok\n`;
  return findings.map(({ level, code, message }) => `${path}: ${level}: ${message} [${code}]\n`).join('');
}

function indented({ path, ok, findings }: Verified): string {
  // The path stands once, above its findings.
  const record = { path, ok, findings: findings.map(({ path: _, ...finding }) => finding) };
  return JSON.stringify(record, null, 2).replace(/^/gm, '  ');
}
