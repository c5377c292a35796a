/** Bytes that may be a compressed database: real files with something wrong, their checksums repaired or not. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { create } from '../../src/index.js';
import {
  compressedLayouts,
  METHODS,
  optionsOf,
  retentionsOf,
  SHARES,
  values,
} from './compressed-histories.js';
import { cutOff, type Damage, flipBit, lengthened, place, spliced } from './damage.js';
import { archiveLists, greatestRetention } from './histories.js';

/** Around when the real files were written to. */
export const WRITTEN_AT = 2 ** 31 + 1000;

const FILE_HEADER_SIZE = 63;
const ARCHIVE_HEADER_SIZE = 128;
const CHECKSUM_OFFSET = 43;
/** Where the fields of the file's header and of an archive's header begin. */
const FILE_FIELDS = [18, 19, 23, 27, 31, 35, 39, 43];
const ARCHIVE_FIELDS = [0, 4, 8, 12, 16, 20, 24, 25, 28, 40, 44, 52, 64, 68, 72, 76, 80, 84, 88];
/** What a careless or hostile writer puts into a 32-bit field. */
const EXTREMES = [
  0,
  1,
  2,
  7,
  8,
  11,
  12,
  17,
  31,
  63,
  255,
  256,
  1024,
  4_000_000,
  2 ** 28,
  0x7fff_ffff,
  0x8000_0000,
  0xf000_0000,
  0xffff_ffff,
];

/** A good file with points in it, of one method or a mix. */
export function realCompressedFiles(): fc.Arbitrary<Uint8Array> {
  const mixes = fc.record({
    archives: archiveLists(),
    xFilesFactor: fc.constantFrom(...SHARES),
    mix: fc.shuffledSubarray([...METHODS, 'p50', 'p95'] as const, { minLength: 1, maxLength: 3 }),
  });
  const options = fc.oneof(
    {
      weight: 3,
      arbitrary: compressedLayouts().map((layout) => ({ ...optionsOf(layout), archives: layout.archives })),
    },
    {
      weight: 1,
      arbitrary: mixes.map(({ archives, ...rest }) => {
        const retentions = retentionsOf(archives);
        return { ...rest, archives, retentions, format: 'compressed' as const, aggregation: 'mix' as const };
      }),
    },
  );
  return options.chain(({ archives, ...options }) => {
    const [step, points] = archives[0]!;
    const age = fc.oneof(fc.nat(step * points), fc.nat(greatestRetention(archives)));
    const batch = fc.array(fc.tuple(age, values()), { maxLength: 60, size: 'max' });
    return fc.array(batch, { maxLength: 4 }).map((batches) => {
      using database = create(null, options);
      for (const [i, batch] of batches.entries()) {
        const now = WRITTEN_AT - (batches.length - 1 - i) * step * 5;
        const points = batch.map(([age, value]) => [now - age, value] as const);
        database.updateMany(points, { now });
      }
      return database.toBytes();
    });
  });
}

/** Real files with one to four things wrong. */
export function damagedCompressedFiles(): fc.Arbitrary<Uint8Array> {
  const damages = fc.array(damage(), { minLength: 1, maxLength: 4 });
  return fc.tuple(realCompressedFiles(), damages, fc.boolean()).map(([file, damages, isRepaired]) => {
    const damaged = damages.reduce((bytes, apply) => apply(bytes), file);
    return Uint8Array.from(isRepaired ? withChecksums(damaged) : damaged);
  });
}

/** The same file with checksums of its metadata and of its blocks as they should be, as far as they can be found. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  if (copy.length < FILE_HEADER_SIZE) return copy;
  const count = Math.min(copy.readUInt32BE(35), 64);
  const isMix = copy.readUInt32BE(19) === 7;
  const headers = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * count;
  if (count === 0 || headers > copy.length) return copy;
  let end = headers;
  for (let i = 0; i < count; i++) {
    const at = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i;
    const [offset, step, blockSize, blockCount] = [0, 4, 12, 16].map((field) =>
      copy.readUInt32BE(at + field),
    );
    const shift = isMix && i > 0 ? 5 : 0;
    const current = copy.readUInt32BE(at + 24 + shift);
    const lastByteOffset = copy.readUInt32BE(at + 68 + shift);
    if (end + 16 * blockCount! > copy.length) return copy;
    for (let block = 0; block < blockCount!; block++) {
      const start = offset! + block * blockSize!;
      const stop = block === current ? lastByteOffset : start + blockSize!;
      const range = end + 16 * block;
      if (copy.readUInt32BE(range) === 0 || stop > copy.length || stop < start) continue;
      const sum = crc32(copy.subarray(start, stop));
      copy.writeUInt32BE(sum, range + 12);
      if (block === current) copy.writeUInt32BE(sum, at + 80 + shift);
    }
    const coarser = i + 1 < count ? copy.readUInt32BE(at + ARCHIVE_HEADER_SIZE + 4) : 0;
    end += 16 * blockCount! + (isMix || step === 0 ? 0 : 24 * Math.floor(coarser / step!));
  }
  if (end > copy.length) return copy;
  copy.writeUInt32BE(0, CHECKSUM_OFFSET);
  copy.writeUInt32BE(crc32(copy.subarray(0, end)), CHECKSUM_OFFSET);
  return copy;
}

function damage(): fc.Arbitrary<Damage> {
  const at = place();
  const archive = fc.nat(4);
  const fileField = fc.constantFrom(...FILE_FIELDS);
  const archiveField = fc.tuple(archive, fc.constantFrom(...ARCHIVE_FIELDS)).map(([i, field]) => {
    return FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i + field;
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.tuple(fileField, change()).map(([at, by]) => changeField(at, by)) },
    { weight: 6, arbitrary: fc.tuple(archiveField, change()).map(([at, by]) => changeField(at, by)) },
    // An archive that claims to reach back further than its blocks could hold.
    {
      weight: 1,
      arbitrary: fc
        .tuple(archive, fc.constantFrom(1000, 10 ** 6, 2 ** 23, 2 ** 28))
        .map(([i, points]): Damage => {
          const claim = changeField(FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i + 8, () => points);
          const reach = changeField(23, () => 0xffff_ffff);
          return (bytes) => reach(claim(bytes));
        }),
    },
    // Block ranges, buffers and the beginning of the blocks.
    { weight: 3, arbitrary: fc.tuple(fc.nat(400), change()).map(([at, by]) => changeMetadata(at, by)) },
    { weight: 3, arbitrary: fc.tuple(at, fc.nat(7)).map(([at, bit]) => flipBit(at, bit)) },
    {
      weight: 1,
      arbitrary: cutOff(),
    },
    {
      weight: 1,
      arbitrary: spliced(),
    },
    {
      weight: 1,
      arbitrary: lengthened(),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(at, fc.uint8Array({ maxLength: 40 })).map(([at, noise]) => overwrite(at, noise)),
    },
  );
}

/** A new value of a field, or what is added to the one there is. */
type Change = (former: number) => number;

function change(): fc.Arbitrary<Change> {
  const values = fc.oneof(fc.constantFrom(...EXTREMES), fc.nat(100), fc.nat(0xffff_ffff));
  return fc.oneof(
    values.map(
      (value): Change =>
        () =>
          value,
    ),
    fc.integer({ min: -70, max: 70 }).map(
      (by): Change =>
        (former) =>
          (former + by) >>> 0,
    ),
    fc.constantFrom(2, 10, 1 / 2).map(
      (factor): Change =>
        (former) =>
          Math.trunc(former * factor) >>> 0,
    ),
  );
}

function changeField(offset: number, change: Change): Damage {
  return (bytes) => {
    if (offset + 4 > bytes.length) return bytes;
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(change(copy.readUInt32BE(offset)), offset);
    return copy;
  };
}

/** Changes a field behind the headers, four bytes each. */
function changeMetadata(index: number, change: Change): Damage {
  return (bytes) => {
    if (bytes.length < FILE_HEADER_SIZE) return bytes;
    const count = Math.min(Buffer.from(bytes).readUInt32BE(35), 64);
    return changeField(FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * count + 4 * index, change)(bytes);
  };
}

function overwrite(at: number, noise: Uint8Array): Damage {
  return (bytes) => {
    const copy = Uint8Array.from(bytes);
    const start = Math.floor(at * copy.length);
    copy.set(noise.subarray(0, copy.length - start), start);
    return copy;
  };
}
