import { describe, expect, it } from 'vitest';
import { metricNameOf } from '../../../src/index.js';
import { errorOf } from '../../support/error-of.js';

const HASH = '9a3f10'.padEnd(64, '0');

describe('metricNameOf', () => {
  it.each([
    { root: '/data', path: '/data/servers/web1/cpu.wsp', name: 'servers.web1.cpu' },
    { root: '/data/', path: '/data/a.wsp', name: 'a' },
    { root: 'data', path: './data/b/../a/b.wsp', name: 'a.b' },
    { root: '.', path: 'a/b', name: 'a.b' },
    { root: '/data', path: '/data/..a/b.wsp', name: '..a.b' },
    { root: '/data', path: '/data/_tagged/9a3/f10/disk_DOT_used;dc=a_DOT_b.wsp', name: 'disk.used;dc=a.b' },
    { root: '/data', path: '/data/_tagged/9a3/f10/disk.used;dc=a.wsp', name: 'disk.used;dc=a' },
    { root: '/data', path: `/data/_tagged/9a3/f10/${HASH}.wsp`, name: null },
    { root: '/data', path: `/data/a/${HASH}.wsp`, name: `a.${HASH}` },
    { root: '/data', path: '/data/_tagged/cpu.wsp', name: '_tagged.cpu' },
  ])('of $path in $root', ({ root, path, name }) => {
    expect(metricNameOf(root, path)).toBe(name);
  });

  it.each(['/other/a.wsp', '/data', '/data2/a.wsp', '/data/../a.wsp'])(
    'refuses %s, which is not in it',
    (path) => {
      expect(errorOf(() => metricNameOf('/data', path))).toMatchObject({ code: 'WSP_BAD_OPTION' });
    },
  );
});
