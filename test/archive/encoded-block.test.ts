import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeBlocks } from '../../src/archive/encoded-block.js';
import { crc32 } from '../../src/bytes/crc32.js';
import { decodePoints } from '../../src/codec/block-decoder.js';
import { BlockEncoder, EMPTY_BLOCK } from '../../src/codec/block-encoder.js';
import { PointRun } from '../../src/format/point-run.js';
import { runOf, runs } from '../support/point-runs.js';

const sizes = fc.integer({ min: 40, max: 300 });

it('holds in its blocks all points, each as a writer would have left it', () => {
  fc.assert(
    fc.property(
      runs({ longest: 60 }),
      sizes,
      fc.integer({ min: 40, max: 100 }),
      fc.boolean(),
      (given, size, percent, isLastOpen) => {
        const points = runOf(given);
        const target = Math.max(40, Math.floor((size * percent) / 100));
        const blocks = encodeBlocks(
          new BlockEncoder(),
          points,
          { step: given.step, blockSize: size, isLastOpen },
          target,
        );
        const all = new PointRun();
        for (const [i, { bytes, state }] of blocks.entries()) {
          const isOpen = isLastOpen && i === blocks.length - 1;
          const whole = new Uint8Array(size + 64);
          whole.set(bytes);
          const before = all.length;
          const decoded = decodePoints(whole, size, given.step, all, {}, null);
          expect([decoded.count, decoded.damage, decoded.isRising]).toEqual([
            state.count + 1,
            undefined,
            true,
          ]);
          expect([all.timestamps[before], all.timestamps[all.length - 1]]).toEqual([
            state.first.timestamp,
            state.latest.timestamp,
          ]);
          if (isOpen) expect(crc32(bytes.subarray(0, state.at))).toBe(state.crc);
          else expect([bytes.length, crc32(bytes)]).toEqual([size, state.crc]);
        }
        expect([...all.timestamps.subarray(0, all.length)]).toEqual([
          ...points.timestamps.subarray(0, points.length),
        ]);
        expect([...all.halves.subarray(0, 2 * all.length)]).toEqual([
          ...points.halves.subarray(0, 2 * points.length),
        ]);
      },
    ),
  );
});

it('leaves the last one as an encoder that goes on would', () => {
  const points = new PointRun();
  for (let i = 0; i < 12; i++) points.pushValue(1_599_998_400 + 60 * i, Math.sin(i));
  const encoder = new BlockEncoder();
  const [open] = encodeBlocks(encoder, points, { step: 60, blockSize: 200, isLastOpen: true }, 200);
  expect(open!.state).toEqual(encoder.append(EMPTY_BLOCK, points, 0, 12, 60, 200).state);
});
