import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aggregationNumber, type Dialect } from '../src/format/aggregation-method.js';
import { encodePoint, POINT_SIZE } from '../src/format/point.js';
import { ARCHIVE_INFO_SIZE, encodeHeader, METADATA_SIZE } from '../src/format/standard-header.js';

const PAGE = readFileSync(new URL('../doc/format.md', import.meta.url), 'utf8');

/** The cells of the first table under a heading, without its heading row. */
function tableUnder(heading: string): string[][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function fieldsUnder(heading: string): { offset: number; size: number; field: string }[] {
  return tableUnder(heading).map(([offset, size, field]) => ({
    offset: Number(offset),
    size: Number(size),
    field: field!,
  }));
}

describe.each([
  { heading: 'Header', size: METADATA_SIZE },
  { heading: 'Archive list', size: ARCHIVE_INFO_SIZE },
  { heading: 'Point', size: POINT_SIZE },
])('the table under $heading', ({ heading, size }) => {
  it('has its fields end to end, and as long together as the code says', () => {
    let end = 0;
    for (const field of fieldsUnder(heading)) {
      expect(field.offset).toBe(end);
      end += field.size;
    }
    expect(end).toBe(size);
  });
});

it('has each field of the header where the code writes it', () => {
  const archives = [{ offset: 0x0a0a_0a0a, step: 0x0b0b_0b0b, points: 0x0c0c_0c0c }];
  const bytes = encodeHeader(
    { aggregation: 'max', maxRetention: 0x0d0d_0d0d, xFilesFactor: 1, archives },
    'python',
  );
  const view = new DataView(bytes.buffer);
  const written = Object.fromEntries([
    ...fieldsUnder('Header').map(({ offset, field }) => [field, view.getUint32(offset)]),
    ...fieldsUnder('Archive list').map(({ offset, field }) => [
      field,
      view.getUint32(METADATA_SIZE + offset),
    ]),
  ]);
  expect(written).toEqual({
    'aggregation method': 4,
    'max retention': 0x0d0d_0d0d,
    xFilesFactor: 0x3f80_0000,
    'archive count n': 1,
    offset: 0x0a0a_0a0a,
    step: 0x0b0b_0b0b,
    points: 0x0c0c_0c0c,
  });
});

it('has the fields of a point where the code writes them', () => {
  const view = new DataView(new ArrayBuffer(POINT_SIZE));
  encodePoint(view, 0, 7, 2.5);
  const [timestamp, value] = fieldsUnder('Point');
  expect([timestamp?.field, view.getUint32(timestamp!.offset)]).toEqual(['timestamp', 7]);
  expect([value?.field, view.getFloat64(value!.offset)]).toEqual(['value', 2.5]);
});

it('has the number of every method in both dialects', () => {
  for (const [number, ...names] of tableUnder('Methods')) {
    for (const [i, dialect] of (['python', 'go'] satisfies Dialect[]).entries()) {
      const name = names[i]!;
      if (name !== '')
        expect(aggregationNumber(name as never, dialect), `${name} in ${dialect}`).toBe(Number(number));
    }
  }
});
