import { describe, expect, it } from 'vitest';
import { parseAggregations } from '../../../src/tools/schemas/aggregation.js';
import { errorOf } from '../../support/error-of.js';

const CARBON = `# Aggregation methods for whisper files.
[min]
pattern = \\.lower$
xFilesFactor = 0.1
aggregationMethod = min

[sum]
pattern = \\.count$
xFilesFactor = 0
aggregationMethod = sum

[default_average]
pattern = .*
xFilesFactor = 0.5
aggregationMethod = average
`;

/** The one section of a file with these lines. */
const only = (...lines: string[]) => parseAggregations(['[a]', 'pattern = .*', ...lines].join('\n')).list[0]!;

describe('parseAggregations', () => {
  it("reads a file as carbon's example is", () => {
    const { list, warnings } = parseAggregations(CARBON);
    expect(list.map(({ name, line, method, xFilesFactor }) => [name, line, method, xFilesFactor])).toEqual([
      ['min', 2, { aggregation: 'min' }, Math.fround(0.1)],
      ['sum', 7, { aggregation: 'sum' }, 0],
      ['default_average', 12, { aggregation: 'average' }, 0.5],
    ]);
    expect(list.map(({ matches }) => matches('a.count'))).toEqual([false, true, true]);
    expect(warnings).toEqual([]);
  });

  it('leaves open what a section does not say', () => {
    expect(only()).toMatchObject({ method: undefined, xFilesFactor: undefined });
    expect(only('xFilesFactor = 0')).toMatchObject({ method: undefined, xFilesFactor: 0 });
    expect(only('aggregationMethod = last')).toMatchObject({ xFilesFactor: undefined });
  });

  it.each([
    { text: 'avg', aggregation: 'average' },
    { text: 'AVERAGE', aggregation: 'average' },
    { text: 'avg_zero ; gaps are 0', aggregation: 'avg_zero' },
    { text: 'absmax', aggregation: 'absmax' },
    { text: 'absmin', aggregation: 'absmin' },
    { text: 'first', aggregation: 'first' },
  ])('reads the method $text', ({ text, aggregation }) => {
    expect(only(`aggregationMethod = ${text}`).method).toEqual({ aggregation });
  });

  it.each([
    { text: 'average,max,p95', names: ['average', 'max', 'p95'] },
    { text: 'avg, MIN ,p99.9', names: ['average', 'min', 'p99.900002'] },
    { text: 'p50', names: ['p50'] },
  ])("reads go-carbon's list $text", ({ text, names }) => {
    const { method } = only(`aggregationMethod = ${text}`);
    expect([method?.aggregation, method?.mix?.map(({ name }) => name)]).toEqual(['mix', names]);
  });

  it.each([
    {
      lines: ['aggregationMethod = mean'],
      message: "g.conf: line 3: [a]: unknown aggregation method 'mean'; expected one of average, sum",
    },
    {
      lines: ['aggregationMethod = average,absmax'],
      message: "g.conf: line 3: [a]: aggregation method 'absmax' (only standard files have it)",
    },
    {
      lines: ['aggregationMethod = p101'],
      message: 'g.conf: line 3: [a]: percentile 101; expected a number',
    },
    {
      lines: ['xFilesFactor = 50%'],
      message: "g.conf: line 3: [a]: xFilesFactor '50%'; expected a number from 0",
    },
    {
      lines: ['xFilesFactor = 2'],
      message: "g.conf: line 3: [a]: xFilesFactor '2'; expected a number from 0 to 1",
    },
    { lines: ['xFilesFactor = nan'], message: "g.conf: line 3: [a]: xFilesFactor 'nan'" },
  ])('refuses $message', ({ lines, message }) => {
    const error = errorOf(() => parseAggregations(['[a]', 'pattern = .*', ...lines].join('\n'), 'g.conf'));
    expect(error).toMatchObject({ code: 'WSP_BAD_INPUT', path: 'g.conf' });
    expect(error.message).toContain(message);
  });
});
