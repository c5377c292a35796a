import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WhisperError } from '../../../src/index.js';
import { type XmlEvent, XmlReader } from '../../../src/tools/import/xml-reader.js';

/** The events of a document, in words. */
function read(text: string): string[] {
  const reader = new XmlReader(text);
  const events: string[] = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) events.push(shown(event));
  return events;
}

function shown(event: XmlEvent): string {
  if (event.kind === 'text') return `'${event.text}'`;
  if (event.kind === 'close') return `/${event.name}`;
  return [event.name, ...[...event.attributes].map(([name, value]) => `${name}=${value}`)].join(' ');
}

describe('XmlReader', () => {
  it.each([
    {
      name: 'elements and text',
      text: '<a><b>1</b> <c/></a>',
      events: ['a', 'b', "'1'", '/b', 'c', '/c', '/a'],
    },
    { name: 'attributes in either quotes', text: `<a x="1" y = 'b"c'></a>`, events: ['a x=1 y=b"c', '/a'] },
    {
      name: 'comments, instructions and a plain doctype',
      text: '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "x>y.dtd">\n<!-- <b> --><a><!-- - --></a>\n<!-- end -->',
      events: ['a', '/a'],
    },
    {
      name: 'entities',
      text: '<a>&lt;&amp;&#65;&#x42;&quot;&apos;&gt;</a>',
      events: ['a', `'<&AB"'>'`, '/a'],
    },
    { name: 'CDATA as it stands', text: '<a><![CDATA[<b>&amp;]]></a>', events: ['a', "'<b>&amp;'", '/a'] },
    { name: 'a byte order mark', text: '\uFEFF<a/>', events: ['a', '/a'] },
  ])('reads $name', ({ text, events }) => {
    expect(read(text)).toEqual(events);
  });

  it.each([
    { name: 'nothing', text: ' \n', found: 'no element' },
    { name: 'text without an element', text: 'hello', found: 'outside of any element' },
    { name: 'tags that do not match', text: '<a>\n<b></a>', found: 'line 2: </a>' },
    { name: 'an element that is not closed', text: '<a>\n\n<b>', found: 'line 3: the text ends within <b>' },
    { name: 'a second document', text: '<a/><b/>', found: 'a second document, <b>' },
    {
      name: 'an entity of its own',
      text: '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
      found: 'a declaration',
    },
    { name: 'an entity that is not declared', text: '<a>&nbsp;</a>', found: "'&nbsp;'" },
    { name: 'a number of no character', text: '<a>&#xD800;</a>', found: "'&#xD800;'" },
    { name: 'a lone ampersand', text: '<a>R & D</a>', found: "'& D'" },
    { name: 'attributes without quotes', text: '<a x=1></a>', found: "'<a x=1></a>'" },
    { name: 'an attribute twice', text: '<a x="1" x="2"/>', found: 'the attribute x twice' },
    { name: 'a comment that is not closed', text: '<a><!-- </a>', found: 'a <!-- that is not closed' },
    { name: 'elements deeper than any program writes', text: '<a>'.repeat(65), found: 'elements 65 deep' },
  ])('refuses $name, with the line', ({ text, found }) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_INPUT', message: expect.stringContaining(found) }),
    );
    expect(() => read(text)).toThrow(/^line \d+: /);
  });

  it('comes to an end with any text', () => {
    const parts = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '<a>',
      '</a>',
      '<!--',
      '-->',
      '&',
      ';',
      '&amp;',
      '"',
      ' ',
      '<?',
      '?>',
      '<![CDATA[',
      ']]>',
      '<!DOCTYPE a>',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), (text) => {
        try {
          read(text.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(WhisperError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
