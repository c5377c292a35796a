/**
 * The points of many metrics, gathered in whatever order they come, and given back metric by metric.
 *
 * What exceeds the memory set aside for it goes to a temporary file for each group of metrics, so that a metric comes whole
 * however many there are.
 */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemError } from '../../errors.js';
import { PointRun } from '../../format/point-run.js';

/** Points held in memory: with their columns some 100 MB. */
const MOST_POINTS = 4 * 1024 * 1024;
/** Files that the others are parted into. */
const PARTS = 64;
/** Bytes of a point in such a file: the number of its metric, its time, its value. */
const RECORD = 24;

export class MetricPoints {
  readonly #limit: number;
  readonly #runs = new Map<string, PointRun>();
  /** By name, in the order in which they came; only once something was written out. */
  readonly #numbers = new Map<string, number>();
  #held = 0;
  #folder: string | undefined;

  /** @param limit  points to be held in memory */
  constructor(limit = MOST_POINTS) {
    this.#limit = limit;
  }

  push(metric: string, timestamp: number, value: number): void {
    let run = this.#runs.get(metric);
    if (run === undefined) {
      run = new PointRun(8);
      this.#runs.set(metric, run);
      if (!this.#numbers.has(metric)) this.#numbers.set(metric, this.#numbers.size);
    }
    run.pushValue(timestamp, value);
    if (++this.#held > this.#limit) this.#writeOut();
  }

  /** How many metrics there are. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Every metric with all of its points in the order in which they came. */
  *[Symbol.iterator](): Generator<[metric: string, points: PointRun]> {
    if (this.#folder === undefined) {
      yield* this.#runs;
      return;
    }
    this.#writeOut();
    const names = [...this.#numbers.keys()];
    for (let part = 0; part < PARTS; part++) {
      for (const [number, run] of this.#readPart(part)) yield [names[number]!, run];
    }
  }

  /** Removes what was written out. */
  [Symbol.dispose](): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  #writeOut(): void {
    this.#folder ??= makeFolder();
    const parts = Array.from({ length: PARTS }, () => [] as [number, PointRun][]);
    for (const [metric, run] of this.#runs) {
      const number = this.#numbers.get(metric)!;
      parts[number % PARTS]!.push([number, run]);
    }
    for (const [part, runs] of parts.entries()) if (runs.length > 0) this.#append(part, encodeRuns(runs));
    this.#runs.clear();
    this.#held = 0;
  }

  #append(part: number, bytes: Uint8Array): void {
    const path = this.#pathOf(part);
    try {
      const fd = openSync(path, 'a');
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw systemError(error, path, 'set points aside in it');
    }
  }

  #readPart(part: number): Map<number, PointRun> {
    const path = this.#pathOf(part);
    try {
      const bytes = readFileSync(path);
      return decodeRuns(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      // A part in which no metric fell.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw systemError(error, path, 'read points from it');
    }
  }

  #pathOf(part: number): string {
    return join(this.#folder!, String(part));
  }
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'sotto-import-'));
  } catch (error) {
    throw systemError(error, tmpdir(), 'make a folder in it');
  }
}

function encodeRuns(runs: readonly (readonly [number, PointRun])[]): Uint8Array {
  const count = runs.reduce((sum, [, { length }]) => sum + length, 0);
  const bytes = new Uint8Array(RECORD * count);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [number, { timestamps, values, length }] of runs) {
    for (let i = 0; i < length; i++, at += RECORD) {
      view.setFloat64(at, number);
      view.setFloat64(at + 8, timestamps[i]!);
      view.setFloat64(at + 16, values[i]!);
    }
  }
  return bytes;
}

function decodeRuns(view: DataView): Map<number, PointRun> {
  const runs = new Map<number, PointRun>();
  for (let at = 0; at < view.byteLength; at += RECORD) {
    const number = view.getFloat64(at);
    let run = runs.get(number);
    if (run === undefined) {
      run = new PointRun(8);
      runs.set(number, run);
    }
    run.pushValue(view.getFloat64(at + 8), view.getFloat64(at + 16));
  }
  return runs;
}
