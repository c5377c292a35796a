import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { layoutOptionNames } from '../../database/layout.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import { withPath } from '../../errors.js';
import { MemoryFile } from '../../file/memory-file.js';
import { detectFormat, type Format } from '../../format/detect.js';
import { badOption, checkFlag, checkOptionNames } from '../../options.js';
import type { Finding, FindingCode } from '../verify/finding.js';
import { verifyFile } from '../verify/verify.js';
import { repairCompressed } from './compressed.js';
import { withMagic } from './compressed-layout.js';
import { PaddedFile } from './padded-file.js';
import { replaceFile } from './replace.js';
import { type Repair, type RepairedBytes, RepairLog } from './report.js';
import { Schema, type SchemaOptions } from './schema.js';
import { repairStandard } from './standard.js';
import { findArchives } from './standard-layout.js';

/**
 * How a file is repaired. What decides the layout of a new file says here what the old one was, where its header does
 * not tell it any more; what can be read in the file counts more.
 */
export interface RepairOptions extends SchemaOptions, ToolOptions {
  /** Write the repaired file here, where none may be yet, and leave the old one as it is. */
  readonly output?: FilePath | undefined;
  /** Put the repaired file in the place of the old one, and keep that beside it, with `.bak` after its name. */
  readonly backup?: boolean | undefined;
  /** Only tell what would be done. */
  readonly dryRun?: boolean | undefined;
  /** Unix seconds: what is out of place and later is not believed. The clock if left out. */
  readonly now?: number | undefined;
}

const NAMES = ['output', 'backup', 'dryRun', 'now', ...layoutOptionNames, ...toolOptionNames];

/** Oddities that a repair does away with. */
const REPAIRED_ODDITIES: readonly FindingCode[] = ['bytes-after-end', 'max-retention'];

/**
 * Makes a sound file of a damaged one, of either format, with every point that is still there.
 *
 * The file is never changed where it is: a new one is written beside its place, looked at, synced, and put under another
 * name (`output`), or under its own when the old one has been kept under a second (`backup`). It has the owner and mode of
 * the old one. A sound file is left alone. Coarser archives are not made anew from finer ones.
 *
 * @throws WhisperError `WSP_BAD_OPTION` without any of `output`, `backup` and `dryRun`; `WSP_EXISTS` for a file in the way
 *   of the new one or of the backup; `WSP_LOCKED` if somebody writes to the file meanwhile; `WSP_JOURNAL`,
 *   `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_NO_LOCK`, `WSP_SYSTEM`; never for what is in the file
 */
export function repair(path: FilePath, options: RepairOptions = {}): Repair {
  const source = checkPath(path);
  return withPath(source, () => {
    checkOptionNames(options, NAMES, 'repair');
    const target = targetOf(options);
    const durability = options.durable ?? 'sync';
    const handle = checkHandleOptions({ ...options, durable: durability }, target !== undefined);
    const { dialect, lock, durable, clock } = handle;
    const now = checkTime(options.now ?? clock(), 'now');
    const schema = new Schema(schemaOf(options), dialect);
    return replaceFile(source, target, { lock, durable: durable !== 'none' }, (bytes) => {
      return repairBytes(bytes, schema, now, source);
    });
  });
}

function schemaOf(options: RepairOptions): SchemaOptions {
  return Object.fromEntries(layoutOptionNames.map((name) => [name, options[name]]));
}

/** Where the repaired file goes: null for nowhere, undefined for the place of the old one. */
function targetOf({ output, backup, dryRun }: RepairOptions): string | null | undefined {
  const isKept = checkFlag('backup', backup);
  if (checkFlag('dryRun', dryRun)) return null;
  if (output !== undefined && isKept)
    throw badOption('options output and backup', 'one of them: with output the file stays');
  if (output !== undefined) return checkPath(output);
  if (isKept) return undefined;
  throw badOption(
    'repair was not told where to put the repaired file',
    'one of output, backup: true and dryRun: true',
  );
}

/**
 * Repairs a file in memory.
 *
 * @param now   Unix seconds
 * @param path  for the findings
 */
export function repairBytes(given: Uint8Array, schema: Schema, now: number, path?: string): RepairedBytes {
  // Not those of a Buffer, whose slice is no copy.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const settings = { deep: true, now, dialect: schema.dialect };
  const named = path === undefined ? {} : { path };
  const findings = verifyFile(new MemoryFile(bytes), settings).map((finding) => ({ ...finding, ...named }));
  const format = formatOf(bytes, schema);
  const log = new RepairLog();
  const nothing = { format, findings, archives: [], changes: [], losses: [], image: undefined };
  if (!findings.some(isRepaired)) return { ...nothing, outcome: 'sound' };
  const repairAs = format === 'compressed' ? repairCompressed : repairStandard;
  const image = repairAs(bytes, schema, now, log);
  const { archives, changes, losses } = log;
  if (image === undefined) {
    return { ...nothing, format: bytes.length === 0 ? undefined : format, losses, outcome: 'hopeless' };
  }
  if (image.size === bytes.length && Buffer.compare(image.bytes, bytes) === 0)
    return { ...nothing, outcome: 'sound' };
  const left = verifyFile(new PaddedFile(image), settings).filter(({ level }) => level === 'damage');
  if (left.length === 0) return { format, findings, archives, changes, losses, image, outcome: 'repairable' };
  const still = left.map(({ message }) => `what was repaired is not sound: ${message}`);
  return { ...nothing, losses: [...losses, ...still], outcome: 'hopeless' };
}

function isRepaired({ level, code }: Finding): boolean {
  return level === 'damage' || REPAIRED_ODDITIES.includes(code);
}

/** What the file is by its magic; with a damaged one, by all else; and of a file that says nothing, by the schema. */
function formatOf(bytes: Uint8Array, schema: Schema): Format {
  if (detectFormat(bytes) === 'compressed' || withMagic(bytes) !== undefined) return 'compressed';
  if (schema.format === 'standard') return 'standard';
  return findArchives(bytes, schema.dialect) === undefined ? 'compressed' : 'standard';
}
