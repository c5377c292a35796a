import { describe, expect, it } from 'vitest';
import { WhisperError } from '../../../src/index.js';
import {
  type CsvColumns,
  type InputForm,
  readColon,
  readPoints,
} from '../../../src/tools/import/line-points.js';
import { NOW } from '../../support/cli.js';

/** The points of a text, as pairs. */
function read(text: string, form: InputForm | 'auto' = 'auto', columns: CsvColumns = {}): [number, number][] {
  const { timestamps, values } = readPoints(text, form, 'points.txt', NOW, columns);
  return timestamps.map((timestamp, i) => [timestamp, values[i]!]);
}

describe('readPoints: TIME:VALUE lines', () => {
  it.each([
    { name: 'Unix seconds', line: '1699999990:2.5', point: [1_699_999_990, 2.5] },
    { name: 'N for now', line: 'N:3', point: [NOW, 3] },
    { name: 'a relative time', line: 'now-1h:3', point: [NOW - 3600, 3] },
    { name: 'a duration alone', line: '-90s:3', point: [NOW - 90, 3] },
    { name: 'a date with colons of its own', line: '2023-11-14T22:13:20Z:7', point: [NOW, 7] },
    { name: 'a negative value', line: 'N:-4.5e-3', point: [NOW, -0.0045] },
    { name: 'a value with a plus', line: 'N:+.5', point: [NOW, 0.5] },
    { name: 'blanks around both', line: '  1699999990 : 1 ', point: [1_699_999_990, 1] },
    { name: 'an infinity', line: 'N:-inf', point: [NOW, -1 / 0] },
    { name: 'an infinity in full', line: 'N:Infinity', point: [NOW, 1 / 0] },
    { name: 'a NaN', line: 'N:nan', point: [NOW, Number.NaN] },
    { name: 'minus zero', line: 'N:-0', point: [NOW, -0] },
    { name: 'a fraction of a second', line: '1699999990.9:1', point: [1_699_999_990, 1] },
  ])('$name', ({ line, point }) => {
    expect(read(line)).toEqual([point]);
  });

  it('are read one a line, whatever ends it, and blank lines and comments are passed over', () => {
    const text = '\uFEFF# cpu\r\n1699999980:1\r\n\r\n1699999990:2\n   \n# end\n1700000000:3';
    expect(read(text)).toEqual([
      [1_699_999_980, 1],
      [1_699_999_990, 2],
      [1_700_000_000, 3],
    ]);
  });

  it.each(['', '\n\n', '# nothing\n', '\uFEFF'])('are none in %j', (text) => {
    expect(read(text)).toEqual([]);
  });
});

describe('readPoints: CSV', () => {
  const POINTS = [
    [1_699_999_980, 1.5],
    [1_699_999_990, -2],
  ];

  it.each([
    { name: 'without a heading', text: '1699999980,1.5\n1699999990,-2\n' },
    { name: 'with a heading', text: 'timestamp,value\n1699999980,1.5\n1699999990,-2\n' },
    {
      name: 'with a heading that names the columns the other way round',
      text: 'value,time\n1.5,1699999980\n-2,1699999990',
    },
    { name: 'with a heading of unknown names', text: 'when,how much\n1699999980,1.5\n1699999990,-2' },
    {
      name: 'with capitals and blanks in the heading',
      text: ' Timestamp , Value \n1699999980, 1.5\n1699999990 ,-2',
    },
    { name: 'with columns besides', text: 'host,value,Date\na,1.5,1699999980\nb,-2,1699999990' },
    {
      name: 'with carriage returns and a byte order mark',
      text: '\uFEFFtime,value\r\n1699999980,1.5\r\n1699999990,-2\r\n',
    },
    { name: 'with quoted fields', text: '"time","value"\n"1699999980","1.5"\n"1699999990","-2"' },
    {
      name: 'with a comma and quotes inside quotes',
      text: 'note,t,v\n"a, ""b""",1699999980,1.5\n"",1699999990,-2',
    },
    { name: 'with ISO times', text: 'time,value\n2023-11-14T22:13:00Z,1.5\n2023-11-14 22:13:10,-2' },
    { name: 'with a zone', text: '2023-11-14T23:13:00+01:00,1.5\n2023-11-14T16:13:10-0600,-2' },
    {
      name: 'with comments and blank lines',
      text: '# made by hand\n\ntime,value\n1699999980,1.5\n\n1699999990,-2',
    },
    { name: 'with gaps', text: 'time,value\n1699999970,\n1699999980,1.5\n1699999985," "\n1699999990,-2' },
  ])('$name', ({ text }) => {
    expect(read(text)).toEqual(POINTS);
  });

  it.each<{ name: string; text: string; columns: CsvColumns }>([
    {
      name: 'by their headings',
      text: 'at,cpu,mem\n1699999980,9,1.5\n1699999990,9,-2',
      columns: { time: 'at', value: 'mem' },
    },
    {
      name: 'whatever their capitals',
      text: 'At,Cpu,Mem\n1699999980,9,1.5\n1699999990,9,-2',
      columns: { value: 'MEM' },
    },
    {
      name: 'by their numbers',
      text: '9,1.5,1699999980\n9,-2,1699999990',
      columns: { time: '3', value: '2' },
    },
    {
      name: 'by their numbers under a heading',
      text: 'a,b,c\n9,1.5,1699999980\n9,-2,1699999990',
      columns: { time: '3', value: '2' },
    },
    {
      name: 'the value only, beside a time of the usual name',
      text: 'x,ds,y\n1.5,1699999980,9\n-2,1699999990,9',
      columns: { value: 'x' },
    },
  ])('takes the columns that are asked for: $name', ({ text, columns }) => {
    expect(read(text, 'csv', columns)).toEqual(POINTS);
  });
});

describe('readPoints: NDJSON', () => {
  it.each([
    { name: 'pairs', line: '[1699999990, 2.5]', points: [[1_699_999_990, 2.5]] },
    { name: 'objects', line: '{"timestamp":1699999990,"value":2.5}', points: [[1_699_999_990, 2.5]] },
    { name: 'objects with other names', line: '{"v":2.5,"t":"now-10"}', points: [[NOW - 10, 2.5]] },
    {
      name: 'more fields',
      line: '{"path":"a.wsp","timestamp":1699999990,"value":1e-7}',
      points: [[1_699_999_990, 1e-7]],
    },
    {
      name: 'numbers that JSON has not, as text',
      line: '[1699999990,"-Infinity"]',
      points: [[1_699_999_990, -1 / 0]],
    },
    { name: 'NaN as text', line: '{"time":1699999990,"value":"NaN"}', points: [[1_699_999_990, Number.NaN]] },
    { name: 'an ISO time', line: '["2023-11-14T22:13:20Z",1]', points: [[NOW, 1]] },
    { name: 'null, which is a gap', line: '[1699999990,null]', points: [] },
    { name: 'null in an object', line: '{"timestamp":1699999990,"value":null}', points: [] },
  ])('$name', ({ line, points }) => {
    expect(read(line)).toEqual(points);
  });
});

describe('readPoints: TSV', () => {
  it.each([
    { name: 'what fetch prints', text: '1699999980\t1.5\n1699999990\tNone\n1700000000\t-2\n' },
    { name: 'a heading', text: 'timestamp\tvalue\n1699999980\t1.5\n1700000000\t-2\n' },
    { name: 'times with blanks', text: '2023-11-14 22:13:00\t1.5\n2023-11-14 22:13:20\t-2\n' },
    { name: 'an empty value', text: '1699999980\t1.5\n1699999990\t\n1700000000\t-2\n' },
  ])('is told from the rest: $name', ({ text }) => {
    expect(read(text)).toEqual([
      [1_699_999_980, 1.5],
      [1_700_000_000, -2],
    ]);
  });

  it('has columns to choose from when it is asked for', () => {
    const columns = { time: '2', value: 'load' };
    expect(read('host\tat\tload\nweb01\t1700000000\t7', 'tsv', columns)).toEqual([[1_700_000_000, 7]]);
  });
});

describe('readPoints: Graphite lines', () => {
  it.each([
    { name: 'metric, value and time', line: 'servers.a.cpu 2.5 1699999990', points: [[1_699_999_990, 2.5]] },
    {
      name: 'more than one blank between',
      line: 'servers.a.cpu\t 2.5  1699999990 ',
      points: [[1_699_999_990, 2.5]],
    },
    { name: 'a time of -1, which is now', line: 'a.b 7 -1', points: [[NOW, 7]] },
    { name: 'tags', line: 'cpu;host=a 7 1699999990', points: [[1_699_999_990, 7]] },
  ])('$name', ({ line, points }) => {
    expect(read(line)).toEqual(points);
  });
});

describe('readPoints: what cannot be read is refused with the number of its line', () => {
  it.each<{ name: string; text: string; form?: InputForm | 'auto'; columns?: CsvColumns; message: string }>([
    { name: 'no colon', text: 'N:1\nfoo\n', message: "line 2: 'foo' has no ':'; expected time:value" },
    { name: 'no value', text: 'N:', message: "line 1: value ''; expected a number" },
    {
      name: 'a word for a value',
      text: 'N:1\n\n# x\nN:high',
      message: "line 4: value 'high'; expected a number",
    },
    { name: 'a hexadecimal value', text: 'N:0x10', message: "line 1: value '0x10'; expected a number" },
    { name: 'no time', text: ':5', message: "line 1: time ''" },
    {
      name: 'milliseconds',
      text: 'time,value\n1700000000000,1',
      message: "line 2: time '1700000000000': it is too far away (are these milliseconds?)",
    },
    { name: 'a time before 1970', text: '1969-12-31,1', message: 'line 1: timestamp -86400' },
    {
      name: 'a bad time in a CSV',
      text: 'time,value\n1699999980,1\r\nsoon,2',
      message: "line 3: time 'soon'",
    },
    {
      name: 'a day that does not exist',
      text: 'time,value\n2023-02-30,1',
      message: "line 2: time '2023-02-30': there is no such day",
    },
    {
      name: 'a CSV line that is too short',
      text: 'a,b,c\n1,2,3\n4',
      form: 'csv',
      columns: { time: '1', value: '3' },
      message: 'line 3: a line of 1; expected 3 fields or more',
    },
    {
      name: 'quotes that stay open',
      text: 'time,value\n"1699999980,1',
      message: "line 2: '\"1699999980,1'; expected quotes that close",
    },
    {
      name: 'a column that is not there',
      text: 'time,cpu\n1,2',
      form: 'csv',
      columns: { value: 'mem' },
      message: "line 1: no column 'mem'; expected one of time, cpu",
    },
    {
      name: 'a column number that is too high',
      text: 'time,cpu\n1,2',
      form: 'csv',
      columns: { value: '3' },
      message: "line 1: no column '3'",
    },
    {
      name: 'column number 0',
      text: 'time,cpu\n1,2',
      form: 'csv',
      columns: { time: '0' },
      message: "line 1: no column '0'",
    },
    {
      name: 'broken JSON',
      text: '[1699999980,1]\n[1699999990',
      message: "line 2: '[1699999990'; expected JSON",
    },
    {
      name: 'JSON without a value',
      text: '{"timestamp":1}',
      message: 'line 1: \'{"timestamp":1}\'; expected [time, value] or {"timestamp": …, "value": …}',
    },
    {
      name: 'JSON that is neither',
      text: '5',
      form: 'ndjson',
      message: "line 1: '5'; expected [time, value]",
    },
    { name: 'JSON null', text: 'null', form: 'ndjson', message: "line 1: 'null'; expected [time, value]" },
    {
      name: 'a truth for a value',
      text: '[1699999980,true]',
      message: "line 1: value 'true'; expected a number",
    },
    {
      name: 'a Graphite line of two words',
      text: 'a 1',
      form: 'graphite',
      message: "line 1: 'a 1'; expected metric value time",
    },
    {
      name: 'a Graphite line of four words',
      text: 'a 1 N b',
      form: 'graphite',
      message: "line 1: 'a 1 N b'; expected metric value time",
    },
  ])('$name', ({ text, form = 'auto', columns = {}, message }) => {
    const error = errorOf(() => read(text, form, columns));
    expect(error.code).toBe('WSP_BAD_INPUT');
    expect(error.message).toContain(`points.txt: ${message}`);
  });
});

describe('readColon', () => {
  it('reads the time up to the last colon', () => {
    expect(readColon('2023-11-14 22:13:-1', NOW)).toEqual({ timestamp: NOW - 20, value: -1 });
  });
});

function errorOf(work: () => unknown): WhisperError {
  try {
    work();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
