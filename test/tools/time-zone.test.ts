import { afterEach, describe, expect, it, vi } from 'vitest';
import { utcOffset } from '../../src/tools/time-zone.js';

const TUESDAY = 1_700_000_000; // 2023-11-14 22:13:20 UTC

afterEach(() => vi.unstubAllEnvs());

describe('utcOffset', () => {
  it.each([
    { zone: 'UTC', offset: 0 },
    { zone: 'America/New_York', offset: -18_000 },
    { zone: 'Asia/Kathmandu', offset: 20_700 },
  ])('is $offset seconds in $zone', ({ zone, offset }) => {
    vi.stubEnv('TZ', zone);
    expect(utcOffset(TUESDAY)).toBe(offset);
  });
});
