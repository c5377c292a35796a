import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WhisperError } from '../../../src/index.js';
import { parseExpression } from '../../../src/tools/map/expression.js';

describe('an expression', () => {
  it.each([
    ['v', 5],
    ['t', 100],
    ['v * 1024', 5120],
    ['1e3 + 0x10 + .5 + 2.', 1018.5],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['10 - 4 - 3', 3],
    ['12 / 4 / 3', 1],
    ['-7 % 3', -1],
    ['2 ** 3 ** 2', 512],
    ['2 ^ 3', 8],
    ['-2 ** 2', -4],
    ['2 ** -1', 0.5],
    ['- - 3', 3],
    ['+v', 5],
    ['!0', 1],
    ['!v', 0],
    ['!nan', 1],
    ['!null', 1],
    ['1 < 2', 1],
    ['2 <= 1', 0],
    ['3 > 2 == 1', 1],
    ['1 != 1', 0],
    ['1 && 0 || 1', 1],
    ['0 || 0 && 1', 0],
    ['v > 4 ? 1 : 2', 1],
    ['0 ? 1 : 0 ? 2 : 3', 3],
    ['v > 4 ? null : v', null],
    ['null + 1', null],
    ['max(1, null)', null],
    ['-null', null],
    ['null == null', 1],
    ['v == null', 0],
    ['v != null', 1],
    ['null < 1', 0],
    ['nan == nan', 0],
    ['isnan(nan) + isnan(v)', 1],
    ['inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
    ['pi', Math.PI],
    ['e', Math.E],
    ['min(3, v, 4)', 3],
    ['max(3)', 3],
    ['clamp(v, 0, 3)', 3],
    ['clamp(-1, 0, 3)', 0],
    ['abs(-3) + sign(-2)', 2],
    ['round(2.5) + round(-2.5)', 0],
    ['round(1.4)', 1],
    ['floor(-1.5) + ceil(-1.5) + trunc(-1.5)', -4],
    ['sqrt(16) + exp(0) + log(1)', 5],
    ['log2(8) + log10(100)', 5],
    [' \t(v)\n', 5],
  ])('%j is %d', (expression, expected) => {
    expect(parseExpression(expression)(5, 100)).toBe(expected);
  });

  it.each([
    { expression: '', at: 1, found: 'the end' },
    { expression: 'v * * 2', at: 5, found: "'*'" },
    { expression: 'v +', at: 4, found: 'the end' },
    { expression: '(v', at: 3, found: 'the end' },
    { expression: 'v)', at: 2, found: "')'" },
    { expression: 'v v', at: 3, found: "'v'" },
    { expression: '12ab', at: 3, found: "'a' in a number" },
    { expression: '1.2.3', at: 4, found: "'.' in a number" },
    { expression: 'v ? 1', at: 6, found: 'the end' },
    { expression: 'sqr(v)', at: 1, found: "'sqr'", expected: "'sqrt'" },
    { expression: 'value', at: 1, found: "'value'" },
    { expression: 'constructor', at: 1, found: "'constructor'" },
    { expression: '__proto__', at: 1, found: "'__proto__'" },
    { expression: 'clamp(v, 1)', at: 1, found: 'clamp of 2', expected: 'clamp of 3' },
    { expression: 'min()', at: 5, found: "')'" },
    { expression: 'min', at: 4, found: 'the end' },
    { expression: 'v = 3', at: 3, found: "'='" },
    { expression: 'v; 3', at: 2, found: "';'" },
    { expression: '1ki', at: 2, found: "'k' in a number" },
    { expression: `v\u202e`, at: 2, found: `'\u202e'` },
  ])('$expression is refused, with a mark at the place', ({ expression, at, found, expected = '' }) => {
    const error = refusal(expression);
    expect(error.code).toBe('WSP_BAD_OPTION');
    expect(error.message).toContain(`${found} at character ${at} of the expression; expected ${expected}`);
    expect(error.message.split('\n').slice(1)).toEqual([`  ${expression}`, `  ${' '.repeat(at - 1)}^`]);
  });

  it.each([
    { name: 'too long', expression: 'v+'.repeat(600) },
    { name: 'too deep in parentheses', expression: `${'('.repeat(300)}v${')'.repeat(300)}` },
    { name: 'too deep in signs', expression: `${'-'.repeat(400)}v` },
    { name: 'too deep in powers', expression: `v${'**v'.repeat(300)}` },
  ])('is refused: $name', ({ expression }) => {
    expect(refusal(expression).code).toBe('WSP_BAD_OPTION');
  });

  it('of any signs gives a number, null or a refusal, never another error', () => {
    const words = [
      'v',
      't',
      '1',
      '2.5',
      '(',
      ')',
      '+',
      '-',
      '*',
      '**',
      '?',
      ':',
      ',',
      'min',
      'isnan',
      '!',
      '==',
      'null',
      '.',
      '$',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        try {
          const result = parseExpression(parts.join(' '))(1, 2);
          expect(result === null || typeof result === 'number').toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WhisperError);
        }
      }),
    );
  });

  it('agrees with the arithmetic of JavaScript', () => {
    const tree: fc.Memo<string> = fc.memo((depth) => {
      const leaf = fc.oneof(fc.constant('v'), fc.integer({ min: 0, max: 99 }).map(String));
      if (depth <= 1) return leaf;
      const pair = fc.tuple(
        tree(depth - 1),
        fc.constantFrom('+', '-', '*', '/', '%', '<', '>='),
        tree(depth - 1),
      );
      return fc.oneof(
        leaf,
        pair.map(([a, sign, b]) => `(${a} ${sign} ${b})`),
        tree(depth - 1).map((a) => `(-${a})`),
      );
    });
    fc.assert(
      fc.property(tree(4), fc.integer({ min: -9, max: 9 }), (expression, v) => {
        const expected = Number(new Function('v', `return ${expression.replaceAll('(-', '(- ')}`)(v));
        expect(parseExpression(expression)(v, 0)).toBe(expected);
      }),
    );
  });
});

function refusal(expression: string): WhisperError {
  try {
    parseExpression(expression);
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
  throw new Error(`${expression} was not refused`);
}
