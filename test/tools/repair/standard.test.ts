import { describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import type { SchemaOptions } from '../../../src/tools/repair/schema.js';
import { imageOf, repaired } from '../../support/repaired.js';

const NOW = 1_600_000_000;
const RETENTIONS = '10:12,30:8,120:20';
// Where things stand: three archives of 12, 8 and 20 slots behind a header of 52 bytes.
const LIST = 16;
const OFFSETS = [52, 196, 292] as const;
const SIZE = 532;

/** All rings are full but the last, which has a few points. */
function sample(): Buffer {
  using database = create(null, { retentions: RETENTIONS, xFilesFactor: 0, aggregation: 'max' });
  for (let age = 240; age >= 0; age -= 10) database.update(age, NOW - age, { now: NOW - age });
  return Buffer.from(database.toBytes());
}

interface Row {
  name: string;
  /** Damages the sample; returns other bytes if their number changes. */
  damage: (file: Buffer) => Uint8Array | number | undefined;
  schema?: SchemaOptions;
  changes: string[];
  losses?: string[];
  /** Kept, moved and dropped points of each archive. */
  points?: [kept: number, moved: number, dropped: number][];
  /** What the file shall be; the sample itself if left out. */
  after?: (file: Buffer) => Uint8Array | number | undefined;
}

const WHOLE: [number, number, number][] = [
  [12, 0, 0],
  [8, 0, 0],
  [3, 0, 0],
];

function check({ damage, schema = {}, changes, losses = [], points = WHOLE, after }: Row): void {
  const file = sample();
  const damaged = changed(file, damage);
  const result = repaired(damaged, NOW, schema);
  expect({ changes: result.changes, losses: result.losses }).toEqual({ changes, losses });
  expect(result.archives.map(({ kept, moved, dropped }) => [kept, moved, dropped])).toEqual(points);
  const expected = after === undefined ? sample() : changed(sample(), after);
  expect(Buffer.from(imageOf(result)).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
}

function changed(file: Buffer, change: (file: Buffer) => unknown): Uint8Array {
  const made = change(file);
  return made instanceof Uint8Array ? made : file;
}

it('the sample is what the rows take it for', () => {
  const file = sample();
  expect(file.length).toBe(SIZE);
  using database = open(file);
  expect(database.info.archives.map(({ offset }) => offset)).toEqual([...OFFSETS]);
  expect(repaired(file, NOW).outcome).toBe('sound');
});

describe('the header of a standard file', () => {
  it.each<Row>([
    {
      name: 'a max retention that is not that of the archives',
      damage: (file) => file.writeUInt32BE(77, 4),
      changes: ['its max retention was 77 s and is 2400 s'],
    },
    {
      name: 'an archive count of 1, where the first archive begins behind three',
      damage: (file) => file.writeUInt32BE(1, 12),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'an archive count that is none',
      damage: (file) => file.writeUInt32BE(0x8000_0003, 12),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'an offset inside the header',
      damage: (file) => file.writeUInt32BE(16, LIST + 12),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'an offset elsewhere in the file, where nothing fits',
      damage: (file) => file.writeUInt32BE(313, LIST + 24),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'points of an archive',
      damage: (file) => file.writeUInt32BE(9, LIST + 12 + 8),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'points of the last archive, which reach far behind the end',
      damage: (file) => file.writeUInt32BE(0xffff_0014, LIST + 24 + 8),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'a step of 0',
      damage: (file) => file.writeUInt32BE(0, LIST + 4),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'a step that its points do not have',
      damage: (file) => file.writeUInt32BE(15, LIST + 12 + 4),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'a step of 0 of the last archive, which the max retention tells',
      damage: (file) => file.writeUInt32BE(0, LIST + 24 + 4),
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'a method that is none, which was given',
      damage: (file) => file.writeUInt32BE(99, 0),
      schema: { aggregation: 'max' },
      changes: ['its aggregation method is the one that was given: max'],
    },
    {
      name: 'an xFilesFactor that is none, which was given',
      damage: (file) => file.writeFloatBE(Number.NaN, 8),
      schema: { xFilesFactor: 0 },
      changes: ['its xFilesFactor is the one that was given: 0'],
    },
    {
      name: 'settings of a compressed file put to where those stand',
      damage: (file) => {
        file.writeUInt32BE(5, 19);
        file.writeFloatBE(0.3, 27);
      },
      changes: ['its list of archives was put right: 10s:2m,30s:4m,2m:40m'],
    },
    {
      name: 'a readable setting counts more than one that was given',
      damage: (file) => file.writeUInt32BE(77, 4),
      schema: { aggregation: 'min', xFilesFactor: 1, retentions: '1:5' },
      changes: ['its max retention was 77 s and is 2400 s'],
    },
  ])('$name', check);

  it.each([
    {
      name: 'a method that is none',
      damage: (file: Buffer) => file.writeUInt32BE(99, 0),
      why: /aggregation method/,
    },
    {
      name: 'an xFilesFactor that is none',
      damage: (file: Buffer) => file.writeFloatBE(2, 8),
      why: /xFilesFactor/,
    },
    { name: 'a list of noise', damage: (file: Buffer) => file.fill(0xa5, 16, 60), why: /option retentions/ },
    { name: 'no bytes', damage: () => Buffer.alloc(0), why: /option retentions/ },
    { name: 'less than a header', damage: (file: Buffer) => file.subarray(0, 30), why: /option retentions/ },
  ])('$name cannot be repaired without being told', ({ damage, why }) => {
    const result = repaired(changed(sample(), damage), NOW);
    expect(result).toMatchObject({ outcome: 'hopeless', image: undefined, changes: [], archives: [] });
    expect(result.losses.join()).toMatch(why);
  });

  it('the very old format stays what it is', () => {
    const file = sample();
    file.writeUInt32BE(NOW, 0);
    expect(repaired(file, NOW).outcome).toBe('sound');
    const image = imageOf(repaired(Buffer.concat([file, Buffer.of(1)]), NOW));
    expect(Buffer.compare(image, file)).toBe(0);
  });
});

describe('the body of a standard file', () => {
  it.each<Row>([
    {
      name: 'bytes behind the end',
      damage: (file) => Buffer.concat([file, Buffer.from('more')]),
      changes: ['4 bytes behind its last archive were cut off'],
    },
    {
      name: 'a body that was cut off inside a point',
      damage: (file) => file.subarray(0, OFFSETS[2] + 12 + 7),
      changes: ['it was lengthened by 221 bytes, all of them empty slots'],
      losses: [
        'archive 2: the file ended inside a point',
        'what stood behind byte 311, where the file was cut off',
      ],
      points: [
        [12, 0, 0],
        [8, 0, 0],
        [1, 0, 1],
      ],
      after: (file) => file.fill(0, OFFSETS[2] + 12),
    },
    {
      name: 'a time that no point of its slot can have',
      damage: (file) => file.writeUInt32BE(NOW + 10 * 2 ** 20, OFFSETS[0] + 36),
      changes: [],
      losses: ['archive 0: 1 point whose times do not go together with the others'],
      points: [
        [11, 0, 1],
        [8, 0, 0],
        [3, 0, 0],
      ],
      after: (file) => file.fill(0, OFFSETS[0] + 36, OFFSETS[0] + 48),
    },
    {
      name: 'a time off its interval, in its slot',
      damage: (file) => file.writeUInt32BE(file.readUInt32BE(OFFSETS[0] + 36) + 3, OFFSETS[0] + 36),
      changes: [],
      points: [
        [11, 1, 0],
        [8, 0, 0],
        [3, 0, 0],
      ],
    },
    {
      name: 'a ring whose first slot is empty, and whose points therefore count as never written',
      damage: (file) => file.fill(0, OFFSETS[2], OFFSETS[2] + 12),
      changes: [],
      points: [
        [12, 0, 0],
        [8, 0, 0],
        [0, 2, 0],
      ],
      after: (file) => {
        file.copyWithin(OFFSETS[2], OFFSETS[2] + 12, OFFSETS[2] + 36);
        file.fill(0, OFFSETS[2] + 24, OFFSETS[2] + 36);
      },
    },
    {
      name: 'archives that a writer with another idea of the header put four bytes later',
      damage: (file) =>
        Buffer.concat([file.subarray(0, OFFSETS[0]), Buffer.alloc(4), file.subarray(OFFSETS[0])]),
      changes: [
        'archive 0 lay at byte 56 and was brought to byte 52',
        'archive 1 lay at byte 200 and was brought to byte 196',
        'archive 2 lay at byte 296 and was brought to byte 292',
        '4 bytes behind its last archive were cut off',
      ],
    },
    {
      name: 'archives over the list of archives, which was given',
      damage: (file) => Buffer.concat([file.subarray(0, 16), file.subarray(OFFSETS[0])]),
      schema: { retentions: RETENTIONS },
      changes: [
        'its archives are those that were given: 10s:2m,30s:4m,2m:40m',
        'archive 0 lay at byte 16 and was brought to byte 52',
        'archive 1 lay at byte 160 and was brought to byte 196',
        'archive 2 lay at byte 256 and was brought to byte 292',
        'it was lengthened by 36 bytes, all of them empty slots',
      ],
      losses: ['what stood behind byte 496, where the file was cut off'],
    },
  ])('$name', check);
});

describe('a file that says nothing', () => {
  it.each([
    { name: 'an empty one', bytes: Buffer.alloc(0) },
    { name: 'zeros', bytes: Buffer.alloc(4096) },
  ])('$name becomes a new one of the retentions that were given', ({ bytes }) => {
    const schema = { retentions: RETENTIONS, aggregation: 'sum', xFilesFactor: 0.25 } as const;
    const result = repaired(bytes, NOW, schema);
    expect(result.outcome).toBe('repairable');
    using made = create(null, schema);
    expect(Buffer.compare(imageOf(result), made.toBytes())).toBe(0);
  });
});
