/** New files and full ones, standard, converted, and converted back. */
import { join } from 'node:path';
import { convert } from 'sotto';
import type { DataSet } from '../data-sets.js';
import {
  COMPRESSED_FILE_SIZE,
  COMPRESSED_METADATA,
  createFile,
  FILE_SIZE,
  FULL_FILE_NOW,
  standardArchives,
  T0,
  writeFullFile,
} from '../workloads.js';
import { type Expected, refuse, report, verifyFile } from './checks.js';

/** As go-whisper writes and converts them. */
const FILES: { readonly [S in DataSet]: { readonly standard: string; readonly compressed: Expected } } = {
  const: {
    standard: '7b59d0fd17fa6cae012c5f4e92f002456ffd28dc470346e3abd17a50dfe2a1fd',
    compressed: {
      size: 179_443,
      sum: '5914d7dbf9712831768bedfccb7ca7bad87db3f7d7f95208aaf92d2214d41b68',
    },
  },
  gauge: {
    standard: '9a8fc02e8d76de3bbb2993eee993adbb89372ec65f278e4a28d6244883eb64c8',
    compressed: {
      size: 1_546_074,
      sum: 'faf5755fc270083e83bcbb2ccaa3064cf191a0a972e7e89df5aed0044c955292',
    },
  },
  counter: {
    standard: '308fe8e85a4c47782a034a8614c9c01dc73731e4d3fae8d1783e5e3d841b4422',
    compressed: {
      size: 583_880,
      sum: 'fefa0faa0c45f5d22f59a4b1ccfcc0efd81811e89265ed5499524ea1810f720a',
    },
  },
  random: {
    standard: 'fe20216e0a040d4b4eae782d7f5827343e14725372ae5a2cfb2df4aab089b4bb',
    compressed: {
      size: 1_712_666,
      sum: 'd745f59a9e10c85cbf9de5f7722c05a67bb45b8b1d5f953fee486a82baded3ea',
    },
  },
};

/** The sizes that the bare cases take for theirs. */
export function verifyNewFiles(folder: string): void {
  const sizes = { standard: FILE_SIZE, compressed: COMPRESSED_FILE_SIZE };
  const starts = { standard: standardArchives()[0]!.offset, compressed: COMPRESSED_METADATA };
  for (const format of ['standard', 'compressed'] as const) {
    using database = createFile(join(folder, `new-${format}.wsp`), { now: T0 }, { format });
    const { fileSize, archives } = database.info;
    if (fileSize !== sizes[format] || archives[0]!.offset !== starts[format]) {
      refuse(
        `new file, ${format}`,
        `${fileSize} bytes, with blocks or points from ${archives[0]!.offset} on`,
      );
    }
    report(`new file, ${format}: ${fileSize} bytes`);
  }
}

export function verifyFullFiles(folder: string): void {
  for (const [set, { standard, compressed }] of Object.entries(FILES)) {
    const [full, converted, back] = ['standard', 'compressed', 'back'].map((name) => {
      return join(folder, `${set}-${name}.wsp`);
    }) as [string, string, string];
    const now = FULL_FILE_NOW;
    writeFullFile(full, set as DataSet);
    verifyFile(`full file of ${set}`, full, { size: FILE_SIZE, sum: standard });
    convert(full, converted, { to: 'compressed', now });
    verifyFile(`full file of ${set}, converted`, converted, compressed);
    convert(full, converted, { to: 'compressed', now, verify: false, overwrite: true });
    verifyFile(`full file of ${set}, converted with verify: false`, converted, compressed);
    convert(converted, back, { to: 'standard', now });
    verifyFile(`full file of ${set}, converted back`, back, { size: FILE_SIZE, sum: standard });
    report(`full file of ${set}: standard, converted to ${compressed.size} bytes, and back`);
  }
}
