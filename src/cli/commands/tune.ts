import { Command } from 'commander';
import type { AggregationMethod } from '../../format/aggregation-method.js';
import { badOption } from '../../options.js';
import type { TunedSettings, Tuning } from '../../tools/tune.js';
import { addChangeOptions, type ChangeArguments, changeOptions, describeCounts } from '../changes.js';
import type { Io } from '../io.js';
import { formatSingle } from '../output.js';
import { formatRepr } from '../python-format.js';
import { pathTasks, runTree } from '../tree.js';

interface Given extends ChangeArguments {
  readonly xff?: `${number}`;
  readonly agg?: AggregationMethod;
  readonly recompute?: boolean;
  readonly strict?: boolean;
  readonly compat?: boolean;
}

export function tuneCommand(io: Io): Command {
  const command = new Command('tune')
    .summary('change the aggregation method or xFilesFactor of files')
    .description(
      'Changes by which method coarser values are made, and how many of the finer ones must be known for it. Values ' +
        'that are there stay as they are, unless --recompute makes the coarser ones anew of the finer ones, as far as ' +
        'these reach with whole intervals. A value for which too few finer ones are known is kept then too, unless ' +
        '--strict takes it out.',
    )
    .usage('[options] PATH...')
    .argument('<paths...>', 'the databases; with --recursive folders of *.wsp files as well')
    .option('-x, --xff <share>', 'the share of known points that a coarser value needs, 0 to 1')
    .option('-a, --agg <method>', 'how values become a coarser one, such as average, sum, last, max or min')
    .option('--recompute', 'make the coarser values anew')
    .option('--strict', 'with --recompute: take out those that too few finer ones are known for')
    .option(
      '--compat',
      'print exactly what whisper-set-aggregation-method and whisper-set-xfilesfactor print',
    );
  return addChangeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  sotto tune requests.wsp --agg sum --xff 0\n' +
        '  sotto tune requests.wsp --agg sum --xff 0 --recompute --dry-run\n' +
        '  sotto tune --recursive --jobs 4 whisper/stats --xff 0.1 --recompute --backup',
    )
    .action((paths: string[], given: Given) => run(paths, given, io));
}

async function run(paths: readonly string[], given: Given, io: Io): Promise<void> {
  const { xff, agg, recompute, strict, dryRun = false } = given;
  if (xff === undefined && agg === undefined && recompute !== true)
    throw badOption('tune was not told what to change', '--agg, --xff or --recompute');
  const options = { ...changeOptions(given, io), aggregation: agg, xFilesFactor: xff, recompute, strict };
  const tasks = pathTasks(paths, given, io);
  const shown = given.compat === true ? { ...given, quiet: true } : given;
  await runTree('tune', tasks, options, shown, io, { done: 'tuned' }, ({ source }, tuning) => {
    if (given.compat === true) io.out(asPython(source, tuning, given));
    return {
      text: describe(tuning, given, dryRun),
      isChanged: tuning.isChanged,
      record: { dryRun, ...tuning },
    };
  });
}

function describe({ former, present, archives, isChanged }: Tuning, given: Given, isDry: boolean): string {
  const parts: string[] = [];
  const change = (name: string, was: string, is: string) => {
    parts.push(was === is ? `${name} ${is} already` : `${name} ${was} -> ${is}`);
  };
  if (given.agg !== undefined) change('aggregation method', former.aggregation, present.aggregation);
  if (given.xff !== undefined) change('xFilesFactor', share(former), share(present));
  if (given.recompute === true) {
    const counts = describeCounts(
      archives,
      [
        ['changed', 'made anew'],
        ['added', 'added'],
        ['removed', 'taken out'],
      ],
      isDry,
    );
    const kept = archives.reduce((sum, archive) => sum + archive.kept, 0);
    parts.push(counts ?? 'no coarser value changes');
    if (kept > 0) parts.push(`${kept} kept for which too few finer ones are known`);
  }
  const hint = isDry && isChanged && given.recompute !== true ? ' (not written)' : '';
  return parts.join(', ') + hint;
}

/** The lines of the two scripts, one for each setting that was given. */
function asPython(path: string, { former, present }: Tuning, { agg, xff }: Given): string {
  const method = `Updated aggregation method: ${path} (${former.aggregation} -> ${present.aggregation})\n`;
  const was = formatRepr(former.xFilesFactor);
  return `${agg === undefined ? '' : method}${
    xff === undefined ? '' : `Updated xFilesFactor: ${path} (${was} -> ${formatRepr(Number(xff))})\n`
  }`;
}

function share({ xFilesFactor }: TunedSettings): string {
  return formatSingle(xFilesFactor);
}
