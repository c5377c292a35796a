import { Command, Option } from 'commander';
import { retentionsOf } from '../../database/info.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import { formatDuration, type Retentions } from '../../format/retention.js';
import { badOption } from '../../options.js';
import {
  type Estimate,
  type EstimatedArchive,
  type EstimateOptions,
  estimateSize,
} from '../../tools/estimate.js';
import { dialectOption, jsonOption, nowOption, reading, timeOf, wholeNumber } from '../arguments.js';
import type { Io } from '../io.js';
import { addLayoutOptions, compressedOptions, type LayoutArguments, layoutOf } from '../layout.js';
import { formatCount, formatSize, formatTable, json } from '../output.js';
import { formatFixed } from '../python-format.js';

interface Given extends LayoutArguments {
  readonly metrics: number;
  readonly sample?: string;
  readonly now?: string;
  readonly dialect?: Dialect;
  readonly json?: boolean;
}

export function estimateCommand(io: Io): Command {
  const command = new Command('estimate')
    .summary('tell how large files will be')
    .description(
      'Tells what databases of these retentions take: a standard one, and with --compressed or an option of ' +
        'compressed ones also such a one beside it. With a sample, blocks are sized by how its points compress, as a ' +
        'conversion of it would size them.',
    )
    .usage('[options] DEF...')
    .argument('[defs...]', 'retention definitions; with --sample, if there are none, those of the sample')
    .addOption(
      new Option('--metrics <n>', 'also tell what so many databases take')
        .argParser(wholeNumber(1))
        .default(1, 'one'),
    )
    .addOption(new Option('-a, --agg <method>', 'mix, or any other method, which changes no size'));
  return addLayoutOptions(command)
    .addOption(
      new Option('--sample <file>', 'compressed: a database with points like those to come').conflicts(
        'pointSize',
      ),
    )
    .addOption(nowOption())
    .addOption(dialectOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  sotto estimate 10s:6h,1m:7d,10m:5y --metrics 100000\n' +
        '  sotto estimate --compressed --point-size 1.5 10s:1d 1m:1y\n  sotto estimate --sample cpu.wsp',
    )
    .action((definitions: string[], given: Given) => printEstimates(definitions, given, io));
}

/** A standard database, and a compressed one if it was asked for. */
interface Estimates {
  readonly standard: Estimate;
  readonly compressed: Estimate | undefined;
}

function printEstimates(definitions: string[], given: Given, io: Io): void {
  const { metrics } = given;
  const estimates =
    given.sample === undefined ? estimate(definitions, given) : estimateBySample(definitions, given, io);
  const { standard, compressed } = estimates;
  if (given.json === true) io.out(json({ metrics, ...asJson(estimates) }));
  else
    io.out(
      compressed === undefined ? describeOne(standard, metrics) : describeBoth(standard, compressed, metrics),
    );
}

function asJson({ standard, compressed }: Estimates): object {
  if (compressed === undefined) return { standard };
  return { standard, compressed, saving: savingOf(standard.fileSize, compressed.fileSize) };
}

function estimateBySample(definitions: string[], given: Given, io: Io): Estimates {
  return reading(given.sample!, given, io, (sample) => {
    const retentions = definitions.length > 0 ? definitions : retentionsOf(sample.info);
    return estimate(retentions, given, { sample, now: timeOf(given.now, io, sample) });
  });
}

function estimate(definitions: Retentions, given: Given, by: EstimateOptions = {}): Estimates {
  if (definitions.length === 0) throw badOption('no retentions', 'at least one DEF, or --sample');
  const retentions = validateRetentions(definitions);
  const isCompressed =
    given.compressed === true || given.sample !== undefined || compressedOptions(given).length > 0;
  const options = { ...layoutOf({ ...given, compressed: isCompressed }), dialect: given.dialect, ...by };
  return {
    standard: estimateSize(retentions),
    compressed: isCompressed ? estimateSize(retentions, options) : undefined,
  };
}

/** Which part of the standard bytes the compressed ones do without. */
function savingOf(standard: number, compressed: number): number {
  return 1 - compressed / standard;
}

function describeOne({ archives, metadataSize, fileSize, diskSize }: Estimate, metrics: number): string {
  const rows = archives.map((archive, i) => [
    ...describeArchive(archive, i),
    formatSize(archive.size),
    perPoint(archive),
  ]);
  const total = (name: string, size: number) => [name, '', '', formatSize(size), ''];
  return formatTable(
    [
      ['archive', 'step', 'points', 'size', 'bytes/point'],
      ...rows,
      total('header', metadataSize),
      total('file', fileSize),
      total('on disk', diskSize),
      ...(metrics === 1 ? [] : [total(times(metrics), diskSize * metrics)]),
    ],
    2,
  );
}

function describeBoth(standard: Estimate, compressed: Estimate, metrics: number): string {
  const rows = compressed.archives.map((archive, i) => {
    // A standard file has one archive for all that a mix file keeps of a retention.
    const isFirst = archive.step !== compressed.archives[i - 1]?.step;
    const other = isFirst ? standard.archives.find(({ step }) => step === archive.step) : undefined;
    return [
      ...describeArchive(archive, i),
      other === undefined ? '' : formatSize(other.size),
      formatSize(archive.size),
      perPoint(archive),
      other === undefined ? '' : percent(savingOf(other.size, archive.size)),
    ];
  });
  const total = (name: string, one: number, other: number, saving = '') => {
    return [name, '', '', formatSize(one), formatSize(other), '', saving];
  };
  return formatTable(
    [
      ['archive', 'step', 'points', 'standard', 'compressed', 'bytes/point', 'saving'],
      ...rows,
      total('header', standard.metadataSize, compressed.metadataSize),
      total(
        'file',
        standard.fileSize,
        compressed.fileSize,
        percent(savingOf(standard.fileSize, compressed.fileSize)),
      ),
      total('on disk', standard.diskSize, compressed.diskSize),
      ...(metrics === 1
        ? []
        : [total(times(metrics), standard.diskSize * metrics, compressed.diskSize * metrics)]),
    ],
    2,
  );
}

function describeArchive({ step, points, spec }: EstimatedArchive, index: number): string[] {
  return [
    spec === undefined ? `${index}` : `${index} ${spec.name}`,
    formatDuration(step),
    formatCount(points),
  ];
}

/** What a point takes once the archive is full, the room that blocks leave included. */
function perPoint({ size, points }: EstimatedArchive): string {
  return formatFixed(size / points, 2);
}

function percent(share: number): string {
  return `${formatFixed(100 * share, 1)}%`;
}

function times(metrics: number): string {
  return `× ${formatCount(metrics)}`;
}
