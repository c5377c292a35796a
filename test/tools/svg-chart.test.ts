import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelledSeries } from '../../src/tools/chart-series.js';
import { renderSvgChart, type SvgChartOptions } from '../../src/tools/svg-chart.js';

/** 2023-11-14 12:00 UTC. */
const NOON = 1_699_963_200;

/** A series of a slot each minute; null is a gap. */
function seriesOf(label: string, points: readonly (number | null)[], from = NOON, step = 60): LabelledSeries {
  return {
    label,
    from,
    until: from + points.length * step,
    step,
    values: Float64Array.from(points, (point) => point ?? Number.NaN),
    known: Uint8Array.from(points, (point) => (point === null ? 0 : 1)),
  };
}

/** Tags of the document in order; throws unless they nest, attributes are quoted and text is escaped. */
function checkWellFormed(xml: string): string[] {
  const pieces =
    /<([a-z]+)((?: [a-zA-Z:-]+="[^"<&]*")*)(\/?)>|<\/([a-z]+)>|((?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+)/gy;
  const open: string[] = [];
  const tags: string[] = [];
  let end = 0;
  for (const [piece, start, attributes, selfClosing, close] of xml.matchAll(pieces)) {
    end += piece.length;
    if (start !== undefined) {
      const names = [...attributes!.matchAll(/ ([^=]+)=/g)].map(([, name]) => name);
      if (new Set(names).size < names.length) throw new Error(`an attribute twice in ${piece}`);
      if (open.length === 0 && tags.length > 0) throw new Error('two roots');
      tags.push(start);
      if (selfClosing === '') open.push(start);
    } else if (close !== undefined) {
      if (open.pop() !== close) throw new Error(`unexpected ${piece} at ${end}`);
    }
  }
  if (end !== xml.length) throw new Error(`no markup at ${end}: ${xml.slice(end, end + 40)}`);
  if (open.length > 0) throw new Error(`unclosed: ${open.join(' ')}`);
  return tags;
}

/** What the groups of lines in the plot hold; those of the legend are told by their swatch, a line of 18 pixels. */
function lineGroups(svg: string): string[] {
  return [...svg.matchAll(/<g class="line [^"]*">(.*?)<\/g>/g)]
    .map(([, content]) => content!)
    .filter((content) => !content.includes('h18'));
}

function countRuns(points: readonly (number | null)[]): number {
  const isDrawn = (i: number) => typeof points[i] === 'number' && !Number.isNaN(points[i]);
  return points.filter((_, i) => isDrawn(i) && !isDrawn(i - 1)).length;
}

const count = (text: string, what: RegExp) => [...text.matchAll(what)].length;
const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

describe('renderSvgChart', () => {
  it('draws a sub-path for each run and a circle for a point alone', () => {
    const series = seriesOf('cpu', [0, 10, null, 5, null, null, 10, 0, 5, null]);
    expect(lineGroups(renderSvgChart([series], { width: 280, height: 200 }))).toEqual([
      '<path d="M30 144 53 34M168 34 191 144 214 89"/><circle cx="99" cy="89" r="1.75"/>',
    ]);
  });

  it('writes ticks, title, days and legend', () => {
    const series = seriesOf('cpu', [0, 10, null, 5, Number.NaN, null, 10, 0, 5, null]);
    expect(textsOf(renderSvgChart([series], { width: 500, height: 200, title: 'Load' }))).toEqual([
      'Load',
      '2023-11-14 UTC',
      '0',
      '5',
      '10',
      '12:00',
      '12:02',
      '12:04',
      '12:06',
      '12:08',
      'cpu',
      'min 0',
      'avg 5',
      'max 10',
      'last 5',
      'NaN 1',
    ]);
  });

  it('names and describes itself for those who cannot see it', () => {
    const svg = renderSvgChart([seriesOf('a', [1, 3]), seriesOf('b', [null])]);
    expect(svg).toMatch(
      /^<svg [^>]*role="img" viewBox="0 0 900 320" width="900" height="320">\n<title>a, b<\/title>/,
    );
    expect(svg).toContain(
      '<desc>Values over time, 2023-11-14 UTC. a: min 1, avg 2, max 3, last 3. b: min -, avg -, max -, last -.</desc>',
    );
    expect(renderSvgChart([seriesOf('a', [1])], { title: 'Load' })).toContain('<title>Load</title>');
  });

  it('puts series of different steps and ranges on the same axes', () => {
    const early = seriesOf('early', [0, 0], NOON, 300);
    const late = seriesOf('late', [10, 10, 10, 10, 10], NOON + 300, 60);
    expect(lineGroups(renderSvgChart([early, late], { width: 250, height: 200 }))).toEqual([
      '<path d="M30 126 130 126"/>',
      '<path d="M130 34 150 34 170 34 190 34 210 34"/>',
    ]);
  });

  it('lets a series without slots have no say in the range', () => {
    const none = { ...seriesOf('none', []), from: 0, until: 0 };
    expect(renderSvgChart([none, seriesOf('one', [1, 2])])).toContain('2023-11-14 UTC');
  });

  it('gives series colours of their own, and dashes when those run out', () => {
    const many = Array.from({ length: 10 }, (_, i) => seriesOf(`s${i}`, [i, i]));
    const classes = [...renderSvgChart(many, { height: 800 }).matchAll(/<g class="([^"]*)"/g)].map(
      ([, name]) => name,
    );
    const expected = [...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `line s${i}`), 'line s0 d1', 'line s1 d1'];
    expect(classes).toEqual([...expected, ...expected]);
  });

  it('keeps the plot from being crowded out by a long legend', () => {
    const many = Array.from({ length: 40 }, (_, i) => seriesOf(`s${i}`, [i, i]));
    expect(textsOf(renderSvgChart(many, { height: 240 })).slice(-1)).toEqual(['and 37 more']);
    expect(lineGroups(renderSvgChart(many, { height: 240 }))).toHaveLength(40);
  });

  it('cuts what does not fit in a small chart', () => {
    const series = seriesOf('a.metric.whose.name.is.far.too.long.for.the.legend', [1, 2]);
    const texts = textsOf(
      renderSvgChart([series], { width: 240, height: 160, title: 'A title that is too long' }),
    );
    expect(texts[0]).toBe('A title that is too long');
    expect(texts).not.toContain('2023-11-14 UTC');
    expect(texts.at(-1)).toBe('a.metric.whose.name.i…');
  });

  it.each([
    { name: 'without series', series: [], words: 'no data' },
    { name: 'of gaps', series: [seriesOf('a', [null, null])], words: 'no data' },
    { name: 'without slots', series: [seriesOf('a', [])], words: 'no data' },
    { name: 'of nothing but NaN', series: [seriesOf('a', [Number.NaN])], words: 'only NaN' },
  ])('says so in a chart $name', ({ series, words }) => {
    const svg = renderSvgChart(series);
    checkWellFormed(svg);
    expect(textsOf(svg)).toContain(words);
    expect(lineGroups(svg)).toEqual([]);
  });

  it('escapes text and leaves out what XML cannot hold', () => {
    const svg = renderSvgChart([seriesOf('a<b>&"c\'\u0000\u001b\ud800\uffff', [1, 2])], {
      title: '</svg>&amp;',
    });
    checkWellFormed(svg);
    expect(textsOf(svg)).toContain('&lt;/svg&gt;&amp;amp;');
    expect(textsOf(svg)).toContain('a&lt;b&gt;&amp;&quot;c&#39;');
  });

  it('has a second set of colours for dark surroundings', () => {
    expect(renderSvgChart([])).toContain('@media (prefers-color-scheme:dark){');
  });

  it('stays small with many points, and keeps every peak', () => {
    const points = Array.from({ length: 500_000 }, (_, i) => (i === 314_159 ? 1000 : (i * 7919) % 100));
    const svg = renderSvgChart([seriesOf('big', points)]);
    expect(svg.length).toBeLessThan(80_000);
    const [group] = lineGroups(svg);
    expect(count(group!, /M/g)).toBe(1);
    // 1000 is the top of the scale, which begins 34 pixels from the top.
    expect(count(group!, / 34 /g)).toBe(1);
  });

  it('keeps gaps that are wider than a pixel when it has many points', () => {
    const points = Array.from({ length: 100_000 }, (_, i) => (i % 20_000 < 5000 ? null : i));
    expect(count(lineGroups(renderSvgChart([seriesOf('big', points)]))[0]!, /M/g)).toBe(5);
  });

  it.each([
    { name: 'a width under 240', options: { width: 239 } },
    { name: 'a height that is no number', options: { height: Number.NaN } },
    { name: 'an unknown zone', options: { timeZone: 'mars' } },
    { name: 'a title that is no text', options: { title: 5 } },
    { name: 'an option that does not exist', options: { tilte: 'x' } },
  ])('refuses $name', ({ options }) => {
    const call = () => renderSvgChart([], options as SvgChartOptions);
    expect(call).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  });

  describe('for any series', () => {
    const awkward = [
      Number.NaN,
      Infinity,
      -Infinity,
      0,
      -0,
      1e308,
      -1e308,
      Number.MAX_VALUE,
      5e-324,
      -5e-324,
    ];
    const point = fc.oneof(fc.constant(null), fc.constantFrom(...awkward), fc.double());
    const points = fc.array(point, { maxLength: 60 });

    it('is well-formed, with finite coordinates', () => {
      const series = fc
        .tuple(
          fc.string({ unit: 'binary' }),
          points,
          fc.integer({ min: 0, max: 0xffff_ffff }),
          fc.integer({ min: 1, max: 1e6 }),
        )
        .map((content) => seriesOf(...content));
      const options = fc.record({
        width: fc.integer({ min: 240, max: 1200 }),
        height: fc.integer({ min: 160, max: 600 }),
        title: fc.string({ unit: 'binary' }),
      });
      fc.assert(
        fc.property(fc.array(series, { maxLength: 12 }), options, (list, given) => {
          const svg = renderSvgChart(list, given);
          expect(checkWellFormed(svg)[0]).toBe('svg');
          const numbers = [...svg.matchAll(/ (?:d|x|y|cx|cy)="([^"]*)"/g)].map(([, text]) => text!);
          for (const text of numbers) expect(text).toMatch(/^[MHVh\d. -]*$/);
        }),
        { numRuns: 300 },
      );
    });

    it('has as many sub-paths and circles as unbroken runs', () => {
      fc.assert(
        fc.property(points, (given) => {
          const group = lineGroups(renderSvgChart([seriesOf('a', given)])).join('');
          expect(count(group, /M/g) + count(group, /<circle/g)).toBe(countRuns(given));
        }),
        { numRuns: 300 },
      );
    });
  });
});
