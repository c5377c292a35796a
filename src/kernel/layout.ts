/**
 * Where the kernel keeps what in its memory: known to the machine code and to those who call it.
 *
 *   OFFSET  SIZE        WHAT
 *        0  4096        tables, filled when the kernel starts
 *     4096  64          state of the codec, between one call and the next
 *     8192  8 · CHUNK   times, as doubles
 *           8 · CHUNK   values
 *           CHUNK       1 for each slot that is known
 *    BYTES  the rest    a block, or slots of a ring
 */

/** Points that one call works on at most. */
export const CHUNK = 8192;

export const TABLES = 0;
export const STATE = 4096;
export const TIMES = 8192;
export const VALUES = TIMES + 8 * CHUNK;
export const KNOWN = VALUES + 8 * CHUNK;
export const BYTES = KNOWN + CHUNK;

/** The bit of the block that the next point begins at: uint32. */
export const STATE_BIT = STATE;
/** Seconds from the point before the last one to the last one: float64. */
export const STATE_DELTA = STATE + 8;
/** Time of the last point: float64. */
export const STATE_LATEST = STATE + 16;
/** Value of the last point. */
export const STATE_VALUE = STATE + 24;
/** Its XOR with the value of the point before. */
export const STATE_XOR = STATE + 32;

/** Bytes behind a block that a call may read or write, though nothing in them counts. */
export const SLACK = 32;
