/** What compressed databases are made with and given at random: layouts of few and of many blocks, tame and wild values. */
import fc from 'fast-check';
import {
  type CreateOptions,
  create,
  type Database,
  type HandleOptions,
  WhisperError,
} from '../../src/index.js';
import { type Archives, archiveLists } from './histories.js';

export const METHODS = ['average', 'sum', 'last', 'max', 'min', 'first'] as const;
export const SHARES = [0, 0.1, 0.2, 0.3, 1 / 3, 0.5, 2 / 3, 0.7, 1];
/** Bytes a point with which no file grows. */
export const ROOMY = 14;

export type CompressedMethod = (typeof METHODS)[number];

/** How a compressed file that is no mix is laid out. */
export interface CompressedLayout {
  archives: Archives;
  aggregation: CompressedMethod;
  xFilesFactor: number;
  pointsPerBlock: number;
  pointSize: number;
}

export function compressedLayouts(): fc.Arbitrary<CompressedLayout> {
  return fc
    .record({
      archives: fc.oneof(archiveLists(), longLists()),
      aggregation: fc.constantFrom(...METHODS),
      xFilesFactor: fc.constantFrom(...SHARES),
      // 0 is the usual 7200, with which archives of so few points have two blocks.
      pointsPerBlock: fc.constantFrom(0, 0, 20, 100),
      pointSize: fc.constantFrom(2, 2, 0.5, 1, 3.25, 8, ROOMY),
    })
    .map(withRoom);
}

/** Archives of some hundred points, of which a batch fills a part. */
function longLists(): fc.Arbitrary<Archives> {
  return fc
    .record({
      step: fc.constantFrom(1, 10, 60),
      ratio: fc.integer({ min: 2, max: 60 }),
      points: fc.integer({ min: 60, max: 600 }),
    })
    .map(({ step, ratio, points }) => [
      [step, points],
      [step * ratio, Math.ceil(points / ratio) + 50],
    ]);
}

/** The same with larger blocks if a point might not find room in them. */
function withRoom(layout: CompressedLayout): CompressedLayout {
  try {
    create(null, optionsOf(layout)).close();
    return layout;
  } catch (error) {
    if (!(error instanceof WhisperError && error.code === 'WSP_BAD_OPTION')) throw error;
    return { ...layout, pointSize: ROOMY, pointsPerBlock: 0 };
  }
}

export function optionsOf({ archives, ...rest }: CompressedLayout): CreateOptions {
  return { ...rest, retentions: retentionsOf(archives), format: 'compressed' };
}

export function retentionsOf(archives: Archives): { step: number; points: number }[] {
  return archives.map(([step, points]) => ({ step, points }));
}

export function createCompressed(
  path: string | null,
  layout: CompressedLayout,
  handle: HandleOptions = {},
): Database {
  return create(path, { ...optionsOf(layout), ...handle });
}

/** Values that compress to nothing, and values that do not compress. */
export function values(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
    { weight: 2, arbitrary: wildValues() },
    { weight: 1, arbitrary: fc.constantFrom(0, -0, Number.NaN, 5e-324, Infinity, -Infinity) },
  );
}

/** Any double but NaN, each of its bits as likely as not. */
export function wildValues(): fc.Arbitrary<number> {
  const half = fc.nat(0xffff_ffff);
  return fc.tuple(half, half).map(([high, low]) => {
    const value = new Float64Array(Uint32Array.of(high, low).buffer)[0]!;
    return Number.isNaN(value) ? 0.1 : value;
  });
}
