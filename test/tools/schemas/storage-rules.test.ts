import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadStorageRules, matchStorage } from '../../../src/index.js';
import { useFreshFolder } from '../../support/cli.js';
import { errorOf } from '../../support/error-of.js';

useFreshFolder();

const SCHEMAS = `[carbon]
pattern = ^carbon\\.
retentions = 60:90d

[timers]
pattern = \\.timers\\.
retentions = 10s:1d,1m:30d
compressed = true

[web]
pattern = ^web\\.
retentions = 10s:6h,1m:7d
priority = 5
compressed = no
`;

const AGGREGATION = `[timers]
pattern = \\.timers\\.
aggregationMethod = average,max,p95
[count]
pattern = \\.count$
xFilesFactor = 0.1
`;

beforeEach(() => {
  writeFileSync('schemas.conf', SCHEMAS);
  writeFileSync('aggregation.conf', AGGREGATION);
});

const BOTH = { schemas: 'schemas.conf', aggregation: 'aggregation.conf' };

describe('matchStorage', () => {
  it.each([
    {
      metric: 'carbon.agents.a.cpu',
      choice: {
        retentions: [{ step: 60, points: 129_600 }],
        schemaName: 'carbon',
        aggregation: 'average',
        xFilesFactor: 0.5,
        aggregationName: 'default',
      },
    },
    {
      metric: 'stats.timers.a.count',
      choice: {
        retentions: [
          { step: 10, points: 8640 },
          { step: 60, points: 43_200 },
        ],
        schemaName: 'timers',
        compressed: true,
        aggregation: 'mix',
        mix: [
          { method: 'average', percentile: 0, name: 'average' },
          { method: 'max', percentile: 0, name: 'max' },
          { method: 'percentile', percentile: 95, name: 'p95' },
        ],
        xFilesFactor: 0.5,
        aggregationName: 'timers',
      },
    },
    {
      metric: 'web.timers.count',
      choice: {
        retentions: [
          { step: 10, points: 2160 },
          { step: 60, points: 10_080 },
        ],
        schemaName: 'web',
        compressed: false,
        aggregation: 'mix',
        mix: expect.any(Array),
        xFilesFactor: 0.5,
        aggregationName: 'timers',
      },
    },
    {
      metric: 'web.hits.count',
      choice: {
        retentions: expect.any(Array),
        schemaName: 'web',
        compressed: false,
        aggregation: 'average',
        xFilesFactor: Math.fround(0.1),
        aggregationName: 'count',
      },
    },
    { metric: 'other.a', choice: null },
  ])('says of $metric what the first section of each file says', ({ metric, choice }) => {
    expect(matchStorage(metric, loadStorageRules(BOTH))).toEqual(choice);
  });

  it("falls back on carbon's own default if it is told to", () => {
    const rules = loadStorageRules({ ...BOTH, fallback: true });
    expect(matchStorage('other.a', rules)).toMatchObject({
      retentions: [{ step: 60, points: 10_080 }],
      schemaName: 'default',
    });
    expect(matchStorage('carbon.a', rules)).toMatchObject({ schemaName: 'carbon' });
  });

  it('says nothing of what no file was given for', () => {
    const { schemas, aggregation } = BOTH;
    expect(matchStorage('carbon.a', loadStorageRules({ schemas }))).toEqual({
      retentions: [{ step: 60, points: 129_600 }],
      schemaName: 'carbon',
    });
    expect(matchStorage('other.count', loadStorageRules({ aggregation }))).toEqual({
      aggregation: 'average',
      xFilesFactor: Math.fround(0.1),
      aggregationName: 'count',
    });
  });
});

describe('loadStorageRules', () => {
  it('takes URLs, and names the file in its warnings', () => {
    writeFileSync('schemas.conf', `${SCHEMAS}[none]\nretentions = 1m:1d\n`);
    expect(loadStorageRules({ schemas: pathToFileURL('schemas.conf') }).warnings).toEqual([
      expect.stringMatching(/schemas\.conf: line 15: \[none\] has no pattern/),
    ]);
  });

  it.each([
    { files: { schemas: 'none.conf' }, code: 'WSP_NOT_FOUND', message: 'none.conf: cannot read it: ENOENT' },
    { files: {}, code: 'WSP_BAD_OPTION', message: 'neither schemas nor aggregation is given' },
    { files: { schema: 'a' }, code: 'WSP_BAD_OPTION', message: "no option 'schema'; expected 'schemas'" },
    { files: { ...BOTH, fallback: 1 }, code: 'WSP_BAD_OPTION', message: 'option fallback is 1' },
    {
      files: { schemas: 'aggregation.conf' },
      code: 'WSP_BAD_INPUT',
      message: 'aggregation.conf: 2 mistakes:',
    },
  ])('refuses $message', ({ files, code, message }) => {
    const error = errorOf(() => loadStorageRules(files as never));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(message);
  });
});
