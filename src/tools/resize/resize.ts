import type { Database } from '../../database/database.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { type DatabaseInfo, mixOf, retentionsOf } from '../../database/info.js';
import { type LayoutOptions, layoutOptionNames, planFile } from '../../database/layout.js';
import { open } from '../../database/open.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import { WhisperError, withPath } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { type MixSpec, parseSpec } from '../../format/aggregation-spec.js';
import { validateRetentions } from '../../format/archive-list.js';
import { sanePointSize } from '../../format/block-plan.js';
import { formatRetention, type Retentions } from '../../format/retention.js';
import { badOption, checkFlag, checkOptionNames } from '../../options.js';
import { soundCopy } from '../donor.js';
import { isSameFile } from '../look.js';
import { type RewriteOptions, rewrite } from '../rewrite.js';
import type { Content } from '../store-contents.js';
import { Deriver, type Deriving, type Origin } from './derive.js';
import { countLost } from './lost.js';
import { newestOf } from './newest.js';
import { refilled } from './refill.js';

/** What shall change; everything of the layout that is left out stays. */
export interface ResizeOptions extends Partial<Omit<LayoutOptions, 'format' | 'retentions'>>, ToolOptions {
  readonly retentions?: Retentions | undefined;
  /**
   * Make values of finer points wherever a finer archive has them, by the new method and xFilesFactor, also where the
   * archive of the same step had one.
   */
  readonly aggregate?: boolean | undefined;
  /** Put coarse values into new finer archives where these would have nothing; of a sum, shared out. */
  readonly spread?: boolean | undefined;
  /** Write the new file here, and leave the old one as it is. */
  readonly output?: FilePath | undefined;
  /** With `output`: replace a file of that name. */
  readonly overwrite?: boolean | undefined;
  /** Keep the old file beside the new one, with `.bak` after its name. */
  readonly backup?: boolean | undefined;
  /** Only tell what would come of it. */
  readonly dryRun?: boolean | undefined;
  /** Leave whole pages without points as holes in the new file; as the old one has it if left out. */
  readonly sparse?: boolean | undefined;
  /** Replace the file, without a backup, also by one that has a place for none of its points. */
  readonly force?: boolean | undefined;
  /**
   * Unix seconds: the archives reach back from there. That of the newest point if left out, so that a file to which nobody
   * writes any more keeps all that it has; of a file without points the clock's. Points after the clock count as far as
   * they go on without a break: each within the coarsest step, and half of the shortest retention, of the one before it. If
   * all are after the clock, it is the newest that comes within the finest archive's retention of the one before it.
   * Points after this time are kept where no older one has their slot.
   */
  readonly now?: number | undefined;
}

const NAMES = [
  ...layoutOptionNames.filter((name) => name !== 'format'),
  ...['aggregate', 'spread', 'output', 'overwrite', 'backup', 'dryRun', 'force', 'sparse', 'now'],
  ...toolOptionNames,
];

/** How a file is laid out. */
export interface Layout {
  /** As definitions: `10s:6h,1m:7d`. */
  readonly retentions: string;
  readonly aggregation: string;
  readonly xFilesFactor: number;
  readonly fileSize: number;
}

/** An archive of the new file, and where its points are from. */
export interface ResizedArchive extends Origin {
  readonly step: number;
  readonly points: number;
}

/** What a resize came to, or would. */
export interface Resize {
  /** `'settings'` if the method or the xFilesFactor was changed in place, `'archives'` if the file was made anew. */
  readonly change: 'none' | 'settings' | 'archives';
  readonly before: Layout;
  readonly after: Layout;
  /** Of a file that was made anew. */
  readonly archives: readonly ResizedArchive[];
  /** Points of the old file for whose time the new one has no value. */
  readonly lost: number;
}

/**
 * Changes how a database is laid out, of either format, and keeps its history.
 *
 * The method and the xFilesFactor are changed in place, if nothing else is asked for. Other retentions make the file anew,
 * beside itself, synced, and replaced in one step. Each new archive takes the points of the old one of its step; if there
 * was none, its values are made of the finest old archive whose step divides the new one and that still has all of an
 * interval. A coarse value never goes into a finer archive, but by `spread`. `pointsPerBlock` and `pointSize` count for a
 * file that is made anew. (Under the go dialect only archives of equal steps hand their points on.)
 *
 * @throws WhisperError what `create` and `open` throw; `WSP_LOCKED` if somebody writes to the file meanwhile
 */
export function resize(path: FilePath, options: ResizeOptions): Resize {
  const source = checkPath(path);
  return withPath(source, () => {
    const checked = checkOptions(source, options);
    const { target, handle, dryRun, isAnew, sparse } = checked;
    if (!isAnew) {
      const told = changeSettings(source, options, checked);
      if (told !== undefined) return told;
    }
    return rewrite(source, target, { ...checked, handle }, (database) => {
      const { bytes, told } = madeAnew(database, options, checked);
      if (target === source && Buffer.compare(bytes, database.toBytes()) === 0) {
        return { bytes: undefined, sparse: false, result: { ...told, change: 'none' as const } };
      }
      return { bytes: dryRun ? undefined : bytes, sparse: sparse ?? 'as before', result: told };
    });
  });
}

interface Checked extends RewriteOptions {
  readonly target: string;
  /** Unix seconds; undefined for that of the newest point. */
  readonly now: number | undefined;
  readonly clock: number;
  readonly dialect: Dialect;
  readonly dryRun: boolean;
  /** Whatever changes, the file is made anew. */
  readonly isAnew: boolean;
  /** Nothing is lost if the new file takes the place of the old one, or that is wanted. */
  readonly mayLoseAll: boolean;
  readonly sparse: boolean | undefined;
  readonly deriving: Pick<Deriving, 'aggregate' | 'spread'>;
}

function checkOptions(source: string, options: ResizeOptions): Checked {
  checkOptionNames(options, NAMES, 'resize');
  const { clock, dialect, durable } = checkHandleOptions(
    { ...options, durable: options.durable ?? 'sync' },
    false,
  );
  const now = options.now === undefined ? undefined : checkTime(options.now, 'now');
  const { lock, lockTimeoutMs, output } = options;
  const target = output === undefined ? source : checkPath(output);
  const backup = checkFlag('backup', options.backup);
  const overwrite = checkFlag('overwrite', options.overwrite);
  if (output !== undefined && isSameFile(source, target))
    throw badOption('the output is the file itself', 'another path, or none');
  if (output !== undefined && backup)
    throw badOption('options output and backup', 'one of them: with output the file stays');
  if (output === undefined && overwrite)
    throw badOption('option overwrite without output', 'both, or neither');
  const aggregate = checkFlag('aggregate', options.aggregate);
  const spread = checkFlag('spread', options.spread);
  return {
    target,
    now,
    clock: checkTime(clock(), 'now'),
    dialect,
    handle: { dialect, lock, lockTimeoutMs },
    durable: durable !== 'none',
    overwrite: output === undefined || overwrite,
    backup,
    dryRun: checkFlag('dryRun', options.dryRun),
    isAnew: output !== undefined || aggregate,
    mayLoseAll: output !== undefined || backup || checkFlag('force', options.force),
    sparse: options.sparse === undefined ? undefined : checkFlag('sparse', options.sparse),
    deriving: { aggregate, spread },
  };
}

/** Changes what can be changed in place; undefined if the file has to be made anew. */
function changeSettings(
  path: string,
  options: ResizeOptions,
  { handle, durable, dryRun }: Checked,
): Resize | undefined {
  using database = open(path, { ...handle, durable, readOnly: dryRun });
  if (!hasRetentions(database, options)) return undefined;
  checkBlockOptions(options, database.info);
  const before = layoutOf(database.info);
  if (dryRun) {
    using copy = open(database.toBytes(), { dialect: handle.dialect });
    changeInPlace(copy, options);
    return told(before, layoutOf(copy.info));
  }
  changeInPlace(database, options);
  return told(before, layoutOf(database.info));
}

function told(before: Layout, after: Layout): Resize {
  const isSame = before.aggregation === after.aggregation && before.xFilesFactor === after.xFilesFactor;
  return { change: isSame ? 'none' : 'settings', before, after, archives: [], lost: 0 };
}

function layoutOf(info: DatabaseInfo): Layout {
  const { xFilesFactor, fileSize } = info;
  const mix = info.aggregation === 'mix' ? `mix of ${mixOf(info).join(',')}` : info.aggregation;
  return {
    retentions: retentionsOf(info).map(formatRetention).join(','),
    aggregation: mix,
    xFilesFactor,
    fileSize,
  };
}

/** Whether the file has the archives that are asked for. */
function hasRetentions({ info }: Database, { retentions, aggregation, mix }: ResizeOptions): boolean {
  const isMix = info.aggregation === 'mix';
  if (mix !== undefined || aggregation === 'mix') {
    const names = (mix ?? []).map((spec) => parseSpec(spec).name);
    if (!isMix || (mix !== undefined && names.join() !== mixOf(info).join())) return false;
  } else if (isMix && aggregation !== undefined) return false;
  if (retentions === undefined) return true;
  const asked = validateRetentions(retentions, info.format).map(formatRetention);
  return asked.join() === retentionsOf(info).map(formatRetention).join();
}

function changeInPlace(database: Database, { aggregation, xFilesFactor }: ResizeOptions): void {
  const { info } = database;
  // What is so already is not written: the file's times tell of changes.
  const isMethodSame = aggregation === undefined || aggregation === 'mix' || aggregation === info.aggregation;
  const isShareSame = xFilesFactor === undefined || Math.fround(Number(xFilesFactor)) === info.xFilesFactor;
  if (isMethodSame) {
    if (!isShareSame) database.setXFilesFactor(xFilesFactor);
  } else database.setAggregation(aggregation, isShareSame ? undefined : xFilesFactor);
}

/** What counts for a file that is made anew alone must be possible all the same. */
function checkBlockOptions({ pointsPerBlock, pointSize }: ResizeOptions, { format }: DatabaseInfo): void {
  if (pointsPerBlock === undefined && pointSize === undefined) return;
  planFile({ format, retentions: '1s:1d', pointsPerBlock, pointSize }, 'python');
}

/** The whole file with other archives, and what is told of it. */
function madeAnew(
  database: Database,
  options: ResizeOptions,
  { dialect, deriving, clock, mayLoseAll, ...checked }: Checked,
): { readonly bytes: Uint8Array; readonly told: Resize } {
  // Looked at first: the new file has room for whatever the header of the old one claims.
  const source = soundCopy(database, dialect);
  const now = checked.now ?? newestOf(database, clock) ?? clock;
  const { start, fileSize } = planFile(newLayout(database.info, options), dialect);
  const empty = new Uint8Array(fileSize);
  empty.set(start);
  using target = open(empty, { dialect });
  const origins: ResizedArchive[] = [];
  const derive = (same: readonly Content[]) => {
    const deriver = new Deriver(source, target.info, { ...deriving, now });
    return same.map((each, index) => {
      const { content, origin } = deriver.contentOf(index, each);
      const { step, points } = target.info.archives[index]!;
      origins.push({ step, points, ...origin });
      return content;
    });
  };
  const bytes = refilled(database, target, now, dialect, derive, deriving.aggregate);
  using after = open(bytes, { dialect });
  const told: Resize = {
    change: 'archives',
    before: layoutOf(database.info),
    after: layoutOf(after.info),
    archives: origins,
    lost: countLost(source, after, now),
  };
  if (!mayLoseAll) checkPlace(told, database.info, after.info);
  return { bytes, told };
}

/** Refuses steps between which and those there nothing can be handed on: all points would go with the old file. */
function checkPlace({ archives, lost, before, after }: Resize, old: DatabaseInfo, made: DatabaseInfo): void {
  const isRelated = made.archives.some(({ step }) =>
    old.archives.some((archive) => step % archive.step === 0),
  );
  if (isRelated || lost === 0 || archives.some(({ spread }) => spread > 0)) return;
  throw new WhisperError('WSP_BAD_ARCHIVE_LIST', {
    found: `${after.retentions} has no place for the ${lost} points of ${before.retentions}`,
    expected: 'steps that are multiples of those there, or a backup, or force',
  });
}

/** What the file will be. */
function newLayout(info: DatabaseInfo, options: ResizeOptions): LayoutOptions {
  return { ...presentLayout(info, options), ...given(options) };
}

/** The layout options that are there, without those that are undefined. */
function given(options: ResizeOptions): Partial<LayoutOptions> {
  return Object.fromEntries(
    layoutOptionNames.flatMap((name) => {
      const value = (options as Partial<LayoutOptions>)[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What a file is by now, as options; of its aggregation only what the new one does not say. */
function presentLayout(info: DatabaseInfo, { aggregation }: ResizeOptions): LayoutOptions {
  const retentions = retentionsOf(info);
  const { format, xFilesFactor } = info;
  if (info.format === 'standard') return { format, retentions, xFilesFactor, aggregation: info.aggregation };
  const keepsMix = info.aggregation === 'mix' && (aggregation === undefined || aggregation === 'mix');
  return {
    format,
    retentions,
    xFilesFactor,
    aggregation: info.aggregation,
    ...(keepsMix ? { mix: mixOf(info) as MixSpec[] } : {}),
    pointsPerBlock: info.pointsPerBlock,
    pointSize: sanePointSize(info.pointSize),
  };
}
