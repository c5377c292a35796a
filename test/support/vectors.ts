import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type AggregationMethod, create, type Database, type Dialect } from '../../src/index.js';

/** A number as the vectors write it: JSON has no NaN and no infinities. */
export type Num = number | 'NaN' | 'Infinity' | '-Infinity';
export type PythonError = { type: string; message: string };

export interface Creation {
  archives: [step: number, points: number][];
  xFilesFactor: Num;
  aggregationMethod: string;
  sparse?: boolean;
}

export type Op =
  | { op: 'update'; timestamp: number | null; value: Num; now: number; error?: PythonError }
  | { op: 'updateMany'; points: [number, Num][]; now: number; error?: PythonError }
  | { op: 'setXFilesFactor'; xFilesFactor: never; returns?: Num; error?: PythonError }
  | {
      op: 'setAggregationMethod';
      aggregationMethod: AggregationMethod;
      xFilesFactor?: never;
      returns?: string;
      error?: PythonError;
    };

export interface Answer {
  timeInfo: [from: number, until: number, step: number];
  values: (Num | null)[];
}

export interface Fetch {
  from: number;
  until: number | null;
  now: number;
  archiveToSelect?: string | number;
  expected?: Answer | null;
  error?: PythonError;
}

export interface StoredFile {
  fileSize: number;
  fileSha256: string;
  fileGzBase64?: string;
}

export interface Case extends StoredFile {
  name: string;
  tags: string[];
  create: Creation;
  ops: Op[];
  fetches: Fetch[];
  goWhisper?: { same: boolean; reasons?: string[]; file?: 'same bytes' | 'differs' };
}

export interface Vectors {
  cases: Case[];
  retentionDefs: { input: string; ours: [number, number] | 'error' }[];
  archiveLists: {
    archives: [number, number][];
    ours: 'ok' | 'error';
    fileSize?: number;
    headerHex?: string;
  }[];
  createOptions: {
    options: { xFilesFactor?: never; aggregationMethod?: never };
    python: 'ok' | { error: PythonError };
    headerHex?: string;
    readBack?: { aggregationMethod: string; maxRetention: number; xFilesFactor: number };
  }[];
  headers: HeaderRow[];
  aggregate: { method: AggregationMethod; neighbours: (Num | null)[]; result?: Num; error?: PythonError }[];
  guards: Guard[];
  merge: MergeRow[];
  diff: DiffRow[];
  cli: CliRow[];
}

/** A database as a history made it. */
export interface Made {
  create: Creation;
  ops: Op[];
}

/** The file is the target afterwards. */
export interface MergeRow extends StoredFile {
  name: string;
  source: Made;
  target: Made;
  merge: { from?: number; until?: number; now: number };
  error?: PythonError;
  /** Where the order of CPython's hash set shows. */
  cpythonSetOrderSha256?: string;
}

export interface DiffRow {
  name: string;
  a: Made;
  b: Made;
  diff: { ignoreEmpty?: boolean; until?: number; now: number };
  expected?: { archive: number; points: [number, Num | null, Num | null][]; total: number }[];
  error?: PythonError;
}

export interface HeaderRow {
  name: string;
  size: number;
  fileGzBase64: string;
  now: number;
  python: {
    info?: {
      aggregationMethod: string;
      maxRetention: number;
      xFilesFactor: number;
      archives: {
        offset: number;
        secondsPerPoint: number;
        points: number;
        retention: number;
        size: number;
      }[];
    };
    infoError?: PythonError;
    fetch?: { timeInfo: [number, number, number]; count: number } | null;
    fetchError?: PythonError;
    update?: 'ok';
    updateError?: PythonError;
  };
}

export interface Guard {
  name: string;
  create: Creation;
  createError?: string;
  ops?: Op[];
  fetches?: Fetch[];
  mustHold: {
    rule?: string;
    archive?: number;
    timestamps?: number[];
    everyTimestampMultipleOf?: number;
    mustContain?: { [timestamp: string]: number };
  }[];
}

export interface CliRow {
  name: string;
  tool: string;
  args: string[];
  now: number;
  files: { [name: string]: Made };
  stdin?: string;
  exit: number;
  stdout: string;
  stderr?: string;
  filesAfter?: { [name: string]: StoredFile };
}

const FOLDER = new URL('../../fixtures/vectors/', import.meta.url);

/** The rows of one list over all vector files of the standard format. */
export function vectorRows<L extends keyof Vectors>(list: L): Vectors[L] {
  const rows: Vectors[L][number][] = [];
  for (const name of readdirSync(FOLDER).filter((file) => /^whisper-standard.*\.json$/.test(file))) {
    const vectors = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Partial<Vectors>;
    rows.push(...(vectors[list] ?? []));
  }
  return rows as Vectors[L];
}

export function number(value: Num): number {
  return Number(value);
}

export function gunzip(base64: string): Uint8Array {
  return new Uint8Array(gunzipSync(Buffer.from(base64, 'base64')));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Creates what a row asks for; in memory unless a path is given. */
export function createFrom(
  creation: Creation,
  path: string | null = null,
  dialect: Dialect = 'python',
): Database {
  return create(path, {
    retentions: creation.archives.map(([step, points]) => ({ step, points })),
    xFilesFactor: number(creation.xFilesFactor),
    aggregation: creation.aggregationMethod as AggregationMethod,
    sparse: creation.sparse ?? false,
    dialect,
  });
}

/** Does one operation; returns what it returned. */
export function apply(database: Database, op: Op): unknown {
  switch (op.op) {
    case 'update':
      return database.update(number(op.value), op.timestamp ?? undefined, { now: op.now });
    case 'updateMany':
      return database.updateMany(
        op.points.map(([timestamp, value]) => [timestamp, number(value)] as const),
        { now: op.now },
      );
    case 'setXFilesFactor':
      return database.setXFilesFactor(op.xFilesFactor);
    case 'setAggregationMethod':
      return database.setAggregation(op.aggregationMethod, op.xFilesFactor);
  }
}

/** Our codes for the type of an error that Python raised. */
export function codesOf(error: PythonError): string[] {
  const codes: { [type: string]: string[] } = {
    TimestampNotCovered: ['WSP_TIME_NOT_COVERED'],
    InvalidTimeInterval: ['WSP_BAD_RANGE'],
    InvalidXFilesFactor: ['WSP_BAD_X_FILES_FACTOR'],
    InvalidAggregationMethod: ['WSP_BAD_AGGREGATION'],
    InvalidConfiguration: ['WSP_BAD_ARCHIVE_LIST'],
    CorruptWhisperFile: ['WSP_CORRUPT'],
    ValueError: ['WSP_NO_SUCH_ARCHIVE', 'WSP_BAD_RETENTION', 'WSP_BAD_RANGE'],
    NotImplementedError: ['WSP_UNLIKE_ARCHIVES'],
    'struct.error': ['WSP_BAD_TIMESTAMP', 'WSP_BAD_ARCHIVE_LIST'],
  };
  const ours = codes[error.type];
  if (ours === undefined) throw new Error(`no code for Python's ${error.type}: ${error.message}`);
  return ours;
}
