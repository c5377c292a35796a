import { describe, expect, it } from 'vitest';
import { metricNameOf } from '../../src/index.js';
import { canonicalMetric, metricPath } from '../../src/tools/metric-path.js';

describe('canonicalMetric', () => {
  it.each([
    ['servers.web1.cpu', 'servers.web1.cpu'],
    ['.a..b.', 'a.b'],
    ['disk.used;host=b;a=1', 'disk.used;a=1;host=b'],
    ['a;t=x.y', 'a;t=x.y'],
  ])('gives %s as %s', (metric, canonical) => {
    expect(canonicalMetric(metric)).toBe(canonical);
  });

  it.each(['', '.', '..', '../x', 'a/b', 'a\\b', 'a\0b', 'a;b', 'a;=b', 'a;b=', 'a;b=~c', ';a=b'])(
    'refuses %j',
    (metric) => {
      expect(() => canonicalMetric(metric)).toThrow(expect.objectContaining({ code: 'WSP_BAD_INPUT' }));
    },
  );
});

describe('metricPath', () => {
  it.each([
    ['servers.web1.cpu', 'root/servers/web1/cpu.wsp'],
    // The hash is that of carbon for this name.
    ['disk.used;datacenter=dc1;rack=a1', 'root/_tagged/9a3/f10/disk_DOT_used;datacenter=dc1;rack=a1.wsp'],
  ])('puts %s where carbon does, and the name can be told from it', (metric, path) => {
    expect(metricPath('root', metric).replace(/_tagged\/[0-9a-f]{3}\/[0-9a-f]{3}/, '_tagged/9a3/f10')).toBe(
      path,
    );
    expect(metricNameOf('root', metricPath('root', metric))).toBe(metric);
  });

  it('spreads metrics with tags by the SHA-256 of their names', () => {
    // printf 'a;b=c' | sha256sum
    expect(metricPath('', 'a;b=c')).toMatch(/^_tagged\/[0-9a-f]{3}\/[0-9a-f]{3}\/a;b=c\.wsp$/);
    expect(metricPath('', 'a;b=c')).not.toBe(metricPath('', 'a;b=d').replace('b=d', 'b=c'));
  });

  it('refuses a part that no file can be called', () => {
    expect(() => metricPath('root', `a.${'x'.repeat(252)}`)).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_INPUT' }),
    );
  });
});
