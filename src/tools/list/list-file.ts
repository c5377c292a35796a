/** One file of a list. */
import { dirname } from 'node:path';
import type { Database } from '../../database/database.js';
import { retentionsOf } from '../../database/info.js';
import { open } from '../../database/open.js';
import { WhisperError, type WhisperErrorCode } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import type { Format } from '../../format/detect.js';
import type { Retention } from '../../format/retention.js';
import { statOf } from '../look.js';
import type { FileTask } from '../many/registry.js';
import { metricNameOf } from '../schemas/metric-name.js';
import { loadStorageRules, matchStorage, type StorageRules } from '../schemas/storage-rules.js';
import { type Mismatch, methodOf, mismatches } from './mismatch.js';
import { newestPoint } from './newest.js';

/** What is asked of every file: plain data. */
export interface ListSettings {
  /** The folder from which names of metrics are counted; undefined for each file's own. */
  readonly root: string | undefined;
  readonly now: number;
  /** Look at headers alone. */
  readonly fast: boolean;
  readonly dialect: Dialect;
  readonly schemas: string | undefined;
  readonly aggregation: string | undefined;
  readonly fallback: boolean;
}

/** What the header of a file says, and its points. */
export interface ListedHeader {
  readonly format: Format;
  /** The method; of a mix file `mix`. */
  readonly aggregation: string;
  /** Of a mix file what it keeps, else null. */
  readonly mix: readonly string[] | null;
  /** As stored: single precision. */
  readonly xFilesFactor: number;
  /** Finest first. */
  readonly retentions: readonly Retention[];
  /** True for the very old format. */
  readonly legacy: boolean;
  /** Time of the newest point; null if there is none, or if it was not looked for. */
  readonly newest: number | null;
}

/** Why a file could not be read, or not all of it. */
export interface ListedProblem {
  readonly code: WhisperErrorCode;
  readonly message: string;
}

/** How a file compares with the configuration. */
export interface ListedSchema {
  /** The section for its retentions, and the one for method and xFilesFactor. */
  readonly schema: string | null;
  readonly aggregation: string | null;
  /** Empty if it is as it should be. */
  readonly mismatches: readonly Mismatch[];
}

export interface ListedFile {
  readonly path: string;
  /** The metric; null for carbon's file of a series with tags whose name was not kept. */
  readonly name: string | null;
  /** Null if it cannot be opened. */
  readonly header: ListedHeader | null;
  /** Bytes, and bytes on the disk: fewer where the file has holes. Null if that cannot be told. */
  readonly size: number | null;
  readonly diskSize: number | null;
  /** Unix seconds: when it was last changed. */
  readonly modified: number | null;
  /** Null if no configuration was given, or no section is for it. */
  readonly schema: ListedSchema | null;
  /** Null if all of it could be read that was asked for. */
  readonly problem: ListedProblem | null;
}

/** Bytes of the blocks that the system counts. */
const DISK_BLOCK = 512;

/** Read once for all files of a list. */
const rules = new WeakMap<ListSettings, StorageRules>();

/**
 * What the configuration files of a list say; undefined without any.
 *
 * @throws WhisperError `WSP_BAD_INPUT`, `WSP_NOT_FOUND`, `WSP_SYSTEM`
 */
export function listRules(settings: ListSettings): StorageRules | undefined {
  const { schemas, aggregation, fallback, dialect } = settings;
  if (schemas === undefined && aggregation === undefined) return undefined;
  const known = rules.get(settings) ?? loadStorageRules({ schemas, aggregation, fallback, dialect });
  rules.set(settings, known);
  return known;
}

/** Looks at one file. What is wrong with it is told in its record. */
export function listFile({ source }: FileTask, settings: ListSettings): ListedFile {
  const name = metricNameOf(settings.root ?? dirname(source), source);
  const nothing = { size: null, diskSize: null, modified: null, header: null, schema: null };
  try {
    const { size, blocks, mtimeMs } = statOf(source);
    const stats = { size, diskSize: blocks * DISK_BLOCK, modified: Math.floor(mtimeMs / 1000) };
    return { path: source, name, ...nothing, ...stats, ...lookInto(source, name, stats.modified, settings) };
  } catch (error) {
    return { path: source, name, ...nothing, problem: problemOf(error) };
  }
}

/** What the content of a file tells. */
type Content = Pick<ListedFile, 'header' | 'schema' | 'problem'>;

function lookInto(path: string, name: string | null, modified: number, settings: ListSettings): Content {
  try {
    using database = open(path, { readOnly: true, dialect: settings.dialect });
    const { info } = database;
    const { newest, problem } = settings.fast
      ? { newest: null, problem: null }
      : newestOf(database, modified, settings);
    const header = {
      format: info.format,
      aggregation: info.aggregation,
      mix: info.aggregation === 'mix' ? methodOf(info).split(',') : null,
      xFilesFactor: info.xFilesFactor,
      retentions: retentionsOf(info),
      legacy: info.legacy,
      newest,
    };
    return { header, schema: schemaOf(database, name, settings), problem };
  } catch (error) {
    return { header: null, schema: null, problem: problemOf(error) };
  }
}

function newestOf(
  database: Database,
  modified: number,
  { now }: ListSettings,
): { newest: number | null; problem: ListedProblem | null } {
  try {
    return { newest: newestPoint(database, now, modified), problem: null };
  } catch (error) {
    return { newest: null, problem: problemOf(error) };
  }
}

function schemaOf({ info }: Database, name: string | null, settings: ListSettings): ListedSchema | null {
  const loaded = listRules(settings);
  const choice = loaded === undefined || name === null ? null : matchStorage(name, loaded);
  if (choice === null) return null;
  const { schemaName, aggregationName } = choice;
  return {
    schema: schemaName ?? null,
    aggregation: aggregationName ?? null,
    mismatches: mismatches(info, choice),
  };
}

/** @throws what is no `WhisperError` */
function problemOf(error: unknown): ListedProblem {
  if (!(error instanceof WhisperError)) throw error;
  return { code: error.code, message: error.message };
}
