import { describe, expect, it } from 'vitest';
import { WhisperError } from '../../src/index.js';
import { diff } from '../../src/tools/diff.js';
import { apply, codesOf, createFrom, type Made, number, vectorRows } from '../support/vectors.js';

function make({ create, ops }: Made) {
  const database = createFrom(create);
  for (const op of ops) apply(database, op);
  return database;
}

describe('diff: the differences that Python Whisper finds, once each', () => {
  it.each(vectorRows('diff'))('$name', ({ a, b, diff: options, expected, error }) => {
    using one = make(a);
    using other = make(b);
    // An end of 0 means none to Python.
    const { until, ...rest } = options;
    const asked = { ...rest, until: until === 0 ? undefined : until, once: true };
    if (error !== undefined) {
      expect(() => diff(one, other, asked)).toThrow(WhisperError);
      expect(() => diff(one, other, asked)).toThrow(
        expect.objectContaining({ code: expect.toSatisfy((code: string) => codesOf(error).includes(code)) }),
      );
      return;
    }
    const found = diff(one, other, asked).map(({ index, total, differences }) => {
      return {
        archive: index,
        points: [...differences].map(({ timestamp, a, b }) => [timestamp, a, b]),
        total,
      };
    });
    const values = (value: null | Parameters<typeof number>[0]) => (value === null ? null : number(value));
    expect(found).toEqual(
      expected!.map(({ archive, points, total }) => {
        return {
          archive,
          points: points.map(([timestamp, a, b]) => [timestamp, values(a), values(b)]),
          total,
        };
      }),
    );
  });
});
