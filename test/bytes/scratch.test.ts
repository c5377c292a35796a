import { expect, it } from 'vitest';
import { Scratch } from '../../src/bytes/scratch.js';

it('grows to what is asked and is used again for less', () => {
  const scratch = new Scratch();
  scratch.reserve(5000);
  const { bytes } = scratch;
  expect(bytes.length).toBeGreaterThanOrEqual(5000);
  scratch.reserve(100);
  expect(scratch.bytes).toBe(bytes);
});

it('keeps its view over its bytes when it grows', () => {
  const scratch = new Scratch();
  for (const size of [1, 2000, 100_000]) {
    scratch.reserve(size);
    scratch.view.setUint8(size - 1, size % 256);
    expect(scratch.bytes[size - 1]).toBe(size % 256);
  }
});

it('has columns of its own, which it uses again', () => {
  const scratch = new Scratch();
  const { values } = scratch.columns(100);
  expect(values.length).toBeGreaterThanOrEqual(100);
  expect(scratch.columns(50).values).toBe(values);
  expect(scratch.columns(200).known.length).toBeGreaterThanOrEqual(200);
});
