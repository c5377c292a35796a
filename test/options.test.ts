import { describe, expect, it } from 'vitest';
import { checkChoice, checkFlag, checkOptionNames, nearestName } from '../src/options.js';

const NAMES = [
  'retentions',
  'aggregation',
  'xFilesFactor',
  'sparse',
  'overwrite',
  'dialect',
  'durable',
  'lock',
  'readOnly',
];

describe('a misspelt option', () => {
  it.each([
    { name: 'xff', near: 'xFilesFactor' },
    { name: 'xfilesfactor', near: 'xFilesFactor' },
    { name: 'xFileFactor', near: 'xFilesFactor' },
    { name: 'aggregationMethod', near: 'aggregation' },
    { name: 'agg', near: 'aggregation' },
    { name: 'readonly', near: 'readOnly' },
    { name: 'retention', near: 'retentions' },
    { name: 'overwite', near: 'overwrite' },
    { name: 'sprase', near: 'sparse' },
    { name: 'colour', near: undefined },
    { name: 'x', near: undefined },
  ])('$name was meant as $near', ({ name, near }) => {
    expect(nearestName(name, NAMES)).toBe(near);
    const expected = near === undefined ? 'one of retentions, aggregation' : `expected '${near}'`;
    expect(() => checkOptionNames({ [name]: 1 }, NAMES, 'create')).toThrow(
      expect.objectContaining({ code: 'WSP_BAD_OPTION', message: expect.stringContaining(expected) }),
    );
  });
});

it.each([[null], [5], ['text'], [[]]])('options that are no object are refused: %j', (options) => {
  expect(() => checkOptionNames(options as never, NAMES, 'open')).toThrow(
    expect.objectContaining({ code: 'WSP_BAD_OPTION' }),
  );
});

it('a choice left out is the first; another than those offered is refused', () => {
  expect(checkChoice('future', undefined, ['store', 'drop'])).toBe('store');
  expect(checkChoice('future', 'drop', ['store', 'drop'])).toBe('drop');
  for (const wrong of ['keep', 5, null, {}]) {
    expect(() => checkChoice('future', wrong, ['store', 'drop'])).toThrow(/expected 'store' or 'drop'/);
  }
});

it('a flag is true or false and nothing like it', () => {
  expect(checkFlag('sparse', undefined)).toBe(false);
  expect(checkFlag('clamp', undefined, true)).toBe(true);
  for (const wrong of [1, 'true', null]) {
    expect(() => checkFlag('sparse', wrong)).toThrow(expect.objectContaining({ code: 'WSP_BAD_OPTION' }));
  }
});
