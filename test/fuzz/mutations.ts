/** What is done to the bytes of a file: small records, so that a report shows them and a finding can do without some. */
import type { BaseFile } from './corpus.js';
import { CORPUS_NOW } from './corpus.js';
import { type Field, fieldsOf } from './fields.js';
import type { Random } from './random.js';

export type Mutation =
  | {
      readonly kind: 'set';
      readonly name: string;
      readonly at: number;
      readonly size: number;
      readonly value: number;
    }
  | {
      readonly kind: 'swap';
      readonly name: string;
      readonly at: number;
      readonly with: number;
      readonly size: number;
    }
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'run'; readonly at: number; readonly length: number; readonly byte: number }
  | { readonly kind: 'noise'; readonly at: number; readonly bytes: readonly number[] }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'extend'; readonly length: number; readonly byte: number }
  | { readonly kind: 'remove'; readonly at: number; readonly length: number }
  /** Bytes of the file itself, laid over other ones of it. */
  | { readonly kind: 'copy'; readonly from: number; readonly at: number; readonly length: number }
  /** Bytes of another file, laid over those of this one at the same place or elsewhere. */
  | {
      readonly kind: 'splice';
      readonly donor: string;
      readonly from: number;
      readonly at: number;
      readonly length: number;
    };

/** What a careless or hostile writer puts into a 32-bit field. */
const EXTREMES = [
  0,
  1,
  2,
  3,
  7,
  8,
  11,
  12,
  13,
  16,
  28,
  31,
  32,
  63,
  64,
  100,
  127,
  128,
  255,
  256,
  1024,
  1025,
  4096,
  65_535,
  1_000_000,
  4_000_000,
  2 ** 24,
  2 ** 28,
  0x1fff_ffff,
  0x2000_0000,
  0x3f80_0000,
  0x4000_0000,
  0x7f80_0000,
  0x7fc0_0000,
  0x7fff_ffff,
  0x8000_0000,
  0xf000_0000,
  0xff80_0000,
  0xffff_fff0,
  0xffff_fff4,
  0xffff_fffe,
  0xffff_ffff,
];
const PAGES = [512, 4096];
const RUN_BYTES = [0, 0xff, 0xf0, 0x80];

/** Draws a change of a file as it stands: mostly one mutation, or some that say something together. */
export function drawChange(
  random: Random,
  bytes: Uint8Array,
  base: BaseFile,
  corpus: readonly BaseFile[],
): Mutation[] {
  const { header, body, pointsAt } = fieldsOf(base.bytes);
  const size = bytes.length;
  const anywhere = () => random.below(size);
  const place = () => (random.chance(0.5) ? random.below(Math.min(size, pointsAt + 64)) : anywhere());
  const amongPoints = () => random.between(Math.min(pointsAt, size - 1), size - 1);
  const drawn = random.weighted<() => Mutation | Mutation[]>([
    [24, () => setField(random, bytes, random.pick(header))],
    [10, () => setField(random, bytes, random.pick(body.length === 0 ? header : body))],
    [3, () => claimPoints(random, header)],
    [3, () => moveCurrent(random, bytes, header)],
    [4, () => swapFields(random, header)],
    [2, () => swapFields(random, body.length < 2 ? header : body)],
    [10, () => ({ kind: 'flip', at: place(), bit: random.below(8) })],
    [6, () => ({ kind: 'flip', at: amongPoints(), bit: random.below(8) })],
    [3, () => ({ kind: 'run', at: place(), length: lengthOf(random), byte: random.pick(RUN_BYTES) })],
    [3, () => ({ kind: 'noise', at: place(), bytes: noise(random) })],
    [4, () => ({ kind: 'cut', at: random.chance(0.5) ? place() : pageOf(random, size) })],
    [
      2,
      () => ({
        kind: 'extend',
        length: random.pick([1, 11, 12, 128, 4096, 100_000]),
        byte: random.pick([0, 255]),
      }),
    ],
    [2, () => ({ kind: 'remove', at: place(), length: lengthOf(random) })],
    [
      3,
      () => ({
        kind: 'copy',
        from: pageOf(random, size),
        at: pageOf(random, size),
        length: random.pick(PAGES),
      }),
    ],
    [2, () => ({ kind: 'copy', from: place(), at: place(), length: lengthOf(random) })],
    [4, () => splice(random, bytes, corpus)],
  ])();
  return Array.isArray(drawn) ? drawn : [drawn];
}

/** The changed file; the one given stays as it is. */
export function applyMutation(
  bytes: Uint8Array,
  mutation: Mutation,
  corpus: readonly BaseFile[],
): Uint8Array {
  const { kind } = mutation;
  if (kind === 'cut') return bytes.slice(0, mutation.at);
  if (kind === 'extend') {
    const longer = new Uint8Array(bytes.length + mutation.length).fill(mutation.byte);
    longer.set(bytes);
    return longer;
  }
  if (kind === 'remove') {
    const rest = bytes.subarray(Math.min(bytes.length, mutation.at + mutation.length));
    return Uint8Array.from(Buffer.concat([bytes.subarray(0, mutation.at), rest]));
  }
  const copy = Uint8Array.from(bytes);
  if (kind === 'flip') {
    if (mutation.at < copy.length) copy[mutation.at] = copy[mutation.at]! ^ (1 << mutation.bit);
  } else if (kind === 'set') writeNumber(copy, mutation.at, mutation.size, mutation.value);
  else if (kind === 'swap') {
    const one = copy.slice(mutation.at, mutation.at + mutation.size);
    lay(copy, copy.slice(mutation.with, mutation.with + mutation.size), mutation.at);
    lay(copy, one, mutation.with);
  } else if (kind === 'run') copy.fill(mutation.byte, mutation.at, mutation.at + mutation.length);
  else if (kind === 'noise') lay(copy, Uint8Array.from(mutation.bytes), mutation.at);
  else if (kind === 'copy')
    lay(copy, copy.slice(mutation.from, mutation.from + mutation.length), mutation.at);
  else {
    const donor = corpus.find(({ name }) => name === mutation.donor)!.bytes;
    lay(copy, donor.subarray(mutation.from, mutation.from + mutation.length), mutation.at);
  }
  return copy;
}

function setField(random: Random, bytes: Uint8Array, { name, at, size }: Field): Mutation {
  const former = readNumber(bytes, at, size);
  const value = random.weighted<() => number>([
    [4, () => random.pick(EXTREMES)],
    [2, () => random.pick([0, 0, 1, 2])],
    [4, () => former + random.pick([-1, 1, -2, 2, 4, 12, -12, 16, 60, 128, -128])],
    [2, () => former * random.pick([2, 3, 10, 1000, 1 / 2, 1 / 10])],
    [1, () => random.next()],
    [1, () => random.below(100)],
    [1, () => CORPUS_NOW + random.between(-4000, 100_000)],
    [1, () => bytes.length + random.between(-64, 64)],
  ])();
  return { kind: 'set', name, at, size, value: Math.trunc(value) >>> 0 };
}

/** An archive that claims to hold more than its file could, and a header that claims to reach back so far. */
function claimPoints(random: Random, header: readonly Field[]): Mutation[] {
  const points = random.pick(header.filter(({ name }) => name.endsWith(' points')));
  const reach = header.find(({ name }) => name === 'max retention');
  if (points === undefined || reach === undefined) return [];
  const claimed = random.pick([2000, 100_000, 10 ** 6, 2 ** 22, 2 ** 24, 2 ** 28, 2 ** 32 - 1]);
  const value = random.chance(0.7) ? claimed : random.below(claimed);
  return [
    { kind: 'set', ...points, value },
    { kind: 'set', ...reach, value: 2 ** 32 - 1 },
  ];
}

/** A current block somewhere else, with its last byte in it: the two are held against each other. */
function moveCurrent(random: Random, bytes: Uint8Array, header: readonly Field[]): Mutation[] {
  const indices = header.filter(({ name }) => name.endsWith(' current block'));
  if (indices.length === 0) return [];
  const index = random.pick(indices);
  const archive = index.name.replace('current block', '');
  const place = (name: string) => header.find((field) => field.name === archive + name)!;
  const numberOf = (name: string) => readNumber(bytes, place(name).at, 4);
  const count = numberOf('block count');
  const moved = random.pick([0, random.below(count), count - 1, count, count + 1, 2 ** 24]) >>> 0;
  const start = numberOf('offset') + moved * numberOf('block size');
  const lastByte = start + random.pick([0, 11, 12, 13, 40, random.below(numberOf('block size'))]);
  return [
    { kind: 'set', ...index, value: moved },
    { kind: 'set', ...place('last byte offset'), value: lastByte >>> 0 },
    // An empty block has nothing in its last byte.
    ...(random.chance(0.3) ? [{ kind: 'set', ...place('first time'), value: 0 } as const] : []),
  ];
}

function swapFields(random: Random, fields: readonly Field[]): Mutation {
  const [one, other] = [random.pick(fields), random.pick(fields)];
  const size = Math.min(one.size, other.size);
  return { kind: 'swap', name: `${one.name} and ${other.name}`, at: one.at, with: other.at, size };
}

function splice(random: Random, bytes: Uint8Array, corpus: readonly BaseFile[]): Mutation {
  const donor = random.pick(corpus);
  const length = random.pick([16, 128, 512, 4096, donor.bytes.length]);
  const from = random.chance(0.5) ? 0 : random.below(donor.bytes.length);
  const at = random.chance(0.5) ? from : random.below(bytes.length);
  return { kind: 'splice', donor: donor.name, from, at, length };
}

function noise(random: Random): number[] {
  return random.times(random.between(1, 40), () => random.below(256));
}

function lengthOf(random: Random): number {
  return random.pick([1, 4, 12, 16, 100, 512, 4096]);
}

/** A page's beginning, where torn writes end. */
function pageOf(random: Random, size: number): number {
  const page = random.pick(PAGES);
  return page * random.below(Math.ceil(size / page));
}

function readNumber(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function writeNumber(bytes: Uint8Array, at: number, size: number, value: number): void {
  for (let i = 0; i < size && at + i < bytes.length; i++) bytes[at + i] = value >>> (8 * (size - 1 - i));
}

/** Lays bytes over others, as far as these reach. */
function lay(bytes: Uint8Array, piece: Uint8Array, at: number): void {
  if (at < bytes.length) bytes.set(piece.subarray(0, bytes.length - at), at);
}
