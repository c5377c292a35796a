import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT32_MAX } from '../../src/bytes/integers.js';
import { decodeInterval, END_OF_BLOCK, encodeEnd, encodeInterval } from '../../src/codec/interval-codec.js';
import { bitsWritten, bytesOfBits, readerOf } from '../support/bits.js';

const STEP = 60;
const LATEST = 1_599_998_400;
/** So far before the latest point that the next may come earlier by more steps than a field holds. */
const DISTANCE = 5000 * STEP;
const PREVIOUS = LATEST - DISTANCE;

/** The bits of a time by how many steps more than the last distance it lies away. */
function bitsOfDelta(delta: number): string {
  return bitsWritten((writer) => {
    encodeInterval(writer, LATEST + DISTANCE + delta * STEP, LATEST, PREVIOUS, STEP);
  });
}

describe('a change of distance', () => {
  it.each([
    { delta: 0, bits: '0' },
    { delta: 1, bits: '10 0000001' },
    { delta: -1, bits: '10 1000001' },
    { delta: 3, bits: '10 0000011' },
    { delta: -3, bits: '10 1000011' },
    { delta: 63, bits: '10 0111111' },
    { delta: -62, bits: '10 1111110' },
    // From 9 bits on the low 8 go first.
    { delta: 64, bits: '110 01000000 0' },
    { delta: -63, bits: '110 00111111 1' },
    { delta: 255, bits: '110 11111111 0' },
    { delta: -254, bits: '110 11111110 1' },
    { delta: 256, bits: '1110 00000000 0001' },
    { delta: -255, bits: '1110 11111111 1000' },
    { delta: 2047, bits: '1110 11111111 0111' },
    { delta: -2046, bits: '1110 11111110 1111' },
  ])('of $delta steps is $bits', ({ delta, bits }) => {
    expect(bitsOfDelta(delta)).toBe(bits.replaceAll(' ', ''));
    const reader = readerOf(bytesOfBits(bits));
    expect(decodeInterval(reader, LATEST, PREVIOUS, STEP)).toBe(LATEST + DISTANCE + delta * STEP);
    expect(reader.position).toBe(bits.replaceAll(' ', '').length);
  });

  it.each([
    // Its lowest byte first.
    { delta: 2048, timestamp: 0x5f647da0, bits: '1111 10100000 01111101 01100100 01011111' },
    { delta: -2047, timestamp: 0x5f60bddc, bits: '1111 11011100 10111101 01100000 01011111' },
  ])('of $delta steps is told by the time itself', ({ delta, timestamp, bits }) => {
    expect(timestamp).toBe(LATEST + DISTANCE + delta * STEP);
    expect(bitsOfDelta(delta)).toBe(bits.replaceAll(' ', ''));
    expect(decodeInterval(readerOf(bytesOfBits(bits)), LATEST, PREVIOUS, STEP)).toBe(timestamp);
  });

  it('is read where the encoder would have taken the next class', () => {
    for (const { bits, delta } of [
      { bits: '10 1111111', delta: -63 },
      { bits: '110 11111111 1', delta: -255 },
      { bits: '1110 11111111 1111', delta: -2047 },
    ]) {
      const read = decodeInterval(readerOf(bytesOfBits(bits)), LATEST, PREVIOUS, STEP);
      expect(read).toBe(LATEST + DISTANCE + delta * STEP);
    }
  });

  it.each([
    { seconds: 59, told: 0 },
    { seconds: -59, told: 0 },
    { seconds: 61, told: 1 },
    { seconds: -61, told: -1 },
    { seconds: 119, told: 1 },
  ])('of $seconds seconds is cut to $told steps of a minute', ({ seconds, told }) => {
    const bits = bitsWritten((writer) => {
      encodeInterval(writer, LATEST + DISTANCE + seconds, LATEST, PREVIOUS, STEP);
    });
    expect(bits).toBe(bitsOfDelta(told));
  });
});

it('the end is the time 0 in the class of whole times', () => {
  expect(bitsWritten(encodeEnd)).toBe(`1111${'0'.repeat(32)}`);
  const reader = readerOf(bytesOfBits(`1111${'0'.repeat(32)}`));
  expect(decodeInterval(reader, LATEST, PREVIOUS, STEP)).toBe(END_OF_BLOCK);
  expect(reader.position).toBe(36);
});

/** Times that rise by whole steps, as far as 32 bits go. */
function threeTimes() {
  const step = fc.oneof(fc.constantFrom(1, 10, 60, 86_400), fc.integer({ min: 1, max: 2 ** 31 }));
  const distance = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: UINT32_MAX }));
  return fc
    .tuple(fc.integer({ min: 1, max: UINT32_MAX }), step, fc.oneof(fc.constant(0), distance), distance)
    .map(([previous, step, before, after]) => {
      const latest = previous + before * step;
      return { step, previous, latest, timestamp: latest + after * step };
    })
    .filter(({ timestamp }) => timestamp <= UINT32_MAX);
}

it('decodes every time that lies whole steps after the two before', () => {
  fc.assert(
    fc.property(threeTimes(), ({ timestamp, latest, previous, step }) => {
      const bits = bitsWritten((writer) => encodeInterval(writer, timestamp, latest, previous, step));
      const reader = readerOf(bytesOfBits(bits));
      expect(decodeInterval(reader, latest, previous, step)).toBe(timestamp);
      expect(reader.position).toBe(bits.length);
    }),
  );
});

it('reads a time of 32 bits out of any bits, and as many of them as a class has', () => {
  const word = fc.nat(UINT32_MAX);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 5, maxLength: 5 }),
      word,
      word,
      word,
      (bytes, latest, previous, step) => {
        const reader = readerOf(bytes);
        const timestamp = decodeInterval(reader, latest, previous, step);
        expect(Number.isInteger(timestamp) && timestamp >= 0 && timestamp <= UINT32_MAX).toBe(true);
        expect([1, 9, 12, 16, 36]).toContain(reader.position);
      },
    ),
  );
});
