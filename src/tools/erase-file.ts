/** Takes a range of time out of a file, where it stands, or tells what would go. */
import type { Durability } from '../database/database.js';
import { open } from '../database/open.js';
import { withPath } from '../errors.js';
import type { Dialect } from '../format/aggregation-method.js';
import { inMemory } from './change/in-memory.js';

export interface EraseFileOptions {
  /** Unix seconds, exclusive. */
  readonly from: number;
  /** Unix seconds, inclusive. */
  readonly until: number;
  readonly now: number;
  /** In this archive alone; 0 is the finest. */
  readonly archive?: number | undefined;
  /** Write nothing. */
  readonly dryRun?: boolean | undefined;
  readonly durable?: Durability | boolean | undefined;
  readonly lock?: boolean | undefined;
  readonly dialect?: Dialect | undefined;
}

/** Returns how many points went, or would go. */
export function eraseOne(
  path: string,
  { from, until, now, archive, dryRun = false, durable, lock, dialect }: EraseFileOptions,
): number {
  using database = open(path, { readOnly: dryRun, dialect, lock, durable: dryRun ? undefined : durable });
  const options = { now, archive };
  if (!dryRun) return database.erase(from, until, options).erased;
  // On a copy in memory, which tells of damage as well.
  return withPath(path, () => {
    using copy = open(database.toBytes(), { dialect });
    return inMemory(() => copy.erase(from, until, options).erased);
  });
}
