/**
 * The buffer of a compressed archive: two units, in which late points find their place before they go to a block.
 *
 *   a unit is `slots` raw points (12 bytes); it holds one interval of the next coarser archive
 *   the slot of a point is (time − base) / step, and base is the start of that interval
 *   time 0 marks a free slot
 *
 * The base is not stored: it is that of the first used slot. Nor is it stored which unit holds the newer interval.
 */

import { HIGH, LOW } from '../bytes/double-bits.js';
import { Extent } from '../bytes/extent.js';
import { floorTo } from '../bytes/integers.js';
import { PointRun } from '../format/point-run.js';
import { decodeRawPoint, RAW_POINT_SIZE } from '../format/raw-point.js';

export type Unit = 0 | 1;

export class WriteBuffer {
  /** What of it was changed since whoever keeps the metadata last cleared this. */
  readonly touched = new Extent();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #slots: number;
  readonly #step: number;
  readonly #coarseStep: number;
  /** The interval of each unit, once it was looked for. */
  readonly #bases: [number | undefined, number | undefined] = [undefined, undefined];

  /**
   * @param bytes       both units, in the metadata, where they are changed
   * @param step        seconds, of the archive
   * @param coarseStep  seconds, of the next coarser one
   */
  constructor(bytes: Uint8Array, step: number, coarseStep: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#slots = bytes.length / (2 * RAW_POINT_SIZE);
    this.#step = step;
    this.#coarseStep = coarseStep;
  }

  /** Bytes of both units. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Slots of a unit. */
  get slots(): number {
    return this.#slots;
  }

  /** The interval that a unit holds; 0 if it is empty. */
  base(unit: Unit): number {
    this.#bases[unit] ??= this.#findBase(unit);
    return this.#bases[unit];
  }

  #findBase(unit: Unit): number {
    for (let slot = 0; slot < this.#slots; slot++) {
      const timestamp = this.#view.getUint32(this.#placeOf(unit, slot));
      if (timestamp !== 0) return floorTo(timestamp, this.#coarseStep);
    }
    return 0;
  }

  /** The oldest interval of the coarser archive that still finds a place; 0 for any (doc/format.md, quirk 13). */
  oldestAllowed(): number {
    const [first, second] = [this.base(0), this.base(1)];
    if (second === 0) return 0;
    return first === 0 ? second : Math.min(first, second);
  }

  /**
   * Puts point `i` of a run into its slot, in the place of what is there.
   *
   * @param base  the interval of the unit: the one it holds, or, if it is empty, the one it shall hold
   * @returns     whether there was a point in it
   */
  put(unit: Unit, base: number, points: PointRun, i: number): boolean {
    const timestamp = points.timestamps[i]!;
    const place = this.#placeOf(unit, (timestamp - base) / this.#step);
    const isTaken = this.#view.getUint32(place) !== 0;
    this.#view.setUint32(place, timestamp);
    this.#view.setUint32(place + 4, points.halves[2 * i + HIGH]!);
    this.#view.setUint32(place + 8, points.halves[2 * i + LOW]!);
    this.touched.include(place, place + RAW_POINT_SIZE);
    this.#bases[unit] = base;
    return isTaken;
  }

  /** Becomes what another buffer of the same size is. */
  copyFrom(other: WriteBuffer): void {
    this.#bytes.set(other.#bytes);
    this.touched.include(0, this.size);
    this.#bases.fill(undefined);
  }

  /** Takes the points of a unit out, in the order of their slots, and appends them to a run. */
  take(unit: Unit, into = new PointRun(this.#slots)): PointRun {
    this.#collect(unit, into);
    const [start, end] = [this.#placeOf(unit, 0), this.#placeOf(unit, this.#slots)];
    this.#bytes.fill(0, start, end);
    this.touched.include(start, end);
    this.#bases[unit] = 0;
    return into;
  }

  /** Takes the points of the times [from, until] out and gives them, in the order of their slots, unit 0 first. */
  erase(from: number, until: number): PointRun {
    const erased = new PointRun(0);
    const view = this.#view;
    for (let place = 0; place < this.size; place += RAW_POINT_SIZE) {
      const timestamp = view.getUint32(place);
      if (timestamp === 0 || timestamp < from || timestamp > until) continue;
      erased.push(timestamp, view.getUint32(place + 4), view.getUint32(place + 8));
      this.#bytes.fill(0, place, place + RAW_POINT_SIZE);
      this.touched.include(place, place + RAW_POINT_SIZE);
      this.#bases.fill(undefined);
    }
    return erased;
  }

  /** Whether there is a point of a time. */
  holds(timestamp: number): boolean {
    const unit = this.#unitOf(timestamp);
    return unit !== undefined && this.#view.getUint32(this.#placeIn(unit, timestamp)) === timestamp;
  }

  /** Puts points in the place of those that are there. */
  replace(points: PointRun): void {
    for (let i = 0; i < points.length; i++) {
      const unit = this.#unitOf(points.timestamps[i]!);
      if (unit !== undefined) this.put(unit, this.base(unit), points, i);
    }
  }

  /** The unit that holds the interval of a time; undefined if none does. */
  #unitOf(timestamp: number): Unit | undefined {
    const interval = floorTo(timestamp, this.#coarseStep);
    if (interval === 0) return undefined;
    return this.base(0) === interval ? 0 : this.base(1) === interval ? 1 : undefined;
  }

  #placeIn(unit: Unit, timestamp: number): number {
    return this.#placeOf(unit, (timestamp - this.base(unit)) / this.#step);
  }

  /** The points of both units in the order of their slots, unit 0 first. */
  points(): PointRun {
    const points = new PointRun(2 * this.#slots);
    this.#collect(0, points);
    this.#collect(1, points);
    return points;
  }

  /** Every slot in its order, free ones as time 0. */
  *slotsInOrder(): Generator<{ timestamp: number; high: number; low: number }> {
    for (let slot = 0; slot < 2 * this.#slots; slot++)
      yield decodeRawPoint(this.#view, slot * RAW_POINT_SIZE);
  }

  #collect(unit: Unit, into: PointRun): void {
    const view = this.#view;
    const end = this.#placeOf(unit, this.#slots);
    for (let place = this.#placeOf(unit, 0); place < end; place += RAW_POINT_SIZE) {
      const timestamp = view.getUint32(place);
      if (timestamp !== 0) into.push(timestamp, view.getUint32(place + 4), view.getUint32(place + 8));
    }
  }

  #placeOf(unit: Unit, slot: number): number {
    return (unit * this.#slots + slot) * RAW_POINT_SIZE;
  }
}
