import fc from 'fast-check';
import { expect, it } from 'vitest';
import { explanationLines } from '../../../src/cli/explain-lines.js';
import { explain, WhisperError } from '../../../src/index.js';
import { isoTime } from '../../../src/tools/explain/words.js';
import { anyBytes, damagedFiles, realFiles, WRITTEN_AT } from '../../support/odd-bytes.js';
import {
  damagedCompressedFiles,
  realCompressedFiles,
  withChecksums,
} from '../../support/odd-compressed-bytes.js';

const files = fc.oneof(
  anyBytes(),
  realFiles(),
  damagedFiles(),
  realCompressedFiles(),
  damagedCompressedFiles(),
  damagedCompressedFiles().map(withChecksums),
);

const times = fc.oneof(
  fc.integer({ min: WRITTEN_AT - 10_000, max: WRITTEN_AT + 1000 }),
  fc.constantFrom(0, -1, 1, 59, 2 ** 32, 1e11, -1e11),
);

it('explains any bytes at any time, in a record and in words, or refuses them', () => {
  fc.assert(
    fc.property(
      files,
      times,
      times,
      fc.constantFrom('python' as const, 'go' as const),
      (bytes, at, now, dialect) => {
        try {
          const explanation = explain(bytes, at, { now, dialect });
          expect(explanation.verdict.code === 'value').toBe(explanation.value !== null);
          expect(explanationLines(explanation, isoTime)[0]).toBe(`<memory>: ${explanation.verdict.message}`);
        } catch (error) {
          if (!(error instanceof WhisperError)) throw error;
        }
      },
    ),
    { numRuns: 400 },
  );
});
