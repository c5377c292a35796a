import { readFileSync, writeFileSync } from 'node:fs';
import {
  type AggregationMethod,
  type CompressedMethod,
  convert,
  create,
  type Database,
  fill,
  type MixSpec,
  open,
  resize,
} from '../../src/index.js';
import {
  type CompressedCase,
  type CompressedStep,
  type Configuration,
  expandPoints,
  type MixSpecRow,
  single,
  slicePoints,
} from './compressed-vectors.js';
import { gunzip } from './vectors.js';

/** A place in a history: after its creation, after each call of an update, after each other step. */
export interface Moment {
  readonly step: { op: 'create' } | CompressedStep;
  /** How the SHA-256 of the file begins; absent where none was recorded. */
  readonly sha?: string | undefined;
  /** Of a `fill`: the file as it was before. */
  readonly before?: Uint8Array;
}

export interface ReplayOptions {
  /** Bytes a point in place of the row's, so that the blocks are larger. */
  readonly pointSize?: number;
}

/** A recorded history done on a real file. */
export class Replay {
  readonly #row: CompressedCase;
  readonly #path: string;
  readonly #options: ReplayOptions;
  #database: Database | undefined;

  constructor(row: CompressedCase, path: string, options: ReplayOptions = {}) {
    this.#row = row;
    this.#path = path;
    this.#options = options;
  }

  get database(): Database {
    if (this.#database === undefined) throw new Error('the history has no file yet');
    return this.#database;
  }

  /** What stands on the disk. */
  get file(): Uint8Array {
    return readFileSync(this.#path);
  }

  /** Takes the steps, one for each moment that is asked for. */
  *moments(): Generator<Moment> {
    const { create: creation, steps } = this.#row;
    if (creation !== undefined) {
      this.#database = create(this.#path, {
        ...configurationOptions({ ...creation, ...this.#pointSize() }),
        format: 'compressed',
        dialect: 'go',
      });
      yield { step: { op: 'create' }, sha: creation.sha256 };
    }
    for (const step of steps) yield* this.#take(step);
  }

  [Symbol.dispose](): void {
    this.#database?.close();
  }

  *#take(step: CompressedStep): Generator<Moment> {
    switch (step.op) {
      case 'fetch':
        yield { step };
        return;
      case 'reopen':
        this.#whileClosed(() => {});
        yield { step };
        return;
      case 'update_many':
        this.#updateMany(step);
        yield { step, sha: step.sha };
        return;
      case 'update_each':
        yield* this.#updateEach(step);
        return;
      case 'compress_to': {
        const source = this.#writeSource(step);
        convert(source, this.#path, { to: 'compressed', now: step.now, dialect: 'go' });
        this.#database = open(this.#path, { dialect: 'go' });
        yield { step, sha: step.sha };
        return;
      }
      case 'fill': {
        const source = this.#writeSource(step);
        const before = this.file;
        this.#whileClosed(() => fill(source, this.#path, { now: step.now, dialect: 'go' }));
        yield { step, sha: step.sha, before };
        return;
      }
      case 'update_config': {
        const options = configurationOptions({ ...step.config, ...this.#pointSize() });
        this.#whileClosed(() => resize(this.#path, { ...options, now: step.now, dialect: 'go' }));
        yield { step, sha: step.sha };
      }
    }
  }

  #updateMany({ points, now, target_retention }: CompressedStep & { op: 'update_many' }): void {
    const retention = target_retention === undefined ? {} : { retention: target_retention };
    this.database.updateMany(expandPoints(points), { now, ...retention });
  }

  *#updateEach(step: CompressedStep & { op: 'update_each' }): Generator<Moment> {
    const points = expandPoints(step.points);
    const shas = new Map(step.shas);
    for (let start = 0, calls = 1; start < points.timestamps.length; start += step.chunk, calls++) {
      const chunk = slicePoints(points, start, start + step.chunk);
      this.database.updateMany(chunk, { now: chunk.timestamps.at(-1)! + step.now_offset });
      yield { step, sha: shas.get(calls) };
    }
  }

  #whileClosed(work: () => unknown): void {
    this.database.close();
    work();
    this.#database = open(this.#path, { dialect: 'go' });
  }

  #writeSource({ source }: { source: string }): string {
    const path = `${this.#path}.source`;
    writeFileSync(path, gunzip(source));
    return path;
  }

  #pointSize(): { point_size?: number } {
    const { pointSize } = this.#options;
    return pointSize === undefined ? {} : { point_size: pointSize };
  }
}

function configurationOptions(configuration: Configuration) {
  const { retentions, aggregation, xff, points_per_block, point_size, mix_specs } = configuration;
  return {
    retentions: retentions.map(([step, points]) => ({ step, points })),
    aggregation: aggregation as AggregationMethod | 'mix',
    xFilesFactor: xff,
    ...(points_per_block === undefined ? {} : { pointsPerBlock: points_per_block }),
    ...(point_size === undefined ? {} : { pointSize: point_size }),
    ...(mix_specs === undefined ? {} : { mix: mix_specs.map(mixSpec) }),
  };
}

function mixSpec({ method, percentile_bits }: MixSpecRow): MixSpec {
  if (percentile_bits === undefined) return { method: method as CompressedMethod };
  return { method: 'percentile', percentile: single(percentile_bits) };
}
