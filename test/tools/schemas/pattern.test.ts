import { describe, expect, it } from 'vitest';
import { WhisperError } from '../../../src/errors.js';
import { compilePattern } from '../../../src/tools/schemas/pattern.js';

/** Which of some metrics a pattern is found in; the answers are Python's `re.search`, or for RE2's own syntax Go's. */
describe('compilePattern', () => {
  it.each([
    { name: 'anywhere in the name', pattern: 'cpu', yes: ['a.cpu.b', 'cpux'], no: ['a.CPU.b', 'cp.u'] },
    {
      name: 'only where it is anchored',
      pattern: '^carbon\\.',
      yes: ['carbon.a'],
      no: ['carbonx', 'a.carbon.b'],
    },
    { name: 'nothing at all, which is everywhere', pattern: '', yes: ['', 'a'], no: [] },
    { name: 'a hash and a semicolon', pattern: '^a#b;c=d$', yes: ['a#b;c=d'], no: ['a'] },
    { name: 'a percent sign', pattern: 'p%(x)s', yes: ['p%xs'], no: ['p(x)s'] },
    { name: "Python's begin and end", pattern: '\\Aab\\Z', yes: ['ab'], no: ['xab', 'abx'] },
    { name: "Go's end", pattern: 'ab\\z', yes: ['xab'], no: ['abx'] },
    {
      name: 'a named group and a reference to it',
      pattern: '^(?P<h>\\w+)\\.(?P=h)$',
      yes: ['a.a'],
      no: ['a.b'],
    },
    {
      name: 'a reference by number, and a digit behind it',
      pattern: '^(a|b)\\1[0]$',
      yes: ['aa0', 'bb0'],
      no: ['ab0'],
    },
    { name: 'a named group of Go', pattern: '^(?<h>a)b', yes: ['ab'], no: ['b'] },
    {
      name: 'in any case',
      pattern: '(?i)^Foo-[a-c]\\x41',
      yes: ['fOO-CA', 'FOO-ba'],
      no: ['foo-da', 'fo-aa'],
    },
    { name: 'in any case from there on', pattern: '^a(?i)b', yes: ['ab', 'aB'], no: ['Ab'] },
    { name: 'in any case in a group', pattern: '^a(?i:b)c', yes: ['abc', 'aBc'], no: ['abC'] },
    { name: 'in any case but in a group', pattern: '(?i)a(?-i:b)c', yes: ['AbC'], no: ['ABC'] },
    { name: 'in any case up to the end of its group', pattern: '^(?:(?i)a)b', yes: ['Ab', 'ab'], no: ['aB'] },
    { name: 'not a class, in any case', pattern: '(?i)^[^a-c]$', yes: ['d', 'D'], no: ['a', 'B'] },
    {
      name: 'a comment, and blanks that do not count',
      pattern: '(?x) ^ a\\ b  # rest',
      yes: ['a b'],
      no: ['ab'],
    },
    { name: 'a comment in brackets', pattern: 'a(?#why)b', yes: ['ab'], no: ['a'] },
    { name: 'looking ahead and back', pattern: '(?<!x)a(?!b)(?=c)(?<=ac|a)', yes: ['ac'], no: ['xac', 'ab'] },
    { name: 'a bracket first in a class', pattern: '^[]a]+$', yes: [']a]'], no: ['b'] },
    { name: 'a bracket first in a class of others', pattern: '^[^]a]$', yes: ['b'], no: [']', 'a'] },
    {
      name: 'an opening bracket and others in a class',
      pattern: '^[[{(|)}&-]+$',
      yes: ['[{(|)}&-'],
      no: ['a'],
    },
    { name: 'hyphens in a class', pattern: '^[\\w-.]+$', yes: ['a-b.c'], no: ['a b'] },
    { name: 'a hyphen between classes', pattern: '^[a-\\d]+$', yes: ['a-9'], no: ['b'] },
    { name: 'a class by its name', pattern: '^[[:alpha:]_]+$', yes: ['a_B'], no: ['a1', ':'] },
    { name: 'a quoted text', pattern: '^\\Qa.b*\\Ec', yes: ['a.b*c'], no: ['axb*c'] },
    { name: 'a property', pattern: '^\\pL\\p{Nd}\\P{L}\\p{Greek}$', yes: ['x7.α'], no: ['xx.α'] },
    {
      name: 'repetition',
      pattern: '^a{2}b{1,2}c{2,}d{,1}?$',
      yes: ['aabccd', 'aabbccc'],
      no: ['abccd', 'aabbbcc'],
    },
    { name: 'braces that repeat nothing', pattern: '^{a}{}{x,2}$', yes: ['{a}{}{x,2}'], no: ['a'] },
    {
      name: 'octal and hexadecimal numbers',
      pattern: '^\\x61\\142\\u0063\\x{64}\\0?$',
      yes: ['abcd'],
      no: ['abc'],
    },
    { name: 'control characters', pattern: '^\\t[\\n\\b]?\\a?$', yes: ['\t', '\t\n'], no: ['t'] },
    { name: 'signs that mean nothing', pattern: '^\\-\\/\\:\\ä-/:}]$', yes: ['-/:ä-/:}]'], no: ['a'] },
    { name: 'ends of words', pattern: '\\bcpu\\b', yes: ['a.cpu.b'], no: ['a.cpus'] },
    { name: 'a dot, but not a line end', pattern: '^a.b$', yes: ['a.b', 'a\rb'], no: ['a\nb'] },
    { name: 'lines', pattern: '(?ms)^b$.c', yes: ['a\nb\nc'], no: ['ab\nc'] },
  ])('finds $name', ({ pattern, yes, no }) => {
    const regex = compilePattern(pattern);
    for (const metric of yes) expect([metric, regex.test(metric)]).toEqual([metric, true]);
    for (const metric of no) expect([metric, regex.test(metric)]).toEqual([metric, false]);
  });

  it.each([
    { pattern: '*.cpu', message: "pattern '*.cpu' cannot be compiled (Nothing to repeat)" },
    { pattern: 'a++', message: "has the possessive '++'" },
    { pattern: 'a{1,2}+', message: "has the possessive '{1,2}+'" },
    { pattern: '(?>a)', message: "has an atomic group '(?>'" },
    { pattern: '(a)?(?(1)b)', message: "has a condition '(?('" },
    { pattern: '(?Ua)', message: "has '(?Ua', which begins no group" },
    { pattern: '(a', message: "has a '(' that is not closed" },
    { pattern: 'a)', message: "has a ')' without its '('" },
    { pattern: '[a', message: "has a '[' that is not closed" },
    { pattern: '[]', message: "has a '[' that is not closed" },
    { pattern: '[z-a]', message: "has the range 'z-a', which ends before it begins" },
    { pattern: 'a\\', message: "has '\\', which has no meaning here" },
    { pattern: '\\q', message: "has '\\q', which has no meaning here" },
    { pattern: '[\\q]', message: "has '\\q', which has no meaning in a class" },
    { pattern: '(?i)(a)\\1', message: 'has a reference to a group where case does not count' },
    { pattern: '\\1', message: 'cannot be compiled (Invalid escape)' },
    { pattern: '(?P<a>x)(?P<a>y)', message: 'cannot be compiled (Duplicate capture group name)' },
  ])('refuses $pattern', ({ pattern, message }) => {
    const error = (() => {
      try {
        return compilePattern(pattern);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(WhisperError);
    expect(error).toMatchObject({ code: 'WSP_BAD_INPUT', message: expect.stringContaining(message) });
    expect((error as WhisperError).expected).toContain('Python or RE2');
  });
});
