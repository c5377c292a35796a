import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BLOCK_RANGE_SIZE, decodeBlockRange, encodeBlockRange } from '../../src/format/block-range.js';

it('the bytes are start, end, count and CRC', () => {
  const bytes = new Uint8Array(BLOCK_RANGE_SIZE);
  const range = { start: 1_599_998_400, end: 1_599_998_520, count: 2, crc: 0x146d_8599 };
  encodeBlockRange(new DataView(bytes.buffer), 0, range);
  expect(Buffer.from(bytes).toString('hex')).toBe('5f5e09c05f5e0a3800000002146d8599');
});

it('decodes what it encoded, in the place of any record', () => {
  const word = fc.nat(0xffff_ffff);
  const record = fc.record({ start: word, end: word, count: word, crc: word });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (ranges) => {
      const view = new DataView(new ArrayBuffer(BLOCK_RANGE_SIZE * ranges.length));
      for (const [i, range] of ranges.entries()) encodeBlockRange(view, BLOCK_RANGE_SIZE * i, range);
      expect(ranges.map((_, i) => decodeBlockRange(view, BLOCK_RANGE_SIZE * i))).toEqual(ranges);
    }),
  );
});
