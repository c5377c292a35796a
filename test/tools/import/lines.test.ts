import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/tools/import/lines.js';

describe('linesOf', () => {
  it.each([
    { name: 'line feeds', text: 'a\nb\n', lines: ['a', 'b'] },
    { name: 'carriage returns and line feeds', text: 'a\r\nb\r\n', lines: ['a', 'b'] },
    { name: 'carriage returns', text: 'a\rb\r', lines: ['a', 'b'] },
    { name: 'no end of the last line', text: 'a\nb', lines: ['a', 'b'] },
    { name: 'empty lines', text: '\n\na\n\n', lines: ['', '', 'a', ''] },
    { name: 'a byte order mark', text: '\uFEFFa\n', lines: ['a'] },
    { name: 'nothing', text: '', lines: [] },
  ])('reads $name', ({ text, lines }) => {
    expect([...linesOf(text)].map((line) => line.text)).toEqual(lines);
    expect([...linesOf(text)].map((line) => line.number)).toEqual(lines.map((_, i) => i + 1));
  });

  it('gives the same lines wherever the text is cut into pieces', () => {
    const texts = fc.array(fc.constantFrom('a', 'bc', '\r', '\n', '\r\n', '')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, fc.array(fc.nat(30)), (text, cuts) => {
        const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        expect([...linesOf(pieces)]).toEqual([...linesOf(text)]);
      }),
    );
  });

  it('refuses what is no text', () => {
    expect(() => [...linesOf(['x'.repeat(17 * 1024 * 1024)])]).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_INPUT' }),
    );
  });
});
