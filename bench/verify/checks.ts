/** A line for what was found right; the first thing that is wrong ends the program. */
import { readFileSync } from 'node:fs';
import { sha256 } from '../data-sets.js';

/** What bytes must come to. */
export interface Expected {
  /** SHA-256. */
  readonly sum: string;
  /** Length in bytes. */
  readonly size: number;
}

export function verifyBytes(name: string, bytes: Uint8Array, { sum, size }: Expected): void {
  if (bytes.length !== size) refuse(name, `${bytes.length} bytes, expected ${size}`);
  const found = sha256(bytes);
  if (found !== sum) refuse(name, `SHA-256 ${found}, expected ${sum}`);
}

export function verifyFile(name: string, path: string, expected: Expected): void {
  verifyBytes(name, readFileSync(path), expected);
}

export function report(what: string): void {
  process.stdout.write(`  verified  ${what}\n`);
}

export function refuse(name: string, found: string): never {
  process.stdout.write(`  DIFFERENT ${name}: ${found}\n`);
  process.exit(1);
}
