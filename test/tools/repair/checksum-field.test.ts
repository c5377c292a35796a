import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stampChecksum } from '../../../src/format/compressed-header.js';
import { ChecksumSolver } from '../../../src/tools/repair/checksum-field.js';

const metadata = fc.uint8Array({ minLength: 60, maxLength: 3000 });

it('tells what four bytes of the metadata were, wherever they stand', () => {
  fc.assert(
    fc.property(
      metadata,
      fc.nat(10_000),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (bytes, at, noise) => {
        const start = at % (bytes.length - 4);
        if (start > 39 && start < 47) return;
        stampChecksum(bytes);
        const damaged = Uint8Array.from(bytes);
        damaged.set(noise, start);
        const field = new ChecksumSolver(damaged).field(start);
        expect(Buffer.compare(field, bytes.subarray(start, start + 4))).toBe(0);
      },
    ),
  );
});
