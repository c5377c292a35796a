import { codecRows } from './cases/codec.js';
import { convertRows } from './cases/convert.js';
import { createRows } from './cases/create.js';
import { fetchRows } from './cases/fetch.js';
import { filesRows } from './cases/files.js';
import { lateRows } from './cases/late.js';
import { ownRows } from './cases/own.js';
import { startRows } from './cases/start.js';
import { updateRows } from './cases/update.js';
import { updateManyRows } from './cases/update-many.js';
import type { Row } from './row.js';

/** Every row, in the order in which they are measured. */
export function allRows(folder: string, files: number): readonly Row[] {
  return [
    ...codecRows(),
    ...updateRows(folder),
    ...updateManyRows(folder),
    ...lateRows(folder),
    ...ownRows(folder),
    ...fetchRows(folder),
    ...createRows(folder),
    ...convertRows(folder),
    ...filesRows(folder, files),
    ...startRows(folder),
  ];
}
