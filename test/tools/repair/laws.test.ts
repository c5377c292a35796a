import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HIGH, LOW } from '../../../src/bytes/double-bits.js';
import { UINT32_MAX } from '../../../src/bytes/integers.js';
import { decodePoints } from '../../../src/codec/block-decoder.js';
import { loadImage } from '../../../src/database/compressed-image.js';
import { planMetadata } from '../../../src/format/compressed-header.js';
import { PointRun } from '../../../src/format/point-run.js';
import { type CompressedInfo, type Database, open } from '../../../src/index.js';
import { verify } from '../../../src/tools/verify/verify.js';
import { compressedLayouts, createCompressed, values } from '../../support/compressed-histories.js';
import { cutOff, type Damage, flipBit, lengthened, place } from '../../support/damage.js';
import { damagedFiles, realFiles, WRITTEN_AT } from '../../support/odd-bytes.js';
import {
  WRITTEN_AT as COMPRESSED_AT,
  damagedCompressedFiles,
  realCompressedFiles,
} from '../../support/odd-compressed-bytes.js';
import { imageOf, repaired } from '../../support/repaired.js';

const runs = Number(process.env['SOTTO_RUNS'] ?? 80);

vi.setConfig({ testTimeout: Math.max(60_000, 1000 * runs) });

/** Files of either format, sound or damaged, each with the time at which it is repaired. */
const FORMATS = [
  { format: 'standard', sound: realFiles, damaged: damagedFiles, now: WRITTEN_AT },
  { format: 'compressed', sound: realCompressedFiles, damaged: damagedCompressedFiles, now: COMPRESSED_AT },
] as const;

describe.each(FORMATS)('the repair of a $format file', ({ sound, damaged, now }) => {
  it('leaves a sound one alone', () => {
    fc.assert(
      fc.property(sound(), (bytes) => {
        expect(repaired(bytes, now)).toMatchObject({ outcome: 'sound', image: undefined });
      }),
      { numRuns: runs },
    );
  });

  it('leaves nothing worse than oddities, and nothing to do for a second one', () => {
    fc.assert(
      fc.property(damaged(), (bytes) => {
        const before = Uint8Array.from(bytes);
        const first = repaired(bytes, now);
        expect(Buffer.compare(bytes, before)).toBe(0);
        // Only what says too little is given up, never what came out wrong.
        expect(first.losses.join()).not.toMatch(/is not sound/);
        if (first.image === undefined) return;
        const after = imageOf(first);
        const findings = verify(after, { deep: true, now });
        expect(findings.filter(({ level }) => level === 'damage')).toEqual([]);
        open(after).close();
        expect(repaired(after, now)).toMatchObject({ outcome: 'sound' });
      }),
      { numRuns: 4 * runs },
    );
  });
});

/** Damage behind the header: bits, runs of zeros, a cut, bytes behind the end. */
function bodyDamage(): fc.Arbitrary<Damage> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.tuple(place(), fc.nat(7)).map(([at, bit]) => flipBit(at, bit)) },
    { weight: 2, arbitrary: fc.tuple(place(), fc.nat(40)).map(([at, length]) => zeros(at, length)) },
    { weight: 1, arbitrary: cutOff() },
    { weight: 1, arbitrary: lengthened() },
  );
}

function zeros(at: number, length: number): Damage {
  return (bytes) => {
    const start = Math.floor(at * bytes.length);
    return Uint8Array.from(bytes).fill(0, start, start + length);
  };
}

/** Does damage to all of a file but its beginning. */
function behind(start: number, bytes: Uint8Array, damages: readonly Damage[]): Uint8Array {
  const body = damages.reduce((rest, damage) => damage(rest), bytes.subarray(start));
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, start), body]));
}

it('every point of a standard file whose bytes are whole is there after the repair', () => {
  const damages = fc.array(bodyDamage(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(realFiles(), damages, (bytes, damages) => {
      using before = open(bytes);
      const { archives } = before.info;
      const damaged = behind(archives[0]!.offset, bytes, damages);
      const slots = archives.map((_, index) => before.slots(index));
      const latest = slots.map(({ timestamps }) => Math.max(...timestamps));
      const outcome = repaired(damaged, Math.min(...latest.filter((time) => time > 0)));
      using after = open(outcome.outcome === 'sound' ? damaged : imageOf(outcome));
      for (const [index, { offset, step, points }] of archives.entries()) {
        const { timestamps, values } = slots[index]!;
        const isWhole = [...timestamps.keys()].map((slot) => {
          const at = offset + 12 * slot;
          return Buffer.compare(bytes.subarray(at, at + 12), damaged.subarray(at, at + 12)) === 0;
        });
        const whole = isWhole.filter((isWhole, slot) => isWhole && timestamps[slot] !== 0).length;
        // With as many wrong points as right ones nobody knows which are which.
        if (whole <= isWhole.filter((isWhole) => !isWhole).length) continue;
        const there = after.slots(index);
        const found = new Map(
          [...there.timestamps].map((timestamp, slot) => [timestamp, there.values[slot]]),
        );
        for (const [slot, timestamp] of timestamps.entries()) {
          if (!isWhole[slot] || timestamp === 0 || timestamp <= latest[index]! - step * points) continue;
          expect(found.get(timestamp)).toBe(values[slot]);
        }
      }
    }),
    { numRuns: 4 * runs },
  );
});

/** For each archive the points of its blocks: by time the bits of the value. */
function blockPoints(bytes: Uint8Array): Map<number, bigint>[] {
  return loadImage(bytes).archives.map(({ ring }) => {
    const points = new PointRun();
    ring.read(0, UINT32_MAX, points, false);
    const bits = new BigUint64Array(points.values.buffer, points.values.byteOffset, points.length);
    return new Map([...bits].map((value, i) => [points.timestamps[i]!, value]));
  });
}

/** Points, as lines, that one state has and another has not. */
function missing(expected: Map<number, bigint>[], found: Map<number, bigint>[]): string[] {
  return expected.flatMap((points, archive) =>
    [...points].flatMap(([timestamp, bits]) => {
      return found[archive]!.get(timestamp) === bits ? [] : [`archive ${archive}: ${timestamp}`];
    }),
  );
}

function headersSize(bytes: Uint8Array): number {
  return 63 + 128 * new DataView(bytes.buffer, bytes.byteOffset).getUint32(35);
}

function metadataSize(bytes: Uint8Array): number {
  const { archives, aggregation } = loadImage(bytes).header;
  return planMetadata(archives, aggregation === 'mix').size;
}

it('every point in blocks is there whatever becomes of ranges, buffers and the checksum', () => {
  const damages = fc.array(bodyDamage(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(realCompressedFiles(), damages, fc.boolean(), (bytes, damages, isCurrentDamaged) => {
      const size = metadataSize(bytes);
      // From the account of the last archive's current block on, or from the ranges.
      const start = headersSize(bytes) - (isCurrentDamaged ? 90 : 0);
      const metadata = damages.reduce<Uint8Array>(
        (rest, damage) => {
          const changed = damage(rest);
          return changed.length === rest.length ? changed : rest;
        },
        bytes.slice(start, size),
      );
      const damaged = Uint8Array.from(bytes);
      damaged.set(metadata, start);
      const outcome = repaired(damaged, COMPRESSED_AT);
      const after = outcome.outcome === 'sound' ? damaged : imageOf(outcome);
      expect(missing(blockPoints(bytes), blockPoints(after))).toEqual([]);
    }),
    { numRuns: 4 * runs },
  );
});

/** States of a file before and after calls that left it as long as it was. */
function updates(): fc.Arbitrary<{ before: Uint8Array; after: Uint8Array }[]> {
  return compressedLayouts().chain((layout) => {
    const [step, points] = layout.archives[0]!;
    const age = fc.oneof(fc.nat(3 * step), fc.nat(step * points));
    const batch = fc.array(fc.tuple(age, values()), { minLength: 1, maxLength: 60, size: 'max' });
    const ticks = fc.array(fc.tuple(fc.nat(30), batch), { minLength: 2, maxLength: 8 });
    return ticks.map((ticks) => {
      using database = createCompressed(null, layout);
      const pairs: { before: Uint8Array; after: Uint8Array }[] = [];
      let now = COMPRESSED_AT - ticks.reduce((sum, [wait]) => sum + wait * step, 0);
      for (const [wait, batch] of ticks) {
        now += wait * step;
        const before = Uint8Array.from(database.toBytes());
        const growths = growthsOf(database);
        database.updateMany(
          batch.map(([age, value]) => [now - age, value] as const),
          { now },
        );
        const after = Uint8Array.from(database.toBytes());
        if (growthsOf(database) === growths && before.length === after.length) pairs.push({ before, after });
      }
      return pairs;
    });
  });
}

function growthsOf({ info }: Database): number {
  return (info as CompressedInfo).archives.reduce((sum, { growths }) => sum + growths, 0);
}

it('every point in blocks outlives metadata of which a part is from before a call', () => {
  let torn = 0;
  fc.assert(
    fc.property(
      updates(),
      fc.array(place(), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (pairs, places, isNewFirst) => {
        for (const { before, after } of pairs) {
          const size = metadataSize(after);
          const cuts = places.map((at) => Math.floor(at * size));
          for (let cut = 512; cut < size; cut += 512) cuts.push(cut);
          for (const cut of cuts) {
            const [start, rest] = isNewFirst ? [after, before] : [before, after];
            const damaged = Uint8Array.from(after);
            damaged.set(start.subarray(0, cut));
            damaged.set(rest.subarray(cut, size), cut);
            const outcome = repaired(damaged, COMPRESSED_AT);
            if (outcome.outcome !== 'sound') torn++;
            const found = blockPoints(outcome.outcome === 'sound' ? damaged : imageOf(outcome));
            const stored = blockPoints(after);
            const earlier = blockPoints(before).map((points, i) => {
              // What the call took away or replaced is gone for good.
              return new Map([...points].filter(([timestamp, bits]) => stored[i]!.get(timestamp) === bits));
            });
            expect(missing(earlier, found)).toEqual([]);
          }
        }
      },
    ),
    { numRuns: runs },
  );
  expect(torn).toBeGreaterThan(runs);
});

it('of a damaged block every point before the damage is there, and of the others every point', () => {
  fc.assert(
    fc.property(realCompressedFiles(), place(), fc.nat(7), (bytes, at, bit) => {
      const start = metadataSize(bytes);
      const damaged = behind(start, bytes, [flipBit(at, bit)]);
      const flipped = damaged.findIndex((byte, i) => byte !== bytes[i]);
      const outcome = repaired(damaged, COMPRESSED_AT);
      const found = blockPoints(outcome.outcome === 'sound' ? damaged : imageOf(outcome));
      for (const [i, { ring, info }] of loadImage(bytes).archives.entries()) {
        for (let block = 0; block < info.blockCount; block++) {
          const offset = info.offset + block * info.blockSize;
          const isHit = flipped >= offset && flipped < offset + info.blockSize;
          const points = new PointRun();
          const { count } = ring.range(block);
          if (ring.range(block).start === 0) continue;
          // A point is whole if another one that begins before the flipped byte follows it.
          let whole = count + 1;
          ring.readBlock(block, points, { most: count + 1 });
          if (isHit) {
            const bits = bytes.slice(offset, offset + info.blockSize + 64);
            whole = 0;
            for (let most = 1; most <= count + 1; most++) {
              const { end } = decodePoints(bits, info.blockSize, info.step, new PointRun(), { most });
              if (end <= 8 * (flipped - offset)) whole = most;
            }
          }
          for (let j = 0; j < whole; j++) {
            const bits = (BigInt(points.halves[2 * j + HIGH]!) << 32n) | BigInt(points.halves[2 * j + LOW]!);
            expect(found[i]!.get(points.timestamps[j]!)).toBe(bits);
          }
        }
      }
    }),
    { numRuns: 4 * runs },
  );
});
