/** Points put into blocks of a ring and taken out of them, beside a Map. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damageOf } from '../../src/archive/block-reader.js';
import { BlockRing } from '../../src/archive/block-ring.js';
import { RingEdit } from '../../src/archive/ring-edit.js';
import { BlockEncoder } from '../../src/codec/block-encoder.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import { planBlocks } from '../../src/format/block-plan.js';
import { BLOCK_RANGE_SIZE } from '../../src/format/block-range.js';
import { PointRun } from '../../src/format/point-run.js';

const STEP = 10;
const T0 = 1_599_998_400;
const COUNT = 5;

type Pair = readonly [timestamp: number, value: number];

class Bench {
  readonly file: MemoryFile;
  readonly ring: BlockRing;
  readonly ranges = new Uint8Array(BLOCK_RANGE_SIZE * COUNT);

  constructor(pointSize = 5) {
    const plan = planBlocks([{ step: STEP, points: 60, pointSize, blockCount: COUNT }], 15, pointSize);
    this.file = new MemoryFile(new Uint8Array(plan.fileSize), 'owned');
    this.ring = new BlockRing(this.file, plan.archives[0]!, this.ranges, new BlockEncoder());
  }

  get pairs(): Pair[] {
    const all = new PointRun();
    this.ring.read(0, Number.POSITIVE_INFINITY, all, false);
    return Array.from({ length: all.length }, (_, i) => [all.timestamps[i]!, all.values[i]!] as const);
  }

  /** What is wrong with the ring, block by block and in its order. */
  get faults(): string[] {
    const { ring } = this;
    const faults: string[] = [];
    let latest = 0;
    for (let i = 1; i <= COUNT; i++) {
      const index = (ring.current.index + i) % COUNT;
      const { start, end, count } = ring.range(index);
      if (start === 0) {
        if (latest > 0) faults.push(`block ${index} is empty, and behind others`);
        continue;
      }
      if (start <= latest) faults.push(`block ${index} begins at ${start}, after ${latest}`);
      latest = end;
      const damage = damageOf(
        ring.readBlock(index, new PointRun(), index === ring.current.index ? { most: count + 1 } : {}),
      );
      if (damage !== undefined) faults.push(damage);
    }
    return latest === ring.latest
      ? faults
      : [...faults, `the latest is ${ring.latest} in place of ${latest}`];
  }
}

function run(pairs: readonly Pair[]): PointRun {
  const points = new PointRun();
  for (const [timestamp, value] of pairs.toSorted(([a], [b]) => a - b)) points.pushValue(timestamp, value);
  return points;
}

const pairs = fc.uniqueArray(
  fc.tuple(
    fc.nat(59).map((slot) => T0 + STEP * slot),
    fc.oneof(fc.nat(3), fc.double({ noNaN: true })),
  ),
  { selector: ([timestamp]) => timestamp, maxLength: 25 },
);

describe('a change of a ring', () => {
  it('leaves the points that a Map has, in sound blocks in the order of time, or nothing changed', () => {
    const command = fc.oneof(
      { weight: 3, arbitrary: pairs.map((put) => ({ put })) },
      {
        weight: 1,
        arbitrary: fc.tuple(fc.nat(59), fc.nat(30)).map(([from, length]) => ({ from, until: from + length })),
      },
    );
    const outcomes = { done: 0, crowded: 0 };
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), fc.constantFrom(4, 6, 9), (commands, pointSize) => {
        const bench = new Bench(pointSize);
        const held = new Map<number, number>();
        for (const command of commands) {
          const before = [[...bench.file.bytes], [...bench.ranges], bench.ring.current];
          const edit = new RingEdit(bench.ring);
          const after = new Map(held);
          if ('put' in command) {
            const { replaced, lost } = edit.insert(run(command.put));
            expect(lost).toBe(0);
            for (const [timestamp, value] of command.put) after.set(timestamp, value);
            expect(replaced).toBe(held.size + command.put.length - after.size);
          } else {
            const [from, until] = [T0 + STEP * command.from, T0 + STEP * command.until];
            for (const timestamp of held.keys())
              if (timestamp >= from && timestamp <= until) after.delete(timestamp);
            expect(edit.erase(from, until)).toEqual({ erased: held.size - after.size, damaged: 0 });
          }
          if (edit.commit(0)) {
            outcomes.done++;
            held.clear();
            for (const [timestamp, value] of after) held.set(timestamp, value);
          } else {
            outcomes.crowded++;
            expect([[...bench.file.bytes], [...bench.ranges], bench.ring.current]).toEqual(before);
          }
          expect(bench.pairs).toEqual([...held].toSorted(([a], [b]) => a - b));
          expect(bench.faults).toEqual([]);
        }
      }),
      { numRuns: Number(process.env['SOTTO_RUNS'] ?? 150), seed: 7 },
    );
    expect(outcomes.done).toBeGreaterThan(0);
    expect(outcomes.crowded).toBeGreaterThan(0);
  });

  it('gathers points as they shall be, before they are written', () => {
    fc.assert(
      fc.property(pairs, pairs, fc.nat(59), fc.nat(59), (first, second, a, b) => {
        const bench = new Bench(14);
        new RingEdit(bench.ring).insert(run(first));
        const filling = new RingEdit(bench.ring);
        filling.insert(run(first));
        filling.commit(0);
        const edit = new RingEdit(bench.ring);
        edit.insert(run(second));
        const [from, until] = [T0 + STEP * Math.min(a, b), T0 + STEP * Math.max(a, b)];
        const wanted = [...new Map([...first, ...second])]
          .filter(([timestamp]) => timestamp >= from && timestamp <= until)
          .toSorted(([x], [y]) => x - y);
        const gathered = edit.gather(from, until)!;
        expect([...gathered.timestamps.subarray(0, gathered.length)]).toEqual(
          wanted.map(([timestamp]) => timestamp),
        );
        expect([...gathered.values.subarray(0, gathered.length)]).toEqual(wanted.map(([, value]) => value));
      }),
    );
  });

  it('drops only what is too old, and only where there is no other room', () => {
    const bench = new Bench(4);
    let slot = 0;
    const isFull = () => bench.ring.sortedRanges().every(({ start }) => start !== 0);
    for (; !isFull(); slot += 2) bench.ring.append(run([[T0 + STEP * slot, Math.sin(slot)]]));
    const held = bench.pairs;
    const [oldest, , third] = bench.ring.sortedRanges();
    const late = run(
      Array.from({ length: 4 }, (_, i) => [third!.start + STEP * (2 * i + 1), Math.cos(i)] as const),
    );
    const insert = () => {
      const edit = new RingEdit(bench.ring);
      edit.insert(late);
      return edit;
    };
    expect(insert().commit(oldest!.end)).toBe(false);
    expect(bench.pairs).toEqual(held);
    expect(insert().commit(oldest!.end + 1)).toBe(true);
    expect(bench.faults).toEqual([]);
    const left = held.filter(([timestamp]) => timestamp > oldest!.end);
    expect(bench.pairs).toHaveLength(left.length + 4);
    expect(bench.pairs).toEqual(expect.arrayContaining(left));
  });

  it('leaves a damaged block alone, and tells how many points have no place for it', () => {
    const bench = new Bench(4);
    const fill = new RingEdit(bench.ring);
    fill.insert(run(Array.from({ length: 20 }, (_, i) => [T0 + 2 * STEP * i, Math.sin(i)] as const)));
    expect(fill.commit(0)).toBe(true);
    const [first, second] = bench.ring.sortedRanges();
    const { offset, blockSize } = bench.ring.info;
    const at = offset + first!.index * blockSize + 14;
    const broken = Uint8Array.of(bench.file.bytes[at]! ^ 0x55);
    bench.file.writeAt(broken, 1, at);
    const edit = new RingEdit(bench.ring);
    const late = run([
      [first!.start + STEP, 1],
      [first!.start + 3 * STEP, 2],
      [second!.start + STEP, 3],
    ]);
    expect(edit.insert(late)).toEqual({ replaced: 0, lost: 2, inBlocks: 3 });
    expect(edit.gather(first!.start, first!.end)).toBeUndefined();
    expect(edit.commit(0)).toBe(true);
    const found = new PointRun();
    bench.ring.read(second!.start, second!.start + STEP, found, false);
    expect(found.values[1]).toBe(3);
  });
});
