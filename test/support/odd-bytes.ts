/** Bytes that may be a database: noise, and real files with something wrong. */
import fc from 'fast-check';
import { create } from '../../src/index.js';
import { cutOff, type Damage, flipBit, lengthened, place, spliced } from './damage.js';
import { archiveLists } from './histories.js';

/** Around when the real files were written to. */
export const WRITTEN_AT = 2 ** 31 + 1000;

/** What a careless or hostile writer puts into a 32-bit field. */
const EXTREMES = [
  0, 1, 2, 11, 12, 16, 28, 1024, 1025, 4_000_000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff4, 0xffff_ffff,
];
const NAN_BITS = 0x7fc0_0000;
const COMPRESSED_MAGIC = Buffer.from('whisper_compressed');

/** A good file with points in it. */
export function realFiles(): fc.Arbitrary<Uint8Array> {
  const ages = fc.oneof(fc.constant([]), fc.array(fc.nat(2000), { maxLength: 30 }));
  return fc.tuple(archiveLists(), ages).map(([archives, ages]) => {
    const retentions = archives.map(([step, points]) => ({ step, points }));
    using database = create(null, { retentions, xFilesFactor: 0 });
    const points = ages.map((age) => [WRITTEN_AT - age, age] as const);
    database.updateMany(points, { now: WRITTEN_AT });
    return database.toBytes();
  });
}

/** Real files with one to four things wrong. */
export function damagedFiles(): fc.Arbitrary<Uint8Array> {
  const damages = fc.array(damage(), { minLength: 1, maxLength: 4 });
  return fc.tuple(realFiles(), damages).map(([file, damages]) => {
    return damages.reduce((bytes, apply) => apply(bytes), file);
  });
}

export function anyBytes(): fc.Arbitrary<Uint8Array> {
  const bytes = fc.oneof(
    { weight: 6, arbitrary: damagedFiles() },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 60 }).map((rest) => Buffer.concat([COMPRESSED_MAGIC, rest])),
    },
    { weight: 2, arbitrary: fc.array(field(), { minLength: 4, maxLength: 40 }).map(fromFields) },
  );
  return bytes.map((bytes) => Uint8Array.from(bytes));
}

function field(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(...EXTREMES, NAN_BITS), fc.nat(100), fc.nat(0xffff_ffff));
}

function fromFields(fields: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * fields.length);
  for (const [i, value] of fields.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

function damage(): fc.Arbitrary<Damage> {
  const at = place();
  return fc.oneof(
    // A field of the header, the archives' included; the second says how far back a fetch may ask.
    { weight: 6, arbitrary: headerField(fc.nat(12)) },
    { weight: 2, arbitrary: headerField(fc.constant(1)) },
    { weight: 2, arbitrary: fc.tuple(at, fc.nat(31)).map(([at, bit]) => flipBit(at, bit)) },
    { weight: 2, arbitrary: fc.tuple(at, fc.nat(7)).map(([at, bit]) => flipBit(at / 20, bit)) },
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
    // The same archives with their ends and steps exchanged.
    { weight: 1, arbitrary: fc.constant(swapArchives) },
  );
}

function headerField(index: fc.Arbitrary<number>): fc.Arbitrary<Damage> {
  return fc.tuple(index, field()).map(([index, value]) => replaceField(4 * index, value));
}

function replaceField(offset: number, value: number): Damage {
  return (bytes) => {
    if (offset + 4 > bytes.length) return bytes;
    const copy = Buffer.from(bytes);
    copy.writeUInt32BE(value, offset);
    return copy;
  };
}

function swapArchives(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  if (copy.length < 40) return copy;
  bytes.subarray(16, 28).forEach((byte, i) => {
    copy[28 + i] = byte;
  });
  copy.set(bytes.subarray(28, 40), 16);
  return copy;
}
