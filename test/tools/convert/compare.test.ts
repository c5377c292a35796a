import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { StandardArchive } from '../../../src/archive/standard-archive.js';
import { Scratch } from '../../../src/bytes/scratch.js';
import { WhisperError } from '../../../src/errors.js';
import { MemoryFile } from '../../../src/file/memory-file.js';
import type { Format } from '../../../src/format/detect.js';
import { PointRun } from '../../../src/format/point-run.js';
import { encodeHeader, planLayout } from '../../../src/format/standard-header.js';
import { compare } from '../../../src/tools/convert/compare.js';
import { fillBlocks } from '../../../src/tools/fill-blocks.js';
import { halves } from '../../support/bits.js';
import { CompressedBytes } from '../../support/compressed-samples.js';
import { anyBits } from '../../support/point-runs.js';

vi.setConfig({ testTimeout: 60_000 });

const RUNS = { numRuns: Number(process.env['SOTTO_RUNS'] ?? 60) };
const NOW = 1_700_000_000;
const ARCHIVES = [
  { step: 60, points: 1500 },
  { step: 300, points: 600 },
];
const FORMATS: readonly Format[] = ['compressed', 'standard'];
const ONE = '3ff0000000000000';

/** A point: how many steps back, and the bits of its value. */
type Given = readonly [age: number, bits: string];

/** The points of an archive, by rising time. */
function runOf(given: readonly Given[], index: number): PointRun {
  const { step } = ARCHIVES[index]!;
  const latest = NOW - (NOW % step);
  // Room for more than there are, and something in it.
  const run = new PointRun(given.length + 3);
  for (let i = 0; i < 3 + given.length; i++) run.push(latest, ...halves(ONE));
  run.clear();
  for (const [age, bits] of given) run.push(latest - age * step, ...halves(bits));
  return run;
}

function compressedFile(points: readonly PointRun[]): Uint8Array {
  const settings = {
    aggregation: 'average',
    maxRetention: 180_000,
    xFilesFactor: 0,
    pointsPerBlock: 400,
    pointSize: 2,
  } as const;
  return fillBlocks(settings, ARCHIVES, points, 'python');
}

function standardFile(points: readonly PointRun[]): Uint8Array {
  const { archives, fileSize } = planLayout(ARCHIVES);
  const bytes = new Uint8Array(fileSize);
  bytes.set(
    encodeHeader({ aggregation: 'average', maxRetention: 180_000, xFilesFactor: 0, archives }, 'python'),
  );
  const file = new MemoryFile(bytes, 'owned');
  for (const [i, run] of points.entries()) {
    const { timestamps, values, length } = run;
    if (length > 0)
      new StandardArchive(file, archives[i]!, new Scratch()).write(timestamps, values, 0, length);
  }
  return bytes;
}

function fileOf(to: Format, points: readonly PointRun[]): Uint8Array {
  return to === 'compressed' ? compressedFile(points) : standardFile(points);
}

/** What a comparison comes to: undefined if all is there, else what was found. */
function compared(bytes: Uint8Array, points: readonly PointRun[], to: Format): string | undefined {
  try {
    compare(new MemoryFile(bytes), points, { to, now: NOW, dialect: 'python' });
    return undefined;
  } catch (error) {
    if (error instanceof WhisperError && error.code === 'WSP_CORRUPT') return error.found;
    throw error;
  }
}

function differs(archive: number): string {
  return `archive ${archive} of the new file differs from the old one`;
}

/** Points of an archive side by side or with gaps: enough for whole runs of them to be decoded at once. */
function lists(): fc.Arbitrary<Given[]> {
  const piece = fc.record({
    gap: fc.oneof(fc.constant(0), fc.nat(9)),
    count: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 20, max: 80 })),
    bits: fc.array(anyBits(), { minLength: 1, maxLength: 6 }),
  });
  return fc.array(piece, { maxLength: 6 }).map((pieces) => {
    const given: Given[] = [];
    let age = 0;
    for (const { gap, count, bits } of pieces) {
      age += gap;
      for (let i = 0; i < count; i++) given.push([age++, bits[i % bits.length]!]);
    }
    return given.reverse();
  });
}

const contents = fc.tuple(lists(), lists());

function runsOf(lists: readonly (readonly Given[])[]): PointRun[] {
  return lists.map(runOf);
}

/** A standard file holds one NaN for all. */
function isNaNOf(bits: string): boolean {
  return Number.isNaN(Buffer.from(bits, 'hex').readDoubleBE());
}

function withBit(bits: string, bit: number): string {
  const changed = BigInt(`0x${bits}`) ^ (1n << BigInt(bit));
  return changed.toString(16).padStart(16, '0');
}

describe.each(FORMATS)('a new file, %s', (to) => {
  it('with every point that it must hold is accepted', () => {
    fc.assert(
      fc.property(contents, (lists) => {
        const points = runsOf(lists);
        expect(compared(fileOf(to, points), points, to)).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('with one bit of one value changed is refused', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(63), (lists, place, bit) => {
        const at = place % Math.max(1, lists[0].length + lists[1].length);
        const archive = at < lists[0].length ? 0 : 1;
        const i = archive === 0 ? at : at - lists[0].length;
        const given = lists[archive][i];
        fc.pre(given !== undefined);
        const bits = withBit(given[1], bit);
        const other = lists.map((list, index) =>
          index === archive ? list.with(i, [given[0], bits] as const) : list,
        );
        const isSameToAll = to === 'standard' && isNaNOf(bits) && isNaNOf(given[1]);
        const found = compared(fileOf(to, runsOf(other)), runsOf(lists), to);
        expect(found).toBe(isSameToAll ? undefined : differs(archive));
      }),
      { numRuns: 3 * RUNS.numRuns },
    );
  });

  it('with a point more, fewer or at another time is refused', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(0, 1), fc.nat(), fc.nat(2), (lists, archive, place, kind) => {
        const list = lists[archive as 0 | 1];
        const ages = new Set(list.map(([age]) => age));
        const free = [...Array(list.length + 2).keys()].filter((age) => !ages.has(age));
        const age = free[place % free.length]!;
        const i = place % Math.max(1, list.length);
        fc.pre(kind === 0 || list.length > 0);
        const changed = kind === 0 ? [...list] : list.toSpliced(i, 1);
        if (kind !== 1) changed.push([age, kind === 0 ? ONE : list[i]![1]]);
        changed.sort(([a], [b]) => b - a);
        const other = lists.map((list, index) => (index === archive ? changed : list));
        expect(compared(fileOf(to, runsOf(other)), runsOf(lists), to)).toBe(differs(archive));
      }),
      { numRuns: 3 * RUNS.numRuns },
    );
  });

  it('is told by the first archive that differs, and by how many points it must hold', () => {
    const [some, more] = [[[1, ONE]], [[0, ONE]]] as Given[][];
    const made = fileOf(to, runsOf([some!, some!]));
    expect(() =>
      compare(new MemoryFile(made), runsOf([some!, more!]), { to, now: NOW, dialect: 'python' }),
    ).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        found: differs(1),
        expected: 'the same 1 points; the old file is as it was',
      }),
    );
    expect(compared(made, runsOf([more!, more!]), to)).toBe(differs(0));
  });

  it('holds of points of one time the last', () => {
    const [first, last] = ['4000000000000000', '4010000000000000'];
    const twice: Given[] = [
      [3, ONE],
      [2, first],
      [2, last],
      [1, ONE],
    ];
    const points = runsOf([twice, []]);
    const made = (bits: string) =>
      fileOf(
        to,
        runsOf([
          [
            [3, ONE],
            [2, bits],
            [1, ONE],
          ],
          [],
        ]),
      );
    expect(compared(made(last), points, to)).toBeUndefined();
    expect(compared(made(first), points, to)).toBe(differs(0));
  });

  it('without points is right where there are none, and only there', () => {
    expect(compared(fileOf(to, runsOf([[], []])), runsOf([[], []]), to)).toBeUndefined();
    expect(compared(fileOf(to, runsOf([[], []])), runsOf([[[0, ONE]], []]), to)).toBe(differs(0));
    expect(compared(fileOf(to, runsOf([[[0, ONE]], []])), runsOf([[], []]), to)).toBe(differs(0));
  });
});

describe('what is compared', () => {
  it('is not what stands in a run behind its last point', () => {
    const all: Given[] = Array.from({ length: 40 }, (_, i) => [39 - i, ONE]);
    const fewer = runOf(all, 0);
    fewer.length = 30;
    expect(compared(compressedFile([runOf(all, 0), runOf([], 1)]), [fewer, runOf([], 1)], 'compressed')).toBe(
      differs(0),
    );
    expect(compared(standardFile([runOf(all, 0), runOf([], 1)]), [fewer, runOf([], 1)], 'standard')).toBe(
      differs(0),
    );
  });

  it('is every bit of the points in a compressed file', () => {
    const list: Given[] = Array.from({ length: 300 }, (_, i) => [
      299 - i,
      i % 3 === 0 ? '7ff80000deadbeef' : withBit(ONE, i % 64),
    ]);
    const points = runsOf([list, []]);
    const made = compressedFile(points);
    const { header } = new CompressedBytes(made);
    const { offset, current } = header.archives[0]!;
    // Up to the last complete byte, which is as far as the CRC of a current block goes.
    fc.assert(
      fc.property(fc.integer({ min: offset, max: current.lastByteOffset - 1 }), fc.nat(7), (at, bit) => {
        const changed = made.slice();
        changed[at]! ^= 1 << bit;
        expect(compared(changed, points, 'compressed')).toBeDefined();
      }),
      { numRuns: 5 * RUNS.numRuns },
    );
  });

  it('is every bit of the slots in a standard file, but which NaN stands there', () => {
    const list: Given[] = Array.from({ length: 50 }, (_, i) => [49 - i, withBit(ONE, i)]);
    const points = runsOf([list, []]);
    const made = standardFile(points);
    const { offset } = planLayout(ARCHIVES).archives[0]!;
    fc.assert(
      fc.property(fc.nat(50 * 12 - 1), fc.nat(7), (at, bit) => {
        const changed = made.slice();
        changed[offset + at]! ^= 1 << bit;
        expect(compared(changed, points, 'standard')).toBe(differs(0));
      }),
      { numRuns: 5 * RUNS.numRuns },
    );
  });
});
