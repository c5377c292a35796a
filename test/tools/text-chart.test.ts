import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { WhisperError } from '../../src/errors.js';
import type { ChartSeries, LabelledSeries } from '../../src/tools/chart-series.js';
import { renderSparkline, renderTextChart, type TextChartOptions } from '../../src/tools/text-chart.js';

/** 2023-11-14 12:00 UTC. */
const NOON = 1_699_963_200;

/** A series of a slot each minute; null is a gap. */
function seriesOf(points: readonly (number | null)[], step = 60): ChartSeries {
  return {
    from: NOON,
    until: NOON + points.length * step,
    step,
    values: Float64Array.from(points, (point) => point ?? Number.NaN),
    known: Uint8Array.from(points, (point) => (point === null ? 0 : 1)),
  };
}

/** A wave of 360 slots with a gap that holds one value. */
const WAVE = seriesOf(
  Array.from({ length: 360 }, (_, i) => {
    if (i > 120 && i < 160) return i === 140 ? 3 : null;
    return 50 + 40 * Math.sin(i / 40);
  }),
);

function chart(series: ChartSeries, options?: TextChartOptions): string {
  return `\n${renderTextChart(series, options)}\n`;
}

/** The cells of the plot, right of the axis, padded to the same length. */
function plotOf(text: string, height: number, columns: number): string[] {
  return text
    .split('\n')
    .slice(0, height)
    .map((line) => line.slice(line.search(/[│┤]/) + 1).padEnd(columns));
}

/** Columns of the plot, from the axis below it. */
function columnsOf(text: string): number {
  return /[└](.*)/.exec(text)![1]!.length;
}

/** Which dot columns of a braille plot have any dot. */
function drawnDotColumns(rows: readonly string[], columns: number): boolean[] {
  const drawn = Array.from({ length: columns * 2 }, () => false);
  for (const row of rows) {
    for (let i = 0; i < columns; i++) {
      const bits = row[i] === ' ' ? 0 : row.charCodeAt(i) - 0x2800;
      if (bits & 0b0100_0111) drawn[2 * i] = true;
      if (bits & 0b1011_1000) drawn[2 * i + 1] = true;
    }
  }
  return drawn;
}

/** Any doubles, with the awkward ones often, and gaps. */
function anyPoints(maxLength = 200): fc.Arbitrary<(number | null)[]> {
  const awkward = [Number.NaN, Infinity, -Infinity, 0, -0, 1e308, -1e308, Number.MAX_VALUE, 5e-324, -5e-324];
  const point = fc.oneof(
    fc.constant(null),
    fc.constantFrom(...awkward),
    fc.double(),
    fc.double({ min: -100, max: 100, noNaN: true }),
  );
  return fc.oneof(fc.array(point, { maxLength }), fc.array(fc.constantFrom(null, 1), { maxLength }));
}

describe('renderTextChart', () => {
  it('draws a line with a gap, a dot in the gap, axes, a title and a summary', () => {
    expect(chart(WAVE, { width: 60, height: 9, title: 'carbon.agents.a.cpuUsage' })).toBe(`
carbon.agents.a.cpuUsage
100 ┤
    │    ⢀⣠⠖⠋⠉⠉⠉⠉⠲⢤⡀                            ⣀⠴⠚⠉⠉⠉⠉⠓⠦⣀
    │  ⢀⡴⠋         ⠙⠢⡀                        ⣠⠞⠁        ⠈⠳⢄
    │⢀⡴⠋             ⠈⠢⡀                    ⣠⠎⠁
 50 ┤⠏                 ⠁                  ⢀⠜⠁
    │                                   ⢀⡴⠁
    │                                 ⢀⡴⠋
    │                        ⠙⠢⢄⣀⣀⣀⣀⡤⠖⠁
  0 ┤                     ⠄
    └┬────────┬────────┬────────┬────────┬────────┬─────────
   12:00    13:00    14:00    15:00    16:00    17:00
min 3  avg 60.96  max 90  last 67.39          2023-11-14 UTC
`);
  });

  it('draws bars where braille is not wanted', () => {
    expect(chart(WAVE, { width: 60, height: 6, glyphs: 'block' })).toBe(`
100 ┤      ▁▂▃▃▃▃▂                               ▁▂▃▃▃▃▂▁
    │  ▁▃▆█████████▇▄▂                        ▂▅▇█████████▆▃
    │▃▆███████████████▇▅                   ▂▅███████████████
 50 ┤███████████████████                ▁▄▆█████████████████
    │███████████████████     ▂▁      ▂▄▆████████████████████
  0 ┤███████████████████  ▂  ███▇▆▆▇████████████████████████
    └┬────────┬────────┬────────┬────────┬────────┬─────────
   12:00    13:00    14:00    15:00    16:00    17:00
min 3  avg 60.96  max 90  last 67.39          2023-11-14 UTC
`);
  });

  it('spreads few points by their time and joins only neighbours', () => {
    const points = [1, 4, null, 9, null, null, 2, 2, 7, null, 5, null];
    expect(chart(seriesOf(points, 10), { width: 40, height: 6 })).toBe(`
10 ┤         ⠄
   │                        ⡀
   │                       ⡜
 5 ┤  ⢀⠄                  ⡜       ⠁
   │ ⡰⠁               ⠤⠤⠤⠜
 0 ┤⠊
   └┬─────────────────┬─────────────────
  12:00             12:01
min 1  avg 4.286  max 9  last 5
                          2023-11-14 UTC
`);
  });

  it('gives each point its slot in bars', () => {
    expect(chart(seriesOf([1, 4, null, 9]), { width: 20, height: 3, glyphs: 'block' })).toBe(`
10 ┤            ▆▆▆▆
 5 ┤    ▂▂▂▂    ████
 0 ┤▃▃▃▃████    ████
   └┬───────────────
  12:00
min 1  avg 4.667
max 9  last 9
      2023-11-14 UTC
`);
  });

  it('puts the summary on several lines where one is too narrow', () => {
    expect(chart(WAVE, { width: 20, height: 2 })).toBe(`
100 ┤⣠⠖⠒⠲⢤⡀    ⢀⡴⠒⠒⠦
  0 ┤⠁    ⢀⠠⠤⠤⠞⠁
    └┬──────────────
   12:00
min 3  avg 60.96
max 90  last 67.39
      2023-11-14 UTC
`);
  });

  it('says that there is no data', () => {
    expect(chart(seriesOf([null, null, null]), { width: 40, height: 3 })).toBe(`
 │
 │               no data
 │
 └┬───────────┬────────────┬────────────
12:00       12:01        12:02
min -  avg -  max -  last -
                          2023-11-14 UTC
`);
  });

  it('says so if all there is is NaN', () => {
    expect(chart(seriesOf([Number.NaN, Number.NaN]), { width: 40, height: 3 })).toBe(`
 │
 │               only NaN
 │
 └┬──────────────────┬──────────────────
12:00              12:01
min -  avg -  max -  last -  NaN 2
                          2023-11-14 UTC
`);
  });

  it('draws a series without slots as empty', () => {
    expect(renderTextChart(seriesOf([]))).toContain('no data');
  });

  it('draws a constant in the middle of a scale around it', () => {
    expect(chart(seriesOf([42, 42, 42, 42], 3600), { width: 40, height: 5 })).toBe(`
50 ┤
   │
40 ┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠁
   │
30 ┤
   └┬────────┬────────┬────────┬────────
  12:00    13:00    14:00    15:00
min 42  avg 42  max 42  last 42
                          2023-11-14 UTC
`);
  });

  it('leaves NaN empty, puts infinities on the edge and counts both', () => {
    const points = [0, 5, Infinity, null, -Infinity, null, Number.NaN, 10, 10];
    expect(chart(seriesOf(points), { width: 56, height: 5 })).toBe(`
10 ┤         ⢀⡠⠊                            ⠉⠉⠉⠉⠉⠉⠁
   │       ⢀⠔⠁
 5 ┤     ⡠⠊⠁
   │  ⢀⠔⠉
 0 ┤⡠⠒⠁                    ⡀
   └┬──────────┬───────────┬──────────┬───────────┬─────
  12:00      12:02       12:04      12:06       12:08
min 0  avg 6.25  max 10  last 10  NaN 1  inf 2
                                          2023-11-14 UTC
`);
  });

  it('keeps every peak of a series with many slots to a column', () => {
    const points = Array.from({ length: 100_000 }, (_, i) => (i === 31_416 ? 100 : i === 70_000 ? -100 : 0));
    expect(chart(seriesOf(points, 1), { width: 40, height: 5 })).toBe(`
 100 ┤          ⢸
     │          ⢸
   0 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠼⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⢤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤
     │                       ⢸
-100 ┤                       ⢸
     └┬─────────────┬──────────────┬────
    12:00        Nov 15          12:00
min -100  avg 0  max 100  last 0
            2023-11-14 to 2023-11-15 UTC
`);
  });

  it('cuts a long title and takes control characters out of it', () => {
    const [line] = renderTextChart(WAVE, { width: 20, title: 'a\u001b[31m\nvery long title indeed' }).split(
      '\n',
    );
    expect(line).toBe('a [31m very long ti…');
  });

  it('colours the line alone, and nothing where nothing is drawn', () => {
    const plain = renderTextChart(WAVE, { height: 4 });
    const color = renderTextChart(WAVE, { height: 4, color: true });
    expect(color.replaceAll('\u001b[36m', '').replaceAll('\u001b[39m', '')).toBe(plain);
    expect(color.split('\n').map((line) => line.split('\u001b').length - 1)).toEqual([2, 2, 2, 2, 0, 0, 0]);
    expect(renderTextChart(seriesOf([1, 1]), { color: true }).split('\u001b').length - 1).toBe(2);
  });

  it('shows local time where it is asked for, and names the zone', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    const lines = renderTextChart(WAVE, { timeZone: 'local' }).split('\n');
    vi.unstubAllEnvs();
    expect(lines.at(-2)).toMatch(/^ +21:00 +22:00 +23:00 +Nov 15 +01:00/);
    expect(lines.at(-1)).toMatch(/2023-11-14 to 2023-11-15 Asia\/Tokyo$/);
  });

  it('names the zone alone where the days have no room', () => {
    const twoDays = seriesOf([1, 2], 86_400);
    expect(renderTextChart(twoDays, { width: 20, height: 2 }).split('\n').at(-1)).toBe(
      'max 2  last 2    UTC',
    );
  });

  it.each([
    { name: 'a width under 20', options: { width: 19 } },
    { name: 'a height under 2', options: { height: 1 } },
    { name: 'half a row', options: { height: 2.5 } },
    { name: 'an unknown zone', options: { timeZone: 'mars' } },
    { name: 'unknown glyphs', options: { glyphs: 'emoji' } },
    { name: 'a colour that is no flag', options: { color: 'red' } },
    { name: 'a title that is no text', options: { title: 5 } },
    { name: 'an option that does not exist', options: { colour: true } },
  ])('refuses $name', ({ options }) => {
    const call = () => renderTextChart(WAVE, options as TextChartOptions);
    expect(call).toThrow(WhisperError);
    expect(call).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  });

  it('takes any values, within the width and without trailing blanks', () => {
    const options = fc.record({
      width: fc.integer({ min: 20, max: 120 }),
      height: fc.integer({ min: 2, max: 12 }),
      title: fc.string({ unit: 'binary' }),
      glyphs: fc.constantFrom('braille' as const, 'block' as const),
    });
    const steps = fc.constantFrom(1, 10, 60, 3600, 86_400, 604_800);
    fc.assert(
      fc.property(anyPoints(), steps, options, (points, step, given) => {
        const lines = renderTextChart(seriesOf(points, step), given).split('\n');
        for (const line of lines) {
          expect([...line].length).toBeLessThanOrEqual(given.width);
          expect(line).toBe(line.trimEnd());
        }
        expect(lines.length).toBeGreaterThanOrEqual(given.height + 3);
      }),
      { numRuns: 500 },
    );
  });

  it('draws the dot columns of known points and of the lines between neighbours, and no other', () => {
    fc.assert(
      fc.property(anyPoints(400), fc.integer({ min: 20, max: 60 }), (points, width) => {
        const isDrawn = (i: number) => typeof points[i] === 'number' && !Number.isNaN(points[i]);
        fc.pre(points.some((_, i) => isDrawn(i)));
        const text = renderTextChart(seriesOf(points), { width, height: 4 });
        const columns = columnsOf(text);
        const place = (i: number) => Math.floor((i / points.length) * columns * 2);
        const expected = Array.from({ length: columns * 2 }, () => false);
        for (let i = 0; i < points.length; i++) {
          if (isDrawn(i)) expected.fill(true, place(i), (isDrawn(i + 1) ? place(i + 1) : place(i)) + 1);
        }
        expect(drawnDotColumns(plotOf(text, 4, columns), columns)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('draws a bar where one of the slots of a column is known, and none elsewhere', () => {
    fc.assert(
      fc.property(anyPoints(400), fc.integer({ min: 20, max: 60 }), (points, width) => {
        const isDrawn = (point: number | null) => point !== null && !Number.isNaN(point);
        fc.pre(points.some(isDrawn));
        const text = renderTextChart(seriesOf(points), { width, height: 3, glyphs: 'block' });
        const columns = columnsOf(text);
        const lowest = plotOf(text, 3, columns)[2]!;
        for (let column = 0; column < columns; column++) {
          const start = Math.floor((column * points.length) / columns);
          const end = Math.max(start + 1, Math.floor(((column + 1) * points.length) / columns));
          expect(lowest[column] !== ' ').toBe(points.slice(start, end).some(isDrawn));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('renderTextChart of several series', () => {
  const CYAN = '\u001b[36m';
  const YELLOW = '\u001b[33m';
  const PLAIN = '\u001b[39m';
  const named = (label: string, series: ChartSeries): LabelledSeries => ({ ...series, label });
  const RISE = named('rise', seriesOf([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  const FALL = named('servers/web1/fall', seriesOf([10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]));
  const plain = (text: string) => text.replaceAll(CYAN, '').replaceAll(YELLOW, '').replaceAll(PLAIN, '');

  it('draws them on the same axes, and tells their numbers in columns', () => {
    const text = renderTextChart([RISE, FALL], { width: 72, height: 5, color: true });
    expect(`\n${plain(text)}\n`).toBe(`
10 ┤⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⡀                                        ⣀⣀⣀⠤⠤⠤⠔⠒⠒⠊⠉
   │          ⠈⠉⠉⠉⠒⠒⠒⠤⠤⠤⣀⣀⣀                ⣀⣀⣀⠤⠤⠤⠒⠒⠒⠉⠉⠉
 5 ┤                       ⢉⣉⣉⣒⣒⠶⠤⠤⠤⠴⠶⣒⣊⣉⣉⡉
   │           ⣀⣀⣀⠤⠤⠤⠒⠒⠒⠊⠉⠉⠁              ⠈⠉⠉⠑⠒⠒⠢⠤⠤⢄⣀⣀⣀
 0 ┤⣀⣀⠤⠤⠤⠒⠒⠒⠉⠉⠉                                        ⠉⠉⠉⠒⠒⠒⠤⠤⠤⣀⣀
   └┬───────────┬───────────┬────────────┬───────────┬───────────┬──────
  12:00       12:02       12:04        12:06       12:08       12:10
━━ rise               min 0  avg 5  max 10  last 10
━━ servers/web1/fall  min 0  avg 5  max 10  last 0        2023-11-14 UTC
`);
  });

  it.each([
    { name: 'in the colour of each', color: true },
    { name: 'and without colours none', color: false },
  ])('draws $name', ({ color }) => {
    const text = renderTextChart([RISE, FALL], { width: 72, height: 5, color });
    expect(text.includes(CYAN) && text.includes(YELLOW)).toBe(color);
    expect(text.includes('\u001b')).toBe(color);
  });

  it('gives a cell in which they cross to the one with more dots, and both their dots', () => {
    const flat = named('flat', seriesOf([5, 5, 5, 5]));
    const dot = named('dot', seriesOf([null, null, 5, null]));
    const alone = renderTextChart([flat], { width: 40, height: 3, color: true }).split('\n');
    const both = renderTextChart([dot, flat], { width: 40, height: 3, color: true }).split('\n');
    expect(plain(both[1]!)).toBe(plain(alone[1]!));
    expect(both[1]).toContain(YELLOW);
    expect(both[1]).not.toContain(CYAN);
    const reversed = renderTextChart([flat, dot], { width: 40, height: 3, color: true }).split('\n');
    expect(plain(reversed[1]!)).toBe(plain(alone[1]!));
    expect(reversed[1]).not.toContain(YELLOW);
  });

  it('places each by its own times and step', () => {
    const early = named('early', { ...seriesOf([1, 1], 600), from: NOON, until: NOON + 1200 });
    const late = named('late', { ...seriesOf([1, 1, 1, 1], 60), from: NOON + 2160, until: NOON + 2400 });
    const text = renderTextChart([early, late], { width: 60, height: 2, color: true });
    const columns = columnsOf(plain(text));
    const drawn = drawnDotColumns(plotOf(plain(text), 2, columns), columns);
    const share = (time: number) => Math.floor(((time - NOON) / 2400) * columns * 2);
    expect(drawn.indexOf(true)).toBe(0);
    expect(drawn.slice(share(NOON + 600) + 1, share(NOON + 2160))).not.toContain(true);
    expect(drawn.lastIndexOf(true)).toBe(share(NOON + 2340));
  });

  it('puts the numbers below the names where both have no room, and keeps the ends of long names', () => {
    const long = named(`${'folder/'.repeat(9)}metric.wsp`, WAVE);
    const text = renderTextChart([RISE, long], { width: 40, height: 2 }).split('\n');
    expect(text.slice(-5)).toEqual([
      '━━ rise',
      '   min 0  avg 5  max 10  last 10',
      '━━ …lder/folder/folder/folder/metric.wsp',
      '   min 3  avg 60.96  max 90  last 67.39',
      '                          2023-11-14 UTC',
    ]);
  });

  it('takes control characters out of names', () => {
    const text = renderTextChart([named('a\u001b[31m\nb', WAVE)], { height: 2 });
    expect(text).not.toContain('\u001b');
    expect(text).toContain('━━ a [31m b');
  });

  it('has no bars for several', () => {
    expect(() => renderTextChart([RISE, FALL], { glyphs: 'block' })).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
    );
  });

  it('keeps to the width whatever they hold', () => {
    const any = fc.array(
      fc.tuple(anyPoints(60), fc.string({ maxLength: 60 }), fc.constantFrom(1, 60, 3600)),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(any, fc.integer({ min: 20, max: 100 }), (rows, width) => {
        const series = rows.map(([points, label, step]) => named(label, seriesOf(points, step)));
        const lines = plain(renderTextChart(series, { width, height: 3 })).split('\n');
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
      }),
      { numRuns: 100 },
    );
  });
});

describe('renderSparkline', () => {
  it.each([
    { name: 'a rise', points: [0, 1, 2, 3, 4, 5, 6, 7], width: 8, line: '▁▂▃▄▅▆▇█' },
    { name: 'a gap', points: [1, null, 3, null], width: 4, line: '▁ █ ' },
    { name: 'the greatest of each column', points: [0, 0, 0, 7, 1, 0, 0, 0], width: 4, line: '▁█▂▁' },
    { name: 'few points stretched', points: [1, 2], width: 6, line: '▁▁▁███' },
    { name: 'a constant', points: [5, 5, 5], width: 3, line: '▄▄▄' },
    { name: 'nothing but 0', points: [0, 0, 0], width: 3, line: '▁▁▁' },
    { name: 'infinities and NaN', points: [Infinity, -Infinity, Number.NaN, 1, 2], width: 5, line: '█▁ ▁█' },
    { name: 'gaps alone', points: [null, null], width: 4, line: '    ' },
    { name: 'no slots', points: [], width: 3, line: '   ' },
  ])('draws $name', ({ points, width, line }) => {
    expect(renderSparkline(seriesOf(points), width)).toBe(line);
  });

  it('refuses a width of 0', () => {
    expect(() => renderSparkline(WAVE, 0)).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  });

  it('is as wide as it was asked to be, whatever the values', () => {
    fc.assert(
      fc.property(anyPoints(), fc.integer({ min: 1, max: 100 }), (points, width) => {
        expect(renderSparkline(seriesOf(points), width)).toMatch(new RegExp(`^[ ▁▂▃▄▅▆▇█]{${width}}$`));
      }),
    );
  });
});
