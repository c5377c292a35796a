/** What the contents of a compressed block take: see doc/format.md, and codec/ for the bits themselves. */
import { RAW_POINT_SIZE } from './raw-point.js';

/** Bits of what ends a block: 1111 and a time of 0. */
export const END_MARKER_BITS = 36;
/** Bytes of the end marker, wherever in a byte it begins; a point must leave this room behind it. */
export const END_MARKER_SIZE = Math.ceil(END_MARKER_BITS / 8);

/** Bits of the longest point: a whole time, a value with its own window and all its bits. */
const LONGEST_POINT_BITS = 36 + 13 + 64;
/** Bytes that the longest point touches, wherever in a byte it begins. */
export const LONGEST_POINT_SIZE = Math.ceil((7 + LONGEST_POINT_BITS) / 8);

/** The smallest block that holds a point: the raw one and the end marker. */
export const SMALLEST_BLOCK = RAW_POINT_SIZE + END_MARKER_SIZE;
/** The smallest block in which every point finds room for itself and one to follow. */
export const SMALLEST_SOUND_BLOCK = SMALLEST_BLOCK + Math.ceil(LONGEST_POINT_BITS / 8);
