/**
 * The kernel: the loops that a database spends its time in, as machine code.
 *
 * This folder is AssemblyScript, a dialect of TypeScript with the integers of the machine. It is compiled to WebAssembly
 * when the package is built, because JavaScript has no 64-bit integers that are fast. Everything here is told twice: the
 * codec in ../../codec and the slots in ../../format and ../../archive say in plain TypeScript what the bytes mean, and the tests hold the
 * kernel against them. The kernel takes the usual points only. Where one comes that it does not take (the first of a
 * block, the last, a late one, bits that no encoder writes) it stops before it, and its caller goes on in TypeScript.
 *
 * Callers put columns and bytes into its memory, which layout.ts describes.
 */
export { decodePoints } from './decoder';
export { encodePoints } from './encoder';
export { decodeSlots, splitSlots } from './slots';
