import { describe, expect, it } from 'vitest';
import { verify } from '../../src/index.js';
import { CORPUS_NOW, makeCorpus } from './corpus.js';
import { fieldsOf } from './fields.js';
import { applyMutation, type Mutation } from './mutations.js';
import { bytesOf, planCase, without } from './plan.js';
import { Random } from './random.js';
import { seal } from './seal.js';

const corpus = makeCorpus();
const sample = corpus.find(({ name }) => name === 'compressed-wrapped')!;

/** What distinguishes a plan: the functions in it cannot be compared. */
function told(seed: number, index: number): string {
  const { base, mutations, seal: how, steps } = planCase(seed, index, corpus);
  return JSON.stringify([base.name, mutations, how, steps.map(({ text }) => text)]);
}

describe('a case', () => {
  it('is the same for the same seed and number, and another for others', () => {
    expect(told(5, 17)).toBe(told(5, 17));
    const seen = new Set(
      [0, 1, 2 ** 32 - 1].flatMap((seed) => [0, 1, 2, 99].map((index) => told(seed, index))),
    );
    expect(seen.size).toBe(12);
  });

  it('can do without some of its parts', () => {
    const index = Array.from({ length: 100 }, (_, i) => i).find(
      (i) => planCase(1, i, corpus).mutations.length > 2,
    )!;
    const plan = planCase(1, index, corpus);
    const less = without(plan, { mutations: [1], steps: [0] });
    expect(less.mutations).toEqual(plan.mutations.filter((_, i) => i !== 1));
    expect(less.steps).toEqual(plan.steps.slice(1));
  });

  it('is of every kind, within a few hundred', () => {
    const plans = Array.from({ length: 600 }, (_, i) => planCase(2, i, corpus));
    const kinds = new Set(plans.flatMap(({ mutations }) => mutations.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual([
      'copy',
      'cut',
      'extend',
      'flip',
      'noise',
      'remove',
      'run',
      'set',
      'splice',
      'swap',
    ]);
    const bases = new Set(plans.map(({ base }) => base.name));
    expect(bases.size).toBe(corpus.length);
    const steps = new Set(plans.flatMap((plan) => plan.steps.map(({ name }) => name)));
    for (const name of [
      'fetch',
      'updateMany',
      'erase',
      'verify',
      'repair',
      'convert',
      'fill',
      'settle',
      'sotto dump',
    ]) {
      expect(steps).toContain(name);
    }
  });

  it('is of the base file alone where nothing is changed', () => {
    const plan = { ...planCase(0, 0, corpus), base: sample, mutations: [], seal: 'blocks' as const };
    expect(bytesOf(plan, corpus)).toEqual(sample.bytes);
  });
});

describe('a mutation', () => {
  const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  it.each<{ mutation: Mutation; result: number[] }>([
    {
      mutation: { kind: 'set', name: 'x', at: 2, size: 4, value: 0xffff_fffe },
      result: [0, 1, 255, 255, 255, 254, 6, 7],
    },
    { mutation: { kind: 'set', name: 'x', at: 1, size: 1, value: 9 }, result: [0, 9, 2, 3, 4, 5, 6, 7] },
    {
      mutation: { kind: 'set', name: 'x', at: 6, size: 4, value: 0x0102_0304 },
      result: [0, 1, 2, 3, 4, 5, 1, 2],
    },
    { mutation: { kind: 'swap', name: 'x', at: 0, with: 4, size: 2 }, result: [4, 5, 2, 3, 0, 1, 6, 7] },
    { mutation: { kind: 'flip', at: 1, bit: 7 }, result: [0, 129, 2, 3, 4, 5, 6, 7] },
    { mutation: { kind: 'run', at: 6, length: 9, byte: 255 }, result: [0, 1, 2, 3, 4, 5, 255, 255] },
    { mutation: { kind: 'noise', at: 7, bytes: [8, 9] }, result: [0, 1, 2, 3, 4, 5, 6, 8] },
    { mutation: { kind: 'cut', at: 3 }, result: [0, 1, 2] },
    { mutation: { kind: 'extend', length: 2, byte: 9 }, result: [0, 1, 2, 3, 4, 5, 6, 7, 9, 9] },
    { mutation: { kind: 'remove', at: 1, length: 5 }, result: [0, 6, 7] },
    { mutation: { kind: 'copy', from: 0, at: 1, length: 4 }, result: [0, 0, 1, 2, 3, 5, 6, 7] },
    { mutation: { kind: 'copy', from: 0, at: 99, length: 4 }, result: [0, 1, 2, 3, 4, 5, 6, 7] },
    {
      mutation: { kind: 'splice', donor: 'it', from: 1, at: 6, length: 4 },
      result: [0, 1, 2, 3, 4, 5, 32, 33],
    },
  ])('of kind $mutation.kind leaves the bytes given as they are', ({ mutation, result }) => {
    const donor = { name: 'it', bytes: Uint8Array.of(31, 32, 33) };
    expect([...applyMutation(bytes, mutation, [donor])]).toEqual(result);
    expect([...bytes]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('checksums made right', () => {
  const sums = (bytes: Uint8Array) =>
    verify(bytes, { deep: true, now: CORPUS_NOW }).flatMap(({ code }) =>
      /crc|checksum/.test(code) ? [code] : [],
    );
  const { pointsAt, header } = fieldsOf(sample.bytes);
  const { at } = header.find(({ name }) => name === 'archive 0 discarded')!;
  const inMetadata = applyMutation(sample.bytes, { kind: 'flip', at, bit: 0 }, corpus);
  const everywhere = applyMutation(inMetadata, { kind: 'flip', at: pointsAt + 13, bit: 0 }, corpus);

  it('are those of the metadata, or of the blocks as well, or none', () => {
    const found = (['none', 'metadata', 'blocks'] as const).map((how) => sums(seal(everywhere, how)).length);
    expect(found[0]).toBeGreaterThan(found[1]!);
    expect(found[1]).toBeGreaterThan(0);
    expect(found[2]).toBe(0);
  });

  it('leave alone what is no compressed file, or claims to be more than there is', () => {
    const short = sample.bytes.slice(0, 300);
    for (const bytes of [corpus[0]!.bytes, short, new Uint8Array(5)])
      expect(seal(bytes, 'blocks')).toEqual(bytes);
  });
});

describe('draws', () => {
  it('are spread over what they may be, weighted ones by weight', () => {
    const random = new Random(3);
    const counts = new Map<number, number>();
    for (let i = 0; i < 6000; i++) {
      const drawn = random.weighted([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    for (const weight of [1, 2, 3]) expect(Math.abs(counts.get(weight)! - 1000 * weight)).toBeLessThan(200);
    const below = random.times(1000, () => random.below(3));
    expect(new Set(below)).toEqual(new Set([0, 1, 2]));
    expect([0, 1].map((limit) => random.below(limit))).toEqual([0, 0]);
  });
});
