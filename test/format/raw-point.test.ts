import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRawPoint, encodeRawPoint, NO_POINT, RAW_POINT_SIZE } from '../../src/format/raw-point.js';

const word = () => fc.nat(0xffff_ffff);

it.each([
  { point: { timestamp: 1_599_998_400, high: 0x3ff0_0000, low: 0 }, hex: '5f5e09c03ff0000000000000' },
  { point: { timestamp: 0xffff_ffff, high: 0x7ff8_0000, low: 0xdead_beef }, hex: 'ffffffff7ff80000deadbeef' },
  { point: NO_POINT, hex: '00'.repeat(RAW_POINT_SIZE) },
])('the bytes of $point are $hex', ({ point, hex }) => {
  const bytes = new Uint8Array(RAW_POINT_SIZE).fill(0xee);
  encodeRawPoint(new DataView(bytes.buffer), 0, point);
  expect(Buffer.from(bytes).toString('hex')).toBe(hex);
});

it('decodes what it encoded at any place, and writes nothing beside it', () => {
  const points = fc.record({ timestamp: word(), high: word(), low: word() });
  fc.assert(
    fc.property(points, fc.nat(20), (point, at) => {
      const bytes = new Uint8Array(40).fill(0xee);
      const view = new DataView(bytes.buffer);
      encodeRawPoint(view, at, point);
      expect(decodeRawPoint(view, at)).toEqual(point);
      bytes.fill(0xee, at, at + RAW_POINT_SIZE);
      expect(bytes.every((byte) => byte === 0xee)).toBe(true);
    }),
  );
});
