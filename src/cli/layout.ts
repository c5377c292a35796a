/** How a new file is laid out: the options that several commands take, beside the retentions. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { AggregationMethod, Format, LayoutOptions, MixSpec } from '../index.js';
import { badOption } from '../options.js';
import { wholeNumber } from './arguments.js';

/** The options of {@link addLayoutOptions} as they were given. */
export interface LayoutArguments {
  readonly format?: Format;
  readonly compressed?: boolean;
  readonly agg?: AggregationMethod | 'mix';
  readonly mix?: readonly MixSpec[];
  readonly pointsPerBlock?: number;
  readonly pointSize?: number;
}

export function addLayoutOptions(command: Command): Command {
  return addBlockOptions(command.option('--compressed', 'of the compressed format (cwhisper)'));
}

/** The options that mean something to compressed files alone. */
export function addBlockOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--mix <methods>',
        'compressed, with --agg mix: what coarser archives keep, such as average,max,p95',
      ).argParser(readMix),
    )
    .addOption(
      new Option('--points-per-block <n>', 'compressed: points of a block (default: 7200)').argParser(
        wholeNumber(1),
      ),
    )
    .addOption(
      new Option('--point-size <bytes>', 'compressed: bytes expected for a point (default: 2)').argParser(
        readSize,
      ),
    );
}

/** `--mix average,max --mix p95` is `--mix average,max,p95`; what the names are worth the library says. */
function readMix(text: string, former: readonly MixSpec[] = []): MixSpec[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be methods, such as average,max,p95.');
  return [...former, ...(names as MixSpec[])];
}

function readSize(text: string): number {
  const size = Number(text);
  if (text.trim() !== '' && Number.isFinite(size)) return size;
  throw new InvalidArgumentError('It must be a number of bytes, such as 2.5.');
}

/**
 * The same as options of the library.
 *
 * @throws WhisperError `WSP_BAD_OPTION` for what only compressed files have, without `--compressed`
 */
export function layoutOf(given: LayoutArguments): Omit<LayoutOptions, 'retentions'> {
  const { agg, mix, pointsPerBlock, pointSize } = given;
  const isCompressed = given.compressed === true || given.format === 'compressed';
  const alone = compressedOptions(given)[0];
  if (!isCompressed && alone !== undefined)
    throw badOption(`${alone} without --compressed`, 'both, or neither');
  if (agg === 'mix' && mix === undefined) {
    throw badOption('--agg mix without --mix', 'the methods of the mix, such as --mix average,max,p95');
  }
  return {
    format: isCompressed ? 'compressed' : 'standard',
    aggregation: agg,
    mix,
    pointsPerBlock,
    pointSize,
  };
}

/** What was given that only compressed files have, but for `--compressed` itself. */
export function compressedOptions({ agg, mix, pointsPerBlock, pointSize }: LayoutArguments): string[] {
  return [
    ...(agg === 'mix' ? ['--agg mix'] : []),
    ...(mix === undefined ? [] : ['--mix']),
    ...(pointsPerBlock === undefined ? [] : ['--points-per-block']),
    ...(pointSize === undefined ? [] : ['--point-size']),
  ];
}
