import { Command, Option } from 'commander';
import { parseDuration } from '../../format/retention.js';
import { checksum } from '../../tools/checksum.js';
import {
  archiveOption,
  dialectOption,
  type HandleArguments,
  jsonOption,
  lockOption,
  nowOption,
  readingEach,
  timeOf,
} from '../arguments.js';
import type { Io } from '../io.js';
import { json } from '../output.js';

interface Given extends HandleArguments {
  readonly archive?: number;
  readonly now?: string;
  readonly offset: number;
  readonly json?: boolean;
}

export function checksumCommand(io: Io): Command {
  return new Command('checksum')
    .summary('print digests of what files hold')
    .description(
      'Prints a line for each file: its name, and for each archive a digest and how many values there are and how ' +
        'many of them are not 0, parted by tabs. What counts is what a fetch shows of an archive over the whole of ' +
        'its retention, so that a standard file and its compressed conversion have the same line. The digest is the ' +
        'first 16 digits of the SHA-256 over the points that have a value, oldest first, each as 12 bytes, ' +
        'big-endian: timestamp (uint32), value (float64; every NaN as 7ff8000000000000).',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases')
    .addOption(archiveOption())
    .addOption(
      new Option('--offset <seconds>', 'leave out the newest, which may still change; also 5m')
        .argParser(parseDuration)
        .default(0, '0'),
    )
    .addOption(nowOption())
    .addOption(jsonOption())
    .addOption(dialectOption())
    .addOption(lockOption())
    .option('--force', 'read a file that was cut off')
    .addHelpText(
      'after',
      '\nExamples:\n  sotto checksum *.wsp --now 1700000000\n  sotto checksum cpu.wsp --offset 5m --archive 0',
    )
    .action((paths: string[], given: Given) => printChecksums(paths, given, io));
}

function printChecksums(paths: readonly string[], given: Given, io: Io): void {
  const { archive, offset } = given;
  const found = readingEach(paths, given, io, (database, path) => {
    return { path, archives: checksum(database, { now: timeOf(given.now, io, database), offset, archive }) };
  });
  if (given.json === true) {
    const records = found.map(({ path, archives }) => ({
      path,
      archives: archives.map(({ index, ...rest }) => ({ archive: index, ...rest })),
    }));
    if (records.length > 0) io.out(json(paths.length === 1 ? records[0] : records));
    return;
  }
  for (const { path, archives } of found) {
    const fields = archives.map(({ digest, values, nonZero }) => `${digest} ${values} ${nonZero}`);
    io.out(`${[path, ...fields].join('\t')}\n`);
  }
}
