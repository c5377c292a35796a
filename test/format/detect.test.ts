import { expect, it } from 'vitest';
import { detectFormat } from '../../src/format/detect.js';

it.each([
  { start: 'whisper_compressed\x01', format: 'compressed' },
  { start: 'whisper_compressed', format: 'compressed' },
  { start: 'whisper_compresse', format: 'standard' },
  { start: 'whisper_compresseD\x01', format: 'standard' },
  { start: '\0\0\0\x01', format: 'standard' },
  { start: '', format: 'standard' },
])('$start is $format', ({ start, format }) => {
  expect(detectFormat(Buffer.from(start, 'latin1'))).toBe(format);
});
