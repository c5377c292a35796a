/** What `rrdtool dump` prints into Whisper files: one for each data source. */
import { join } from 'node:path';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { archivesOf, type LayoutOptions, layoutOptionNames } from '../../database/layout.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { describeValue, WhisperError, withPath } from '../../errors.js';
import { makeNewFile } from '../../file/new-file.js';
import { parseSpec } from '../../format/aggregation-spec.js';
import type { PointRun } from '../../format/point-run.js';
import { badOption, checkChoice, checkFlag, checkOptionNames } from '../../options.js';
import { makeFolderOf, statIfThere } from '../look.js';
import { checkText } from './lines.js';
import { newDatabase } from './new-database.js';
import {
  type ChosenArchive,
  type Consolidation,
  chooseArchives,
  consolidations,
  METHODS,
  rowsOf,
  type SkippedArchive,
  usualConsolidation,
} from './rrd-archives.js';
import { type RrdDump, readRrdDump } from './rrd-dump.js';
import type { ImportedFile } from './store-history.js';

export interface ImportRrdOptions extends ToolOptions, Omit<Partial<LayoutOptions>, 'retentions'> {
  /** The archives of this consolidation function; by default AVERAGE, or else the only one that there is. */
  readonly cf?: Consolidation | undefined;
  /** Archives by their numbers in the dump, from 0; by default all of the function that go together. */
  readonly archives?: readonly number[] | undefined;
  /** Data sources by name; all by default. */
  readonly sources?: readonly string[] | undefined;
  /** Make files anew that are there. */
  readonly overwrite?: boolean | undefined;
  /** Leave unwritten room of standard files as holes on the disk. */
  readonly sparse?: boolean | undefined;
  /** Read and reckon everything, write nothing. */
  readonly dryRun?: boolean | undefined;
  /** What messages call the text, such as a file's name. */
  readonly source?: string | undefined;
  /** Stops the import between two files. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each file when it is done. */
  readonly onFile?: ((file: ImportedFile) => void) | undefined;
}

const NAMES = [
  ...layoutOptionNames.filter((name) => name !== 'retentions'),
  ...toolOptionNames,
  ...['cf', 'archives', 'sources', 'overwrite', 'sparse', 'dryRun', 'source', 'signal', 'onFile'],
];

/** A file, of a dump with one data source (or of which one is asked for); or a folder and how names begin in it. */
export type RrdTarget = FilePath | { readonly folder: FilePath; readonly name: string };

/** What an import of an rrd came to. */
export interface RrdImport {
  /** One for each data source, in their order. */
  readonly files: readonly ImportedFile[];
  /** Archives of the function that Whisper's rules leave no place for. */
  readonly skipped: readonly SkippedArchive[];
}

/**
 * Makes Whisper files of an rrd, as `rrdtool dump` prints it: of each data source one, in a folder `NAME_SOURCE.wsp`.
 *
 * Each archive of the rrd becomes one of the file, with the same step and as many points as it has rows; each row stands there at the
 * time that `rrdtool fetch` gives it, the one at which it ends. Nothing is rolled up, unknown rows are gaps. The method is
 * that of the consolidation function, and the xFilesFactor the number of the finest archive that has consolidated.
 *
 * With `mix` each coarser archive of a compressed file keeps several functions: those archives of the rrd that have the same step.
 *
 * @throws WhisperError `WSP_BAD_INPUT` with the line's number, `WSP_BAD_OPTION`, `WSP_BAD_ARCHIVE_LIST`, `WSP_EXISTS`
 *   before anything is written
 */
export function importRrd(xml: string, target: RrdTarget, options: ImportRrdOptions = {}): RrdImport {
  checkOptionNames(options, NAMES, 'importRrd');
  const { signal, onFile, source = '<xml>' } = options;
  const checked = checkHandleOptions(options, false);
  const [overwrite, isDry] = [checkFlag('overwrite', options.overwrite), checkFlag('dryRun', options.dryRun)];
  const isSparse = checkFlag('sparse', options.sparse) || options.format === 'compressed';
  const dump = readRrdDump(checkText(xml), source);
  const plan = withPath(source, () => planOf(dump, options));
  const sources = withPath(source, () => sourcesOf(dump, options.sources));
  const paths = sources.map((index) => pathOf(dump, index, sources.length, target));
  for (const path of paths) if (!overwrite) checkFree(path);
  const files = sources.map((index, i) => {
    signal?.throwIfAborted();
    const path = paths[i]!;
    const points = plan.archives.map(({ archive }) => rowsOf(dump, archive, index));
    withPath(path, () => {
      const bytes = newDatabase(plan.layout, points, checked.dialect, false);
      if (isDry) return;
      makeFolderOf(path);
      const content = { size: bytes.length, start: bytes, sparse: isSparse };
      makeNewFile(path, {
        ...content,
        overwrite,
        durable: checked.durable !== 'none',
        lock: checked.lock,
      }).close();
    });
    const file = describe(path, plan.archives, points);
    onFile?.(file);
    return file;
  });
  return { files, skipped: plan.skipped };
}

interface Plan {
  readonly layout: LayoutOptions;
  /** For each archive of the new file the one that its points are of. */
  readonly archives: readonly ChosenArchive[];
  readonly skipped: readonly SkippedArchive[];
}

function planOf(dump: RrdDump, options: ImportRrdOptions): Plan {
  const { format, aggregation, mix, pointsPerBlock, pointSize } = options;
  checkArchiveNumbers(options.archives);
  if (mix !== undefined || aggregation === 'mix') return planMix(dump, options);
  const cf =
    options.cf === undefined ? usualConsolidation(dump) : checkChoice('cf', options.cf, consolidations);
  const { chosen, skipped } = chooseArchives(dump, cf, options.archives);
  const layout = {
    retentions: chosen.map(({ step, points }) => ({ step, points })),
    format,
    aggregation: aggregation ?? METHODS[cf],
    xFilesFactor: options.xFilesFactor ?? shareOf(chosen),
    pointsPerBlock,
    pointSize,
  };
  return { layout, archives: chosen, skipped };
}

/** That of the finest archive which had anything to consolidate. */
function shareOf(chosen: readonly ChosenArchive[]): number {
  const { archive } = chosen.find((one) => one.archive.perRow > 1) ?? chosen[0]!;
  return archive.xFilesFactor;
}

function planMix(dump: RrdDump, options: ImportRrdOptions): Plan {
  const { format, mix, pointsPerBlock, pointSize } = options;
  if (options.archives !== undefined || options.cf !== undefined)
    throw badOption('archives or cf with mix', 'mix alone: archives are taken by their steps');
  if (!Array.isArray(mix) || mix.length === 0)
    throw badOption(`a mix of ${describeValue(mix)}`, "mix: ['average', 'max', 'min']");
  const specs = mix.map(parseSpec);
  const functions = specs.map(({ method, name }) => {
    const cf = consolidations.find((one) => METHODS[one] === method);
    if (cf === undefined) throw badOption(`'${name}' in a mix of an rrd`, 'some of average, max, min, last');
    return cf;
  });
  const leading = functions.includes('AVERAGE') ? 'AVERAGE' : functions[0]!;
  const { chosen, skipped } = chooseArchives(dump, leading, undefined);
  const [base, ...coarser] = chosen as [ChosenArchive, ...ChosenArchive[]];
  const { rows, lacking } = rowsOfMix(dump, functions, coarser);
  const retentions = [base, ...rows.map((group) => longest(group))].map(({ step, points }) => ({
    step,
    points,
  }));
  // That there are as many of them as planned here the layout says, which knows the rules.
  archivesOf(retentions, specs);
  const layout = {
    retentions,
    format,
    aggregation: 'mix',
    mix,
    xFilesFactor: options.xFilesFactor ?? shareOf(chosen),
    pointsPerBlock,
    pointSize,
  } as const;
  return { layout, archives: [base, ...rows.flat()], skipped: [...skipped, ...lacking] };
}

/** For each coarser step the archives of all functions; a step that one of them lacks has none. */
function rowsOfMix(
  dump: RrdDump,
  functions: readonly Consolidation[],
  coarser: readonly ChosenArchive[],
): { rows: ChosenArchive[][]; lacking: SkippedArchive[] } {
  const rows: ChosenArchive[][] = [];
  const lacking: SkippedArchive[] = [];
  for (const { index, step } of coarser) {
    const found = functions.map((cf) => longestOf(dump, cf, step));
    const missing = functions[found.indexOf(undefined)];
    if (missing === undefined) rows.push(found as ChosenArchive[]);
    else lacking.push({ index, reason: `there is none of ${missing} with its step` });
  }
  return { rows, lacking };
}

function longestOf(dump: RrdDump, cf: Consolidation, step: number): ChosenArchive | undefined {
  const found: ChosenArchive[] = dump.archives.flatMap((archive, index) => {
    const isMeant = archive.cf === cf && archive.perRow * dump.step === step;
    return isMeant ? [{ index, archive, step, points: archive.rows }] : [];
  });
  return found.length === 0 ? undefined : longest(found);
}

function longest(archives: readonly ChosenArchive[]): ChosenArchive {
  return archives.reduce((most, one) => (one.points > most.points ? one : most));
}

function checkArchiveNumbers(archives: unknown): void {
  if (archives === undefined) return;
  const isList = Array.isArray(archives) && archives.length > 0 && archives.every(Number.isInteger);
  if (!isList)
    throw badOption(`option archives is ${describeValue(archives)}`, 'numbers of archives, from 0');
}

/** Indices of the data sources that are meant. */
function sourcesOf({ sources }: RrdDump, asked: readonly string[] | undefined): number[] {
  if (asked === undefined) return [...sources.keys()];
  return asked.map((name) => {
    const index = sources.indexOf(name);
    if (index !== -1) return index;
    throw badOption(`no data source '${name}'`, sources.join(', '));
  });
}

function pathOf({ sources }: RrdDump, index: number, count: number, target: RrdTarget): string {
  if (typeof target === 'object' && !(target instanceof URL))
    return join(checkPath(target.folder), `${target.name}_${sources[index]!}.wsp`);
  if (count === 1) return checkPath(target);
  throw badOption(
    `${count} data sources (${sources.join(', ')}) for one file`,
    'a folder, or one of them (sources)',
  );
}

function checkFree(path: string): void {
  if (statIfThere(path) === undefined) return;
  throw new WhisperError('WSP_EXISTS', {
    path,
    found: 'the file already exists',
    expected: 'a new name, or overwrite',
  });
}

function describe(
  path: string,
  archives: readonly ChosenArchive[],
  points: readonly PointRun[],
): ImportedFile {
  const known = points.filter(({ length }) => length > 0);
  return {
    path,
    isNew: true,
    points: points.reduce((sum, { length }) => sum + length, 0),
    dropped: 0,
    overtaken: 0,
    future: 0,
    from: known.length === 0 ? 0 : Math.min(...known.map(({ timestamps }) => timestamps[0]!)),
    until: Math.max(0, ...known.map(({ timestamps, length }) => timestamps[length - 1]!)),
    archives: archives.map(({ step, points: slots }, i) => ({
      step,
      points: slots,
      taken: points[i]!.length,
    })),
  };
}
