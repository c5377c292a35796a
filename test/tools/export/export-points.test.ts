import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  create,
  type ExportForm,
  type ExportOptions,
  exportPoints,
  importCsv,
  importGraphite,
  importJson,
  importNdjson,
} from '../../../src/index.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const file = temporaryFolder();
const T = 1_700_000_000;
const clock = () => T;

/** One archive with every kind of value, a minute apart, the last at 1699999980. */
const VALUES = [0.1, -0, 1e21, Number.NaN, 1 / 0, -1 / 0];

beforeEach(() => {
  using database = create(file('a.wsp'), { retentions: '1m:1h' });
  database.updateMany(
    VALUES.map((value, i) => [T - 60 * (VALUES.length - i), value] as const),
    { now: T },
  );
});

function text(to: ExportForm, options: Partial<ExportOptions> = {}, path = 'a.wsp', metric = 'a'): string {
  return [...exportPoints([{ path: file(path), metric }], { to, clock, ...options })].join('');
}

const AT = VALUES.map((_, i) => T - 20 - 60 * (VALUES.length - i));

describe('exportPoints', () => {
  it('prints CSV', () => {
    const values = ['0.1', '-0', '1e+21', 'NaN', 'Infinity', '-Infinity'];
    expect(text('csv')).toBe(`timestamp,value\n${values.map((value, i) => `${AT[i]},${value}\n`).join('')}`);
    expect(text('csv', { long: true, from: AT[4]! }, 'a.wsp', 'x,"y"')).toBe(
      `metric,timestamp,value\n"x,""y""",${AT[5]},-Infinity\n`,
    );
  });

  it('prints JSON that says every number', () => {
    expect(text('json')).toBe(
      `[{"metric":"a","path":${JSON.stringify(file('a.wsp'))},"points":[[${AT[0]},0.1],[${AT[1]},-0],[${AT[2]},1e+21],` +
        `[${AT[3]},"NaN"],[${AT[4]},"Infinity"],[${AT[5]},"-Infinity"]]}]\n`,
    );
    expect(JSON.parse([...exportPoints([], { to: 'json' })].join(''))).toEqual([]);
    const two = [...exportPoints([file('a.wsp'), file('a.wsp')], { to: 'json', clock })].join('');
    expect(JSON.parse(two)).toHaveLength(2);
  });

  it('prints NDJSON', () => {
    expect(text('ndjson', { until: AT[1]! })).toBe(
      `{"metric":"a","timestamp":${AT[0]},"value":0.1}\n{"metric":"a","timestamp":${AT[1]},"value":-0}\n`,
    );
  });

  it('prints Graphite lines, with no blank in a name', () => {
    expect(text('graphite', { prefix: 'old' }, 'a.wsp', 'my cpu')).toBe(
      ['0.1', '-0', '1e+21', 'nan', 'inf', '-inf']
        .map((value, i) => `old.my_cpu ${value} ${AT[i]}\n`)
        .join(''),
    );
  });

  it('prints Influx lines, and tells how many values they have no word for', () => {
    const left: number[] = [];
    const lines = text(
      'influx',
      { onLeftOut: (_, count) => left.push(count) },
      'a.wsp',
      '#a b,c=d;t 1=x=,y;h=\\',
    );
    expect(lines).toBe(
      ['0.1', '-0', '1e+21']
        .map((value, i) => `_a\\ b\\,c=d,t\\ 1=x\\=\\,y,h=_ value=${value} ${AT[i]}000000000\n`)
        .join(''),
    );
    expect(left).toEqual([3]);
    expect(text('influx', { precision: 'ms', until: AT[0]! })).toBe(`a value=0.1 ${AT[0]}000\n`);
  });

  it('prints OpenMetrics, a family in one piece, names that can be told apart', () => {
    expect(text('openmetrics', {}, 'a.wsp', '1st.cpu;host=we"b\n1')).toBe(
      '# HELP _1st_cpu Graphite metric 1st.cpu\n# TYPE _1st_cpu gauge\n' +
        ['0.1', '-0', '1e+21', 'NaN', '+Inf', '-Inf']
          .map((value, i) => `_1st_cpu{host="we\\"b\\n1"} ${value} ${AT[i]}\n`)
          .join('') +
        '# EOF\n',
    );
    const sources = ['a.b', 'c', 'a-b', 'c;x=1'].map((metric) => ({ path: file('a.wsp'), metric }));
    const lines = [...exportPoints(sources, { to: 'openmetrics', until: AT[0]!, clock })]
      .join('')
      .split('\n');
    expect(lines).toEqual([
      '# HELP a_b Graphite metric a.b',
      '# TYPE a_b gauge',
      `a_b{metric="a.b"} 0.1 ${AT[0]}`,
      `a_b{metric="a-b"} 0.1 ${AT[0]}`,
      '# HELP c Graphite metric c',
      '# TYPE c gauge',
      `c 0.1 ${AT[0]}`,
      `c{x="1"} 0.1 ${AT[0]}`,
      '# EOF',
      '',
    ]);
  });

  it('prints nothing but what every form begins and ends with for a file without points', () => {
    create(file('empty.wsp'), { retentions: '1m:1h' }).close();
    const printed = (['csv', 'json', 'ndjson', 'graphite', 'influx', 'openmetrics'] as const).map((to) =>
      text(to, {}, 'empty.wsp'),
    );
    expect(printed).toEqual([
      'timestamp,value\n',
      expect.stringContaining('"points":[]'),
      '',
      '',
      '',
      '# HELP a Graphite metric a\n# TYPE a gauge\n# EOF\n',
    ]);
  });

  it('reads file after file as the text is asked for, and goes on behind one that cannot be read', () => {
    writeFileSync(file('bad.wsp'), 'no database');
    const told: string[] = [];
    const pieces = exportPoints(
      ['a.wsp', 'bad.wsp', 'a.wsp'].map((name) => file(name)),
      {
        to: 'graphite',
        clock,
        onFile: (path, points) => told.push(`${path.slice(file().length + 1)} ${points}`),
        onFailed: (path) => told.push(`${path.slice(file().length + 1)} failed`),
      },
    );
    expect(told).toEqual([]);
    pieces.next();
    expect(told).toEqual(['a.wsp 6']);
    expect([...pieces].join('').split('\n')).toHaveLength(7);
    expect(told).toEqual(['a.wsp 6', 'bad.wsp failed', 'a.wsp 6']);
    // Before the first word of a lone file, so that nothing half is printed.
    expect(() => exportPoints([file('bad.wsp')], { to: 'csv' }).next()).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
  });

  it('refuses options that it does not have', () => {
    expect(() => exportPoints([], { form: 'csv' } as unknown as ExportOptions)).toThrow("no option 'form'");
    expect(() => exportPoints([], {} as ExportOptions)).toThrow('was not told a form');
    expect(() => exportPoints([], { to: 'xml' } as unknown as ExportOptions)).toThrow("option to is 'xml'");
    expect(() => [...exportPoints([file('a.wsp')], { to: 'csv', archive: 3 })]).toThrow(
      expect.objectContaining({ code: 'WSP_NO_SUCH_ARCHIVE' }),
    );
  });

  it('takes the archives of one aggregation of a mix', () => {
    using mix = create(file('mix.wsp'), {
      format: 'compressed',
      retentions: '1m:5,5m:1d',
      aggregation: 'mix',
      mix: ['max', 'min'],
    });
    const START = 1_699_999_800;
    for (let i = 0; i < 200; i++) mix.updateMany([[START + 60 * i, i % 5]], { now: START + 60 * i });
    const value = (spec?: string) =>
      text('csv', { spec, clock: () => START + 60 * 200 }, 'mix.wsp')
        .split('\n')[1]!
        .split(',')[1];
    expect([value(), value('max'), value('min')]).toEqual(['4', '4', '0']);
    expect(() => text('csv', { spec: 'p95' }, 'mix.wsp')).toThrow("no archives of 'p95'");
  });
});

describe('what was exported', () => {
  const read = {
    csv: (exported: string, how: object) => importCsv(exported, file('b/a.wsp'), how),
    graphite: (exported: string, how: object) => importGraphite(exported, file('b'), how),
    ndjson: (exported: string, how: object) => importNdjson(exported, file('b'), how),
    json: (exported: string, how: object) => importJson(exported, file('b'), how),
  };
  const START = 1_600_000_000;
  const gaps = fc.array(fc.tuple(fc.integer({ min: 2, max: 120 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 1,
    maxLength: 10,
  });
  const value = fc.constantFrom(1 / 3, -0, 5e-324, Number.NaN, 1 / 0, -1e300, 7);

  it.each(['csv', 'graphite', 'ndjson', 'json'] as const)(
    'comes to the same points again by way of %s',
    (to) => {
      const formats = fc.constantFrom('standard' as const, 'compressed' as const);
      fc.assert(
        fc.property(
          gaps,
          fc.array(value, { minLength: 5, maxLength: 5 }),
          formats,
          formats,
          (runs, values, format, other) => {
            const retentions = '1m:2h,10m:10h,1h:7d';
            const layout = { retentions, aggregation: 'last', xFilesFactor: 0 } as const;
            using database = create(file('a.wsp'), { ...layout, format, overwrite: true });
            let at = START;
            // Long enough that every archive has something which the finer ones no longer have.
            for (const [length, gap] of [[1300, 1], ...runs] as const) {
              for (let done = 0; done < length; ) {
                const points: [number, number][] = [];
                for (; done < length && points.length < 60; done++, at += 60)
                  points.push([at, values[done % 5]!]);
                database.updateMany(points, { now: at - 60 });
              }
              at += 60 * gap;
            }
            const now = () => at;
            const once = text(to, { clock: now });
            read[to](once, { ...layout, format: other, overwrite: true, clock: now });
            const again = text(to, { clock: now }, 'b/a.wsp');
            expect(again.replaceAll(file('b/a.wsp'), file('a.wsp'))).toBe(once);
          },
        ),
        { numRuns: 20 },
      );
    },
  );
});
