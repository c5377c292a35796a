/** Headers that claim more than any file holds cost no more time and memory than others. */
import { describe, expect, it } from 'vitest';
import { open, verify, WhisperError } from '../../src/index.js';
import { CORPUS_NOW, makeCorpus } from './corpus.js';
import { fieldsOf } from './fields.js';
import { LIMITS } from './judge.js';
import { Meter } from './meter.js';
import { applyMutation } from './mutations.js';
import { seal } from './seal.js';

const corpus = makeCorpus();
const MOST = 2 ** 32 - 1;
/** A busy machine fails no test: the work meant takes minutes, or the memory of the machine. */
const MOST_CPU_MS = 5000;

/** A file of the corpus with numbers of its own. */
function claiming(base: string, claims: { [field: string]: number }): Uint8Array {
  const { bytes } = corpus.find(({ name }) => name === base)!;
  const { header, body } = fieldsOf(bytes);
  const changed = Object.entries(claims).reduce((file, [name, value]) => {
    const field = [...header, ...body].find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`${base} has no field '${name}'`);
    return applyMutation(file, { kind: 'set', ...field, value }, corpus);
  }, bytes);
  return seal(changed, 'metadata');
}

const CLAIMS: { readonly base: string; readonly claims: { [field: string]: number } }[] = [
  { base: 'standard-usual', claims: { 'archive count': MOST } },
  { base: 'standard-usual', claims: { 'archive count': 1024 } },
  { base: 'standard-usual', claims: { 'archive 0 points': MOST } },
  { base: 'standard-usual', claims: { 'archive 1 points': 2 ** 26, 'max retention': MOST } },
  { base: 'standard-usual', claims: { 'archive 0 offset': MOST } },
  { base: 'standard-usual', claims: { 'archive 1 step': MOST, 'max retention': MOST } },
  { base: 'standard-empty', claims: { 'archive 0 step': 1, 'max retention': MOST } },
  { base: 'compressed-usual', claims: { 'archive count': MOST } },
  { base: 'compressed-usual', claims: { 'archive count': 1024 } },
  { base: 'compressed-usual', claims: { 'archive 0 points': MOST, 'max retention': MOST } },
  { base: 'compressed-usual', claims: { 'archive 0 points': MOST, 'archive 0 block count': MOST } },
  { base: 'compressed-usual', claims: { 'archive 0 block size': MOST } },
  { base: 'compressed-usual', claims: { 'archive 1 step': 2 ** 31 } },
  { base: 'compressed-usual', claims: { 'archive 0 block 0 count': MOST } },
  { base: 'compressed-usual', claims: { 'archive 0 block 0 count': 2 ** 26, 'archive 0 count': 2 ** 26 } },
  { base: 'compressed-usual', claims: { 'archive 0 block 0 end': MOST } },
  { base: 'compressed-usual', claims: { 'points per block': MOST } },
  { base: 'compressed-usual', claims: { 'points per block': 0 } },
  { base: 'compressed-mix', claims: { 'archive 2 points': MOST, 'max retention': MOST } },
];

describe('a header that claims too much', () => {
  it.each(CLAIMS)('costs nothing: $base, $claims', ({ base, claims }) => {
    const bytes = claiming(base, claims);
    const meter = new Meter();
    const answers = [verify(bytes, { deep: true, now: CORPUS_NOW })];
    for (const options of [{}, { force: true }, { dialect: 'go' as const }]) {
      let database: ReturnType<typeof open>;
      try {
        database = open(bytes, options);
      } catch (error) {
        expect(error).toBeInstanceOf(WhisperError);
        continue;
      }
      const calls = [
        () => database.info,
        () => database.fetch(0, CORPUS_NOW, { now: CORPUS_NOW }),
        () => database.fetch(0, MOST, { now: MOST, archive: 0 }),
        () => database.points(0, { now: CORPUS_NOW }),
        () => database.update(1, CORPUS_NOW + 1, { now: CORPUS_NOW + 1 }),
        () => database.updateMany([[CORPUS_NOW - 30, 5]], { now: CORPUS_NOW + 1 }),
        () => database.updateMany([[MOST, 5]], { now: CORPUS_NOW }),
      ];
      for (const call of calls) {
        try {
          call();
        } catch (error) {
          expect(error).toBeInstanceOf(WhisperError);
        }
      }
    }
    const { cpuMs, growth } = meter.stop(answers);
    expect(growth).toBeLessThan(LIMITS.memory + bytes.length);
    expect(cpuMs).toBeLessThan(MOST_CPU_MS);
  });

  it('is told by what was found and what would have been right', () => {
    expect(() => open(claiming('standard-usual', { 'archive count': MOST }))).toThrow(
      '<memory>: archive count 4294967295 at byte 12; expected 1 to 1024 in a Whisper file',
    );
    expect(() => open(claiming('compressed-usual', { 'archive count': MOST }))).toThrow(
      '<memory>: archive count 4294967295 at byte 35; expected 1 to 1024',
    );
  });
});
