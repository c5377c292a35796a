import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { merge, open, verify, WhisperError } from '../../src/index.js';
import { ringFaults } from '../support/ring-invariant.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import {
  apply,
  codesOf,
  createFrom,
  type Made,
  type MergeRow,
  sha256,
  vectorRows,
} from '../support/vectors.js';

const inFolder = temporaryFolder();

function make(name: string, { create, ops }: Made): string {
  using database = createFrom(create, inFolder(name));
  for (const op of ops) apply(database, op);
  return inFolder(name);
}

function mergeRow({ source, target, merge: options }: MergeRow, dryRun = false) {
  const paths = [make('source.wsp', source), make('target.wsp', target)] as const;
  const before = readFileSync(paths[1]);
  try {
    const { isChanged } = merge(...paths, { ...options, dryRun });
    return { path: paths[1], before, isChanged, code: undefined };
  } catch (error) {
    if (error instanceof WhisperError) return { path: paths[1], before, isChanged: false, code: error.code };
    throw error;
  }
}

describe('merge: the bytes of Python Whisper, with roll-ups oldest first', () => {
  it.each(vectorRows('merge'))('$name', (row) => {
    const { path, before, code } = mergeRow(row);
    if (row.error !== undefined) {
      expect(codesOf(row.error)).toContain(code);
      expect(readFileSync(path).equals(before)).toBe(true);
    } else expect(code).toBeUndefined();
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(row.fileSize);
    expect(sha256(bytes)).toBe(row.fileSha256);
    using database = open(bytes);
    expect(ringFaults(database)).toEqual([]);
    expect(verify(path, { deep: true, now: row.merge.now })).toEqual([]);
  });
});
