import { describe, expect, it } from 'vitest';
import { parseSchemas } from '../../../src/tools/schemas/schemas.js';
import { errorOf } from '../../support/error-of.js';

const CARBON = `# Schema definitions for Whisper files. Entries are scanned in order,
# and first match wins.
#
#  [name]
#  pattern = regex
#  retentions = timePerPoint:timeToStore, timePerPoint:timeToStore, ...

[carbon]
pattern = ^carbon\\.
retentions = 60:90d

; the web servers
[web#1; and others]
Pattern: ^web\\.(?P<host>[^.]+)#\\d+;dc=
RETENTIONS: 10s:6h, 1m:7d,10m:5y

[percent]
pattern = rate_%(unit)s$ 
retentions=60:1440
[default_1min_for_1day]
pattern = .*
retentions = 60s:1d
`;

function names(text: string): string[] {
  return parseSchemas(text).list.map(({ name }) => name);
}

/** A section that is in order. */
const section = (name: string, ...lines: string[]) =>
  [`[${name}]`, 'pattern = .*', 'retentions = 1m:1d', ...lines, ''].join('\n');

describe('parseSchemas', () => {
  it("reads a file as carbon's example is: comments, either sign, keys in any case, patterns with # ; and %", () => {
    const { list, warnings } = parseSchemas(CARBON);
    expect(list.map(({ name, line, pattern }) => ({ name, line, pattern }))).toEqual([
      { name: 'carbon', line: 8, pattern: '^carbon\\.' },
      { name: 'web#1; and others', line: 13, pattern: '^web\\.(?P<host>[^.]+)#\\d+;dc=' },
      { name: 'percent', line: 17, pattern: 'rate_%(unit)s$' },
      { name: 'default_1min_for_1day', line: 20, pattern: '.*' },
    ]);
    expect(list.map(({ retentions }) => retentions)).toEqual([
      [{ step: 60, points: 129_600 }],
      [
        { step: 10, points: 2160 },
        { step: 60, points: 10_080 },
        { step: 600, points: 262_800 },
      ],
      [{ step: 60, points: 1440 }],
      [{ step: 60, points: 1440 }],
    ]);
    expect(warnings).toEqual([]);
    expect(list[1]!.matches('web.a#1;dc=x')).toBe(true);
    expect(list[1]!.matches('web.a')).toBe(false);
  });

  it.each([
    { name: 'a byte order mark', text: `\uFEFF${section('a')}` },
    { name: 'line ends of Windows', text: section('a').replaceAll('\n', '\r\n') },
    { name: 'line ends of old Macs', text: section('a').replaceAll('\n', '\r') },
    { name: 'no line end', text: section('a').trimEnd() },
    {
      name: 'blanks around everything',
      text: '  [a]  \n  pattern  =  .*  \n  retentions = 60 : 1 d\n'.replace('60 : 1 d', '1m:1d'),
    },
    { name: 'a comment behind a section', text: section('a').replace(']', ']  # why') },
    { name: 'a comment behind retentions', text: section('a').replace('1m:1d', '1m:1d  ; why # so') },
    { name: 'a trailing comma', text: section('a').replace('1m:1d', '1m:1d,') },
    { name: 'keys that it does not know', text: section('a', 'intervals = 0:1s', 'reorderBuffer = 20') },
    { name: 'sections without anything that is theirs', text: `; nothing\n\n# more\n${section('a')}#` },
  ])('reads $name', ({ text }) => {
    expect(parseSchemas(text)).toMatchObject({
      list: [{ name: 'a', pattern: '.*', retentions: [{ step: 60, points: 1440 }] }],
      warnings: [],
    });
  });

  it('goes on with a value on lines that are indented further, over comments and empty lines', () => {
    const text = '[a]\npattern = .*\nretentions = 10s:6h,\n   1m:7d,\n# why\n\n\t10m:1y\n';
    expect(parseSchemas(text).list[0]!.retentions.map(({ step }) => step)).toEqual([10, 60, 600]);
  });

  it('takes an indented line for a key if it is one, as go-carbon does, and says so', () => {
    const { list, warnings } = parseSchemas('[a]\npattern = ^a\n  retentions = 1m:1d\n');
    expect(list).toMatchObject([{ pattern: '^a', retentions: [{ step: 60, points: 1440 }] }]);
    expect(warnings).toEqual([expect.stringMatching(/^line 3: 'retentions' is indented further/)]);
  });

  it('sorts the finer archives first, as every tool does that makes a file', () => {
    const text = section('a').replace('1m:1d', '1h:1y 10s:6h');
    expect(parseSchemas(text).list[0]!.retentions.map(({ step }) => step)).toEqual([10, 3600]);
  });

  it("asks sections of a higher priority first, and those of one priority in the file's order", () => {
    const priority = (level: string) => `priority = ${level}`;
    const file = ['a', 'b', 'c', 'd', 'e'].map((name, i) => {
      return section(
        name,
        ...[[], [priority('10')], [priority('-1')], [priority('0')], [priority('10')]][i]!,
      );
    });
    expect(names(file.join(''))).toEqual(['b', 'e', 'a', 'd', 'c']);
  });

  it.each([
    { says: [], compressed: undefined },
    { says: ['compressed = true'], compressed: true },
    { says: ['Compressed: FALSE ; for now'], compressed: false },
    { says: ['compressed ='], compressed: undefined },
  ])('reads the format of new files: $says', ({ says, compressed }) => {
    expect(parseSchemas(section('a', ...says)).list[0]!.compressed).toBe(compressed);
  });

  it("reads carbon's former match-all, whatever the pattern says", () => {
    const { list } = parseSchemas('[a]\nmatch-all = true\nretentions = 1m:1d\n');
    expect(list).toMatchObject([{ pattern: '.*' }]);
    expect(list[0]!.matches('anything')).toBe(true);
  });

  it('gives sections what [DEFAULT] says and they do not', () => {
    const { list } = parseSchemas('[DEFAULT]\nretentions = 1m:1d\npattern = ^d\n[a]\npattern = ^a\n');
    expect(list).toMatchObject([
      { name: 'DEFAULT', pattern: '^d' },
      { name: 'a', pattern: '^a', retentions: [{ step: 60, points: 1440 }] },
    ]);
  });

  it.each([
    { name: 'a bare number is points', text: '1m:1440', python: 1440, go: 24 },
    { name: 'two bare numbers are step and points', text: '60:1440', python: 1440, go: 1440 },
    { name: 'a unit behind the colon', text: '60:1d', python: 1440, go: 1440 },
  ])('in either dialect: $name', ({ text, python, go }) => {
    const file = section('a').replace('1m:1d', text);
    expect(parseSchemas(file).list[0]!.retentions[0]!.points).toBe(python);
    expect(parseSchemas(file, 'a.conf', 'go').list[0]!.retentions[0]!.points).toBe(go);
  });

  it.each([
    {
      name: 'a section that is for nobody',
      text: `[a]\nnote = 5\n${section('b')}`,
      list: ['b'],
      warning: 'line 1: [a] has no pattern, so it is for no metric',
    },
    {
      name: 'a second section of a name',
      text: section('a') + section('a'),
      list: ['a', 'a'],
      warning: 'line 4: a second section [a], after that of line 1; carbon refuses it under Python 3',
    },
    {
      name: 'a key that stands twice',
      text: section('a', 'retentions = 1m:2d'),
      list: ['a'],
      warning: "line 4: a second 'retentions' in [a], which counts",
    },
    {
      name: 'what looks like a comment in a pattern',
      text: section('a').replace('.*', '^a ; web'),
      list: ['a'],
      warning: /^line 2: .* '\^a ; web' is a part of it, and no comment/,
    },
  ])('says what is odd: $name', ({ text, list, warning }) => {
    const rules = parseSchemas(text);
    expect(rules.list.map(({ name }) => name)).toEqual(list);
    expect(rules.warnings).toEqual([typeof warning === 'string' ? warning : expect.stringMatching(warning)]);
  });

  it('keeps what looks like a comment in a pattern as a part of it', () => {
    const { list } = parseSchemas(section('a').replace('.*', '^a #1'));
    expect([list[0]!.matches('a #1'), list[0]!.matches('a')]).toEqual([true, false]);
  });

  it.each([
    {
      text: section('a').replace('1m:1d', '10x:1d'),
      message:
        "s.conf: line 3: [a]: retention '10x:1d': its step has the unknown unit 'x'; expected STEP:POINTS",
    },
    {
      text: section('a').replace('1m:1d', '1m:1d,1h:1d'),
      message:
        's.conf: line 3: [a]: 1m:1d and 1h:1d reach back 86400 and 86400 seconds; expected the coarser',
    },
    {
      text: section('a').replace('1m:1d', '1m:1d;why'),
      message: "s.conf: line 3: [a]: retention '1m:1d;why': its span '1d;why' is no number with a unit",
    },
    {
      text: '[a]\npattern = .*\n',
      message: 's.conf: line 1: [a] has no retentions; expected retentions = 10s',
    },
    {
      text: '[a]\npattern = .*\nretention = 1m:1d\n',
      message: "s.conf: line 1: [a] has no retentions (it has 'retention'); expected retentions = 10s",
    },
    {
      text: section('a').replace('.*', '*.cpu'),
      message:
        "s.conf: line 2: [a]: pattern '*.cpu' cannot be compiled (Nothing to repeat); expected a regular",
    },
    {
      text: section('a', 'priority = high'),
      message: "s.conf: line 4: [a]: priority 'high'; expected a whole number",
    },
    {
      text: section('a', 'compressed = maybe'),
      message: "s.conf: line 4: [a]: compressed 'maybe'; expected true or",
    },
    {
      text: `pattern = .*\n${section('a')}`,
      message: "s.conf: line 1: 'pattern = .*' before the first section",
    },
    {
      text: section('a', 'retentions'),
      message: "s.conf: line 4: 'retentions'; expected [section], or key = value",
    },
    { text: '{"a": 1}', message: 's.conf: line 1: \'{"a": 1}\' before the first section' },
  ])('refuses $message', ({ text, message }) => {
    const error = errorOf(() => parseSchemas(text, 's.conf'));
    expect(error).toMatchObject({ code: 'WSP_BAD_INPUT', path: 's.conf' });
    expect(error.message).toContain(message);
  });

  it('tells of every mistake at once, by line', () => {
    const text = `${section('a').replace('.*', '(')}${section('b').replace('1m:1d', '')}what\n`;
    expect(errorOf(() => parseSchemas(text, 's.conf')).message).toBe(
      "s.conf: 3 mistakes:\n  line 2: [a]: pattern '(' has a '(' that is not closed; expected a regular " +
        'expression of Python or RE2, such as ^servers\\.[^.]+\\.cpu\\.\n' +
        '  line 4: [b] has no retentions; expected retentions = 10s:6h,1m:7d\n' +
        "  line 7: 'what'; expected [section], or key = value",
    );
  });

  it('finds nothing in an empty file, and is content', () => {
    expect(parseSchemas('')).toEqual({ list: [], warnings: [] });
  });
});
