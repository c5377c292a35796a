import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create } from '../../../src/index.js';
import type { Finding } from '../../../src/tools/verify/finding.js';
import { verify } from '../../../src/tools/verify/verify.js';
import { realFiles, WRITTEN_AT } from '../../support/odd-bytes.js';

const NOW = 1_600_000_000;
/** Archives of 60 s × 10 and 300 s × 12: headers up to byte 40, the second archive at byte 160. */
const RING = 40;
const SECOND = 160;

/** Ten points in the base, from slot 0 on, which rolled up to three in the second archive. */
function sample(): Buffer {
  using database = create(null, { retentions: '60:10,300:12', xFilesFactor: 0 });
  const points = Array.from({ length: 10 }, (_, i) => [NOW - 40 - 60 * (9 - i), i] as const);
  database.updateMany(points, { now: NOW });
  return Buffer.from(database.toBytes());
}

/** The interval in a slot of the base. */
function intervalIn(slot: number): number {
  return sample().readUInt32BE(RING + 12 * slot);
}

function findingsIn(bytes: Uint8Array, deep = true): Finding[] {
  return verify(bytes, { deep, now: NOW });
}

function summary(findings: readonly Finding[]) {
  return findings.map(({ level, code, message }) => `${level} ${code}: ${message}`);
}

interface Row {
  readonly name: string;
  /** Changes the sample, or gives other bytes. */
  readonly change: (bytes: Buffer) => unknown;
  readonly found: readonly string[];
}

function expectFound({ change, found }: Row, deep: boolean): void {
  const bytes = sample();
  const changed = change(bytes);
  expect(summary(findingsIn(changed instanceof Uint8Array ? changed : bytes, deep))).toEqual(found);
}

describe('a standard file, at any depth', () => {
  it('has no findings while nothing is wrong', () => {
    expect(findingsIn(sample(), false)).toEqual([]);
    expect(findingsIn(sample())).toEqual([]);
  });

  const rows: Row[] = [
    {
      name: 'empty',
      change: () => Buffer.alloc(0),
      found: ['damage empty-file: the file is empty'],
    },
    {
      name: 'shorter than a header',
      change: (bytes) => bytes.subarray(0, 15),
      found: ['damage bad-header: a file of 15 bytes; expected a header of at least 16'],
    },
    {
      name: 'ending within the list of archives',
      change: (bytes) => bytes.subarray(0, 30),
      found: [
        'damage bad-header: archive count 2 at byte 12, a header of 40 bytes; expected one that fits a file of 30',
      ],
    },
    {
      name: 'all zero',
      change: (bytes) => Buffer.alloc(bytes.length),
      found: [
        'damage bad-header: aggregation method 0 at byte 0; expected a number that the python dialect knows, ' +
          'in a Whisper file',
      ],
    },
    {
      name: 'with a step of 0',
      change: (bytes) => bytes.writeUInt32BE(0, 20),
      found: ['damage bad-header: archive 0 with a step of 0 (byte 20); expected at least 1'],
    },
    {
      name: 'cut off',
      change: (bytes) => bytes.subarray(0, 300),
      found: ['damage cut-off: byte 300: the file ends here, 4 bytes before its header says'],
    },
    {
      name: 'cut off by more than any reader would make up for',
      change: (bytes) => bytes.writeUInt32BE(2 ** 31, 36),
      found: [
        'oddity retention-rules: archive 1: 300 × 2147483648 is a retention of 644245094400 seconds; ' +
          'expected at most 4294967295',
        'oddity max-retention: max retention is 3600 s, and the archives reach back 644245094400 s',
        'damage cut-off: byte 304: the file ends here, 25769803632 bytes before its header says',
      ],
    },
    {
      name: 'with bytes after its end',
      change: (bytes) => Buffer.concat([bytes, Buffer.from('more')]),
      found: ['oddity bytes-after-end: byte 304: 4 bytes stand after the last archive'],
    },
    {
      name: 'with another max retention',
      change: (bytes) => bytes.writeUInt32BE(86_400, 4),
      found: ['oddity max-retention: max retention is 86400 s, and the archives reach back 3600 s'],
    },
    {
      name: 'with its archives the other way round',
      change: (bytes) => {
        const [fine, coarse] = [bytes.subarray(16, 28), bytes.subarray(28, 40)].map((entry) =>
          Buffer.from(entry),
        );
        coarse!.copy(bytes, 16);
        fine!.copy(bytes, 28);
      },
      found: [
        'oddity archive-order: archive 1: its step of 60 s comes after one of 300 s',
        'oddity archive-place: archive 0, byte 160: it does not follow what stands before it, up to byte 40',
        'oddity archive-place: archive 1, byte 40: it does not follow what stands before it, up to byte 304',
      ],
    },
    {
      name: 'with steps that do not divide each other',
      change: (bytes) => {
        bytes.writeUInt32BE(310, 32);
        bytes.writeUInt32BE(3720, 4);
        bytes.fill(0, SECOND);
      },
      found: [
        'oddity retention-rules: archive 1: 1m:10m and 310s:62m: 60 does not divide 310; ' +
          'expected each step to divide the next',
      ],
    },
    {
      name: 'of the very old format',
      change: (bytes) => bytes.writeUInt32BE(NOW, 0),
      found: ['oddity very-old-format: byte 0: a time stands in place of the method, which is average'],
    },
    {
      name: 'with several of these at once',
      change: (bytes) => {
        bytes.writeUInt32BE(NOW, 0);
        bytes.writeUInt32BE(1, 4);
        return bytes.subarray(0, 100);
      },
      found: [
        'oddity very-old-format: byte 0: a time stands in place of the method, which is average',
        'oddity max-retention: max retention is 1 s, and the archives reach back 3600 s',
        'damage cut-off: byte 100: the file ends here, 204 bytes before its header says',
      ],
    },
  ];

  it.each(rows)('$name', (row) => {
    expectFound(row, false);
    expectFound(row, true);
  });

  it('is read in its dialect', () => {
    const bytes = sample();
    bytes.writeUInt32BE(8, 0);
    expect(verify(bytes, { now: NOW })).toEqual([]);
    expect(verify(bytes, { now: NOW, dialect: 'go' }).map(({ code }) => code)).toEqual(['bad-header']);
  });
});

describe('the rings of a standard file, with deep', () => {
  const base = intervalIn(0);
  const rows: Row[] = [
    {
      name: 'a point off the step',
      change: (bytes) => bytes.writeUInt32BE(base + 181, RING + 12 * 3),
      found: [
        `damage off-step-points: archive 0, slot 3, byte 76: the point of ${base + 181} is off the step of 60 s`,
      ],
    },
    {
      name: 'a point in the slot of another',
      change: (bytes) => bytes.writeUInt32BE(base + 240, RING + 12 * 3),
      found: [
        `damage misplaced-points: archive 0, slot 3, byte 76: the point of ${base + 240} belongs 1 slot further on, ` +
          `counted from ${base} in slot 0`,
      ],
    },
    {
      name: 'a wrong base, told once for all slots behind it, empty ones among them',
      change: (bytes) => {
        bytes.writeUInt32BE(base + 60, RING);
        bytes.fill(0, RING + 12 * 4, RING + 12 * 5);
      },
      found: [
        `damage misplaced-points: archive 0, slot 1, byte 52: 8 points up to slot 9, the first of ${base + 60}, ` +
          `belong 9 slots further on, counted from ${base + 60} in slot 0`,
      ],
    },
    {
      name: 'a ring that counts as never written',
      change: (bytes) => bytes.fill(0, RING, RING + 12 * 8),
      found: [
        `damage missing-base: archive 0, slot 8, byte 136: 2 points up to slot 9, the first of ${base + 480}, ` +
          'are there, but slot 0 is empty: the archive counts as never written',
      ],
    },
    {
      name: 'points after now, as an oddity',
      change: (bytes) => {
        bytes.writeUInt32BE(base + 120 + 600, RING + 12 * 2);
        bytes.writeUInt32BE(base + 180 + 1200, RING + 12 * 3);
      },
      found: [
        `oddity future-points: archive 0, slot 3, byte 76: 2 points lie after now, the latest ${base + 1380 - NOW} s`,
      ],
    },
    {
      name: 'faults of both archives',
      change: (bytes) => {
        bytes.writeUInt32BE(1, RING + 12 * 9);
        bytes.writeUInt32BE(7, SECOND + 12);
      },
      found: [
        'damage off-step-points: archive 0, slot 9, byte 148: the point of 1 is off the step of 60 s',
        'damage off-step-points: archive 1, slot 1, byte 172: the point of 7 is off the step of 300 s',
      ],
    },
    {
      name: 'what is there of a file that was cut off',
      change: (bytes) => {
        bytes.writeUInt32BE(1, RING + 12 * 3);
        bytes.writeUInt32BE(1, RING + 12 * 4);
        return bytes.subarray(0, RING + 12 * 4 + 11);
      },
      found: [
        'damage cut-off: byte 99: the file ends here, 205 bytes before its header says',
        'damage off-step-points: archive 0, slot 3, byte 76: the point of 1 is off the step of 60 s',
      ],
    },
  ];

  it.each(rows)('$name', (row) => {
    expectFound(row, true);
  });

  it('says where, and what is concerned', () => {
    const bytes = sample();
    bytes.writeUInt32BE(1, RING + 12 * 3);
    bytes.writeUInt32BE(2, RING + 12 * 4);
    expect(findingsIn(bytes)).toEqual([
      {
        level: 'damage',
        code: 'off-step-points',
        message:
          'archive 0, slot 3, byte 76: 2 points up to slot 4, the first of 1, are off the step of 60 s',
        archive: 0,
        slot: 3,
        offset: 76,
        timestamp: 1,
        points: 2,
      },
    ]);
  });

  it('tells a hundred runs of noise one by one, and counts the rest', () => {
    using database = create(null, { retentions: '60:1000' });
    database.update(1, NOW, { now: NOW });
    const bytes = Buffer.from(database.toBytes());
    // Every second slot holds what belongs elsewhere, each by another distance.
    for (let slot = 1; slot < 1000; slot += 2) bytes.writeUInt32BE(60_000, 28 + 12 * slot);
    const findings = findingsIn(bytes);
    expect(findings.length).toBe(101);
    expect(findings.at(-1)).toEqual({
      level: 'damage',
      code: 'misplaced-points',
      message: 'archive 0: 400 more points in slots further on',
      archive: 0,
      points: 400,
    });
  });

  it('are only looked at with deep', () => {
    const bytes = sample();
    bytes.writeUInt32BE(1, RING + 12 * 3);
    expect(findingsIn(bytes, false)).toEqual([]);
  });

  it('reads rings of more slots than one read brings', () => {
    using database = create(null, { retentions: '1:150000' });
    database.update(1, NOW, { now: NOW });
    const bytes = Buffer.from(database.toBytes());
    bytes.writeUInt32BE(NOW + 5, 28 + 12 * 149_000);
    expect(verify(bytes, { deep: true, now: NOW + 10 }).map(({ code, slot }) => ({ code, slot }))).toEqual([
      { code: 'misplaced-points', slot: 149_000 },
    ]);
  });
});

describe('any standard file', () => {
  it('has no findings as it was written', () => {
    fc.assert(
      fc.property(realFiles(), (bytes) => {
        expect(verify(bytes, { deep: true, now: WRITTEN_AT })).toEqual([]);
      }),
    );
  });

  it('has damage once a bit of a timestamp is turned, unless that is as good a time for its slot', () => {
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(realFiles(), place, fc.nat(31), (file, at, bit) => {
        const bytes = Buffer.from(file);
        const [step, points] = [bytes.readUInt32BE(20), bytes.readUInt32BE(24)];
        const start = bytes.readUInt32BE(16);
        const used = Array.from({ length: points }, (_, slot) => slot).filter((slot) => {
          return bytes.readUInt32BE(start + 12 * slot) !== 0;
        });
        // A lone point in slot 0 is right whatever its interval.
        fc.pre(used.length > 1 && 2 ** bit % (step * points) !== 0);
        const offset = start + 12 * used[Math.floor(at * used.length)]!;
        bytes.writeUInt32BE((bytes.readUInt32BE(offset) ^ (1 << bit)) >>> 0, offset);
        const found = verify(bytes, { deep: true, now: 2 ** 32 });
        expect(found.filter(({ level, archive }) => level === 'damage' && archive === 0)).not.toEqual([]);
      }),
    );
  });
});
