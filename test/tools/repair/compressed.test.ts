import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/bytes/crc32.js';
import { UINT32_MAX } from '../../../src/bytes/integers.js';
import { loadImage } from '../../../src/database/compressed-image.js';
import { PointRun } from '../../../src/format/point-run.js';
import { create, open } from '../../../src/index.js';
import type { SchemaOptions } from '../../../src/tools/repair/schema.js';
import { verify } from '../../../src/tools/verify/verify.js';
import { CompressedBytes, compressedSample, SAMPLE_NOW } from '../../support/compressed-samples.js';
import { imageOf, repaired } from '../../support/repaired.js';

// Where things stand in the sample: the headers of its two archives, and the base's buffer of two units of 10 slots.
const HEADER = [63, 191] as const;
const BUFFER = 399;
/** Of the base's five blocks 1 and 2 are closed and hold 76 points each; block 0 is open, and begins at byte 671. */
const CLOSED = [1, 2] as const;
const POINTS_OF_CLOSED = 76;
/** Points of the sample: of the base in blocks and in the buffer, of the coarser archive in blocks. */
const KEPT = pointsOf(compressedSample());

/** How many points each archive holds, its buffer included. */
function pointsOf(bytes: Uint8Array): number[] {
  return loadImage(bytes).archives.map((archive) => {
    let count = archive.buffer?.points().length ?? 0;
    for (const { start, count: more } of archive.ring.sortedRanges()) if (start !== 0) count += more + 1;
    return count;
  });
}

interface Row {
  name: string;
  damage: (file: CompressedBytes) => unknown;
  schema?: SchemaOptions;
  changes: string[];
  losses?: string[];
  /** What each archive lost; nothing if left out. */
  dropped?: [number, number];
  moved?: number;
  /** False where the file is sound and another than the sample. */
  isRestored?: boolean;
}

const SUM = 'its checksum was renewed';
const STATE = 'archive 0: what its header says of the current block was made anew';

function check({
  damage,
  schema = {},
  changes,
  losses = [],
  dropped = [0, 0],
  moved = 0,
  isRestored = true,
}: Row): void {
  const file = new CompressedBytes(compressedSample());
  const made = damage(file);
  const damaged = made instanceof Uint8Array ? made : file.bytes;
  const result = repaired(damaged, SAMPLE_NOW, schema);
  expect({ changes: result.changes, losses: result.losses }).toEqual({ changes, losses });
  expect(result.archives.map(({ dropped }) => dropped)).toEqual(dropped);
  expect(result.archives.map(({ moved }) => moved)).toEqual([moved, 0]);
  expect(result.archives.map(({ kept, moved }) => kept + moved)).toEqual(
    KEPT.map((count, i) => count - dropped[i]!),
  );
  const image = imageOf(result);
  expect(verify(image, { deep: true, now: SAMPLE_NOW })).toEqual([]);
  expect(pointsOf(image)).toEqual(KEPT.map((count, i) => count - dropped[i]!));
  if (isRestored) expect(Buffer.compare(image, compressedSample())).toBe(0);
}

describe('the headers of a compressed file', () => {
  it.each<Row>([
    {
      name: 'a stale checksum, as go-whisper leaves it when it changes settings',
      damage: ({ view }) => view.setFloat32(27, 0.25),
      changes: [SUM],
      isRestored: false,
    },
    {
      name: 'a damaged magic',
      damage: ({ bytes }) => bytes.fill(0, 0, 12),
      changes: ['its magic and version were put right: all else of it is a compressed file'],
    },
    {
      name: 'settings put to where a standard file has them',
      damage: ({ view }) => {
        view.setUint32(0, 5);
        view.setFloat32(8, 0.25);
      },
      changes: ['its magic and version were put right: all else of it is a compressed file'],
    },
    {
      name: 'another version',
      damage: ({ bytes }) => bytes.fill(7, 18, 19),
      changes: ['its magic and version were put right: all else of it is a compressed file'],
    },
    ...[
      { name: 'method', at: 19 },
      { name: 'max retention', at: 23 },
      { name: 'xFilesFactor', at: 27 },
      { name: 'archive count', at: 35 },
      { name: 'offset of archive 0', at: HEADER[0] },
      { name: 'step of archive 0', at: HEADER[0] + 4 },
      { name: 'points of archive 0', at: HEADER[0] + 8 },
      { name: 'block size of archive 0', at: HEADER[0] + 12 },
      { name: 'block count of archive 0', at: HEADER[0] + 16 },
      { name: 'offset of archive 1', at: HEADER[1] },
      { name: 'step of archive 1', at: HEADER[1] + 4 },
      { name: 'block size of archive 1', at: HEADER[1] + 12 },
    ].map(({ name, at }) => ({
      name: `a wrong ${name}`,
      damage: ({ view }: CompressedBytes) => view.setUint32(at, view.getUint32(at) ^ 0x7e00_0001),
      changes: [`its ${name} was put right, as the checksum of the metadata tells it`],
    })),
    {
      name: 'an offset and a stale checksum',
      damage: ({ view }) => {
        view.setUint32(43, 1);
        view.setUint32(HEADER[1], 12);
      },
      changes: ['the offset of archive 1 was put right, as the places of the others tell it', SUM],
    },
    {
      name: 'a block count and a stale checksum',
      damage: ({ view }) => {
        view.setUint32(43, 1);
        view.setUint32(HEADER[1] + 16, 40_000);
      },
      changes: ['the block count of archive 1 was put right, as the places of the others tell it', SUM],
    },
    {
      name: 'a method and a stale checksum, where the method was given',
      damage: ({ view }) => {
        view.setUint32(43, 1);
        view.setUint32(19, 99);
      },
      schema: { aggregation: 'average' },
      changes: ['its aggregation method is the one that was given: average', SUM],
    },
    {
      name: 'headers of noise, where the retentions were given',
      damage: ({ bytes }) => bytes.fill(0xa5, 0, 300),
      schema: { format: 'compressed', retentions: '1:200,10:100', pointsPerBlock: 50, pointSize: 3 },
      changes: [
        'its headers are those of a new file as it was asked for',
        STATE,
        'archive 1: what its header says of the current block was made anew',
        SUM,
      ],
      isRestored: false,
    },
    {
      name: 'a size of a point that is none',
      damage: (file) => {
        file.view.setFloat32(HEADER[0] + 20, Number.NaN);
        return file.stamped();
      },
      changes: ['archive 0: its points were expected to take NaN bytes, and are 3'],
    },
  ])('$name', check);

  it.each([
    {
      name: 'headers of noise',
      damage: (bytes: Uint8Array) => bytes.fill(0xa5, 35, 300),
      why: /options retentions/,
    },
    {
      name: 'a file cut off inside its headers',
      damage: (bytes: Uint8Array) => bytes.slice(0, 100),
      why: /options/,
    },
  ])('$name cannot be repaired without being told', ({ damage, why }) => {
    const result = repaired(damage(compressedSample()), SAMPLE_NOW);
    expect(result).toMatchObject({ outcome: 'hopeless', image: undefined });
    expect(result.losses.join()).toMatch(why);
  });
});

describe('ranges and the account of the current block', () => {
  it.each<Row>([
    {
      name: 'a range of zeros',
      damage: ({ bytes }) => bytes.fill(0, 319, 319 + 3 * 16).length,
      changes: [
        'archive 0: 3 blocks put right',
        'archive 0: blocks 1, 2, 0 kept by what the bits say, without a checksum that bears them out',
        SUM,
      ],
    },
    {
      name: 'ranges of noise, with a checksum that is right',
      damage: (file) => {
        file.bytes.fill(0xa5, 319, 319 + 3 * 16);
        return file.stamped();
      },
      changes: [
        'archive 0: 3 blocks put right',
        'archive 0: blocks 1, 2, 0 kept by what the bits say, without a checksum that bears them out',
      ],
      isRestored: true,
    },
    {
      name: 'a count that is one too small',
      damage: (file) => {
        file.add(file.rangeAt(0, CLOSED[0]) + 8, -1);
        return file.stamped();
      },
      changes: ['archive 0: 1 block put right'],
    },
    {
      name: 'another current block',
      damage: (file) => {
        file.view.setUint32(HEADER[0] + 24, 2);
        return file.stamped();
      },
      changes: [STATE],
    },
    {
      name: 'a current block that cannot be',
      damage: ({ bytes }) => bytes.fill(0xff, HEADER[0] + 24, HEADER[0] + 84),
      changes: [STATE, SUM],
    },
    {
      name: 'all of the accounts of the current blocks',
      damage: ({ bytes }) => {
        bytes.fill(0x11, HEADER[0] + 24, HEADER[0] + 84);
        bytes.fill(0x11, HEADER[1] + 24, HEADER[1] + 84);
      },
      changes: [STATE, 'archive 1: what its header says of the current block was made anew', SUM],
    },
  ])('$name', check);
});

describe('the blocks of a compressed file', () => {
  it('the sample has as many points in a closed block as the rows take it for', () => {
    const { ring } = loadImage(compressedSample()).archives[0]!;
    for (const block of CLOSED) expect(ring.range(block).count + 1).toBe(POINTS_OF_CLOSED);
  });

  it.each<Row>([
    {
      name: 'a value that is another, which no decoder can tell',
      damage: (file) => {
        file.bytes[file.blockAt(0, 1) + 11]! ^= 1;
      },
      changes: [
        'archive 0: 1 block put right',
        'archive 0: block 1 kept by what the bits say, without a checksum that bears them out',
      ],
      isRestored: false,
    },
    {
      name: 'the first time of a block, which its range and its CRC tell',
      damage: (file) => file.add(file.blockAt(0, 2), 0x0100_0000),
      changes: ['archive 0: the first time of block 2 was put right, as its range and CRC tell it'],
    },
    {
      name: 'bytes behind the end',
      damage: ({ bytes }) => Buffer.concat([bytes, Buffer.from('more')]),
      changes: ['4 bytes behind its last block were cut off'],
    },
    {
      name: 'a block of noise',
      damage: (file) => file.bytes.fill(0xff, file.blockAt(0, 2), file.blockAt(0, 3)),
      changes: ['archive 0: 1 block put right'],
      losses: [`archive 0: ${POINTS_OF_CLOSED} points in blocks that are damaged or missing`],
      dropped: [POINTS_OF_CLOSED, 0],
      isRestored: false,
    },
  ])('$name', check);

  it('keeps of a block the points before the damage', () => {
    const file = new CompressedBytes(compressedSample());
    const at = file.blockAt(0, 2);
    file.bytes.fill(0xff, at + 40, at + 155);
    const result = repaired(file.bytes, SAMPLE_NOW);
    const [base] = result.archives;
    expect(base!.dropped).toBeGreaterThan(40);
    expect(base!.kept + base!.dropped).toBe(KEPT[0]);
    using before = open(compressedSample());
    using after = open(imageOf(result));
    const start = after.blocks(0)[1]!.start;
    const [former, kept] = [before, after].map((database) => {
      const { timestamps, values } = database.points(0);
      return [...values.subarray(timestamps.indexOf(start))].slice(0, 8);
    });
    expect(kept).toEqual(former);
  });

  it('keeps what a file holds that was cut off inside a block', () => {
    const file = new CompressedBytes(compressedSample());
    const result = repaired(file.bytes.slice(0, file.blockAt(0, 2) + 50), SAMPLE_NOW);
    expect(result.archives.map(({ kept, dropped }) => kept + dropped)).toEqual(KEPT);
    // Of the base blocks 3 and 4 are gone, with 77 points each, and a part of block 2.
    const [base] = result.archives;
    expect(base!.dropped).toBeGreaterThan(2 * 77);
    expect(base!.dropped).toBeLessThan(2 * 77 + POINTS_OF_CLOSED);
    expect(result.archives[1]!.kept).toBe(0);
    expect(verify(imageOf(result), { deep: true, now: SAMPLE_NOW })).toEqual([]);
  });

  it.each([
    { name: 'a range that is wrong', at: HEADER[1] },
    { name: 'a range that tells of the points before', at: 50 },
  ])('takes up what a writer had put into blocks before he was stopped, at $name', ({ at }) => {
    using database = create(null, {
      format: 'compressed',
      retentions: '1:100',
      pointsPerBlock: 20,
      pointSize: 14,
    });
    const points = Array.from({ length: 70 }, (_, i) => [SAMPLE_NOW + i, Math.sin(i)] as const);
    database.updateMany(points.slice(0, 5), { now: SAMPLE_NOW + 5 });
    const before = new CompressedBytes(database.toBytes());
    database.updateMany(points.slice(5), { now: SAMPLE_NOW + 70 });
    const bytes = Uint8Array.from(database.toBytes());
    bytes.set(before.bytes.subarray(0, before.metadataSize));
    using after = open(imageOf(repaired(bytes.fill(9, at, at + 1), SAMPLE_NOW + 70)));
    expect([...after.points(0).timestamps]).toEqual(points.map(([timestamp]) => timestamp));
  });

  describe('blocks that hold the same span of time', () => {
    /** A ring that came round; the block after the current one, the oldest, gets other times, with a CRC that is right. */
    function withTimes(blocks: number, times: (start: number, end: number) => number[]) {
      using database = create(null, {
        format: 'compressed',
        retentions: '1:60',
        pointsPerBlock: 20,
        pointSize: 4,
      });
      let now = SAMPLE_NOW;
      const ring = () => loadImage(database.toBytes()).archives[0]!.ring;
      for (
        let i = 0;
        ring()
          .sortedRanges()
          .filter(({ start }) => start !== 0).length < blocks || i < 30;
        i++
      ) {
        now += 2;
        database.update(Math.sqrt(i % 97), now, { now });
      }
      const file = new CompressedBytes(database.toBytes());
      file.view.setUint32(HEADER[0] + 84, 11);
      const used = ring()
        .sortedRanges()
        .filter(({ start }) => start !== 0);
      const [oldest, next] = used as [(typeof used)[0], (typeof used)[0]];
      const odd = times(next.start, used[2]!.end);
      file.replaceBlock(0, oldest.index, odd);
      file.setRange(0, oldest.index, odd[0]!, odd.at(-1)!, odd.length - 1);
      const left = loadImage(file.stamped()).archives[0]!;
      return { bytes: file.bytes, odd, left, now, next };
    }

    function every(start: number, end: number, step: number): number[] {
      return Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => start + i * step);
    }

    it('have their points put together', () => {
      const { bytes, odd, left, now } = withTimes(3, (start) => [start + 1, start + 3]);
      const result = repaired(bytes, now);
      const after = loadImage(imageOf(result));
      expect(result.losses).toEqual([]);
      expect(after.header.archives[0]!.blockSize).toBe(left.info.blockSize);
      const times = new Set(readTimes(bytes).concat(odd));
      expect(readTimes(imageOf(result))).toEqual([...times].sort((a, b) => a - b));
      // Blocks that are left over hold nothing that could be taken for points again.
      for (const { index, start } of after.archives[0]!.ring.sortedRanges()) {
        if (start !== 0) continue;
        const at = left.info.offset + index * left.info.blockSize;
        expect(
          imageOf(result)
            .subarray(at, at + left.info.blockSize)
            .every((byte) => byte === 0),
        ).toBe(true);
      }
    });

    it('take one value where both have one', () => {
      const { bytes, now, next } = withTimes(3, (start) => [start, start + 2]);
      const result = repaired(bytes, now);
      const times = readTimes(imageOf(result));
      expect(times).toEqual([...new Set(readTimes(bytes))].sort((a, b) => a - b));
      expect(times).toContain(next.start);
      expect(result.archives[0]!.kept).toBe(times.length);
    });

    it('make the file anew where the ring has no room for all of their points', () => {
      const { bytes, now, left } = withTimes(4, (start, end) => every(start + 1, end, 2));
      const noisy = new CompressedBytes(bytes);
      const result = repaired(noisy.bytes, now);
      const image = imageOf(result);
      const [archive] = loadImage(image).header.archives;
      expect(readTimes(image)).toEqual([...new Set(readTimes(bytes))].sort((a, b) => a - b));
      expect(verify(image, { deep: true, now })).toEqual([]);
      expect(archive!.discarded).toBe(11);
      expect(left.info.blockCount).toBe(4);
      expect(result.changes).toContain(
        'it was made anew with larger blocks, since those there were have no room for all points',
      );
    });
  });

  it('stand in the order of time again where the current block was another', () => {
    const file = new CompressedBytes(compressedSample());
    const [one, other] = [file.blockAt(0, 1), file.blockAt(0, 3)];
    const size = file.blockAt(0, 1) - file.blockAt(0, 0);
    const former = file.bytes.slice(one, one + size);
    // Blocks 1 and 3 change places, with their ranges, and a buffer is damaged so that there is something to repair.
    file.bytes.copyWithin(one, other, other + size);
    file.bytes.set(former, other);
    const range = file.bytes.slice(file.rangeAt(0, 1), file.rangeAt(0, 2));
    file.bytes.copyWithin(file.rangeAt(0, 1), file.rangeAt(0, 3), file.rangeAt(0, 4));
    file.bytes.set(range, file.rangeAt(0, 3));
    file.add(BUFFER, 1000);
    const image = imageOf(repaired(file.stamped(), SAMPLE_NOW));
    expect(verify(image, { deep: true, now: SAMPLE_NOW })).toEqual([]);
    const { ring } = loadImage(image).archives[0]!;
    expect(ring.sortedRanges().map(({ index }) => index)).toEqual([1, 2, 3, 4, 0]);
    expect(readTimes(image)).toEqual(readTimes(compressedSample()));
  });
});

/** The times in the blocks of the base, as they come. */
function readTimes(bytes: Uint8Array): number[] {
  const points = new PointRun();
  loadImage(bytes).archives[0]!.ring.read(0, UINT32_MAX, points, true);
  return [...points.timestamps.subarray(0, points.length)];
}

describe('the buffer of a compressed file', () => {
  it.each<Row>([
    {
      name: 'a point in the slot of another',
      damage: (file) => {
        const slots = file.bytes.slice(BUFFER, BUFFER + 240);
        const used = Array.from({ length: 20 }, (_, i) => i).filter((i) =>
          slots.subarray(12 * i, 12 * i + 4).some(Boolean),
        );
        const free = Array.from({ length: 20 }, (_, i) => i).find((i) => !used.includes(i))!;
        file.bytes.copyWithin(BUFFER + 12 * free, BUFFER + 12 * used[1]!, BUFFER + 12 * used[1]! + 12);
        file.bytes.fill(0, BUFFER + 12 * used[1]!, BUFFER + 12 * used[1]! + 12);
        return file.stamped();
      },
      changes: [],
      moved: 1,
    },
    {
      name: 'a time of another interval',
      damage: (file) => {
        file.add(BUFFER, 1000);
        return file.stamped();
      },
      changes: [],
      losses: ['archive 0: 1 point of its buffer that belong in no slot of it'],
      dropped: [1, 0],
      isRestored: false,
    },
  ])('$name', check);
});

it('a checksum of a whole block is that of its bytes', () => {
  const file = new CompressedBytes(imageOf(repaired(compressedSample().fill(0, 335, 351), SAMPLE_NOW)));
  const at = file.blockAt(0, 1);
  expect(file.view.getUint32(file.rangeAt(0, 1) + 12)).toBe(
    crc32(file.bytes.subarray(at, file.blockAt(0, 2))),
  );
});
