import fc from 'fast-check';
import { expect, it } from 'vitest';
import { crc32, crc32OfZeros } from '../../src/bytes/crc32.js';

it.each([
  { text: '', crc: 0 },
  // The check value of CRC-32 in every catalogue.
  { text: '123456789', crc: 0xcbf4_3926 },
  { text: 'whisper_compressed', crc: bitwise(Buffer.from('whisper_compressed')) },
])("the CRC of '$text' is $crc", ({ text, crc }) => {
  expect(crc32(Buffer.from(text))).toBe(crc);
});

/** From its definition, bit by bit. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
}

it('is that of the definition, whatever pieces it is made of', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, place) => {
      const whole = bitwise(bytes);
      expect(crc32(bytes)).toBe(whole);
      expect(crc32(bytes.subarray(place), crc32(bytes.subarray(0, place)))).toBe(whole);
    }),
  );
});

it.each([0, 1, 5, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 100_000])(
  'goes on over %i zero bytes',
  (count) => {
    const before = crc32(Buffer.from('before'));
    expect(crc32OfZeros(count, before)).toBe(crc32(new Uint8Array(count), before));
  },
);
