import { describe, expect, it } from 'vitest';
import { parseBlocks, parseSpans, wrap } from '../../doc/tool/markdown.js';

describe('blocks', () => {
  it('are told apart by blank lines, fences and what they begin with', () => {
    const markdown = `A paragraph
of two lines.
\`\`\`console
$ sotto

- no list
\`\`\`

- one
  and its rest
- two

1. first
2. second

### A heading
Right below it.

| a | b |
|---|---|
| \`x\\|y\` | what |
| z | |
`;
    expect(parseBlocks(markdown)).toEqual([
      { kind: 'paragraph', text: 'A paragraph of two lines.' },
      { kind: 'code', language: 'console', text: '$ sotto\n\n- no list' },
      { kind: 'list', items: ['one and its rest', 'two'] },
      { kind: 'list', items: ['first', 'second'] },
      { kind: 'heading', text: 'A heading' },
      { kind: 'paragraph', text: 'Right below it.' },
      {
        kind: 'table',
        head: ['a', 'b'],
        rows: [
          ['`x|y`', 'what'],
          ['z', ''],
        ],
      },
    ]);
  });

  it('of code have to end', () => {
    expect(() => parseBlocks('text\n\n```console\n$ sotto\n')).toThrow('does not end: line 3');
  });
});

it.each([
  { text: 'plain', spans: [['plain', 'plain']] },
  {
    text: '`a*b*` c',
    spans: [
      ['code', 'a*b*'],
      ['plain', ' c'],
    ],
  },
  {
    text: '**much** and *little*',
    spans: [
      ['strong', 'much'],
      ['plain', ' and '],
      ['emphasis', 'little'],
    ],
  },
  {
    text: 'see [the `page`](page.md#x).',
    spans: [
      ['plain', 'see '],
      ['plain', 'the '],
      ['code', 'page'],
      ['plain', '.'],
    ],
  },
  { text: '2*3*4 of \\*.wsp', spans: [['plain', '2*3*4 of *.wsp']] },
])('$text is set in its fonts', ({ text, spans }) => {
  expect(parseSpans(text).map((span) => [span.font, span.text])).toEqual(spans);
});

it('wraps between words, and leaves long ones whole', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('a /very/long/path b', 5)).toEqual(['a', '/very/long/path', 'b']);
});
