import { beforeEach, describe, expect, it } from 'vitest';
import { StandardArchive } from '../../src/archive/standard-archive.js';
import { Scratch } from '../../src/bytes/scratch.js';
import type { ByteFile } from '../../src/file/byte-file.js';
import { FailingFile } from '../support/failing-file.js';
import { RecordingFile } from '../support/recording-file.js';

// Room for an archive of five points behind a header of 28 bytes, and a tail that must stay as it is.
const OFFSET = 28;
const POINTS = 5;
const END = OFFSET + POINTS * 12;
const TAIL = 0xee;

let file: RecordingFile;
let archive: StandardArchive;

beforeEach(() => {
  const bytes = new Uint8Array(END + 12).fill(TAIL, END);
  file = new RecordingFile(bytes);
  archive = new StandardArchive(file, { offset: OFFSET, step: 60, points: POINTS }, new Scratch());
});

function write(...points: [interval: number, value: number][]): void {
  const intervals = Float64Array.from(points, ([interval]) => interval);
  archive.write(
    intervals,
    Float64Array.from(points, ([, value]) => value),
    0,
    points.length,
  );
}

function read(first: number, count: number): (number | null)[] {
  const into = { values: new Float64Array(count), known: new Uint8Array(count) };
  archive.read(first, count, into);
  return Array.from(into.values, (value, i) => (into.known[i] === 1 ? value : null));
}

function timestamps(): number[] {
  return [...archive.slots().timestamps];
}

describe('writing', () => {
  it('puts the first point of an empty ring into slot 0', () => {
    write([1020, 7]);
    expect(timestamps()).toEqual([1020, 0, 0, 0, 0]);
    expect(archive.isEmpty()).toBe(false);
  });

  it('puts a point before the base at the other end', () => {
    write([1020, 7]);
    write([960, 6]);
    expect(timestamps()).toEqual([1020, 0, 0, 0, 960]);
  });

  it('writes neighbouring points at once, and round the seam in two', () => {
    write([1020, 0]);
    write([1200, 3], [1260, 4], [1320, 5], [1380, 6]);
    file.takeCalls();
    write([1500, 8], [1560, 9], [1620, 10]);
    expect(file.takeCalls()).toEqual([`write 24 at ${OFFSET + 3 * 12}`, `write 12 at ${OFFSET}`]);
    expect(timestamps()).toEqual([1620, 1380, 0, 1500, 1560]);
  });

  it('leaves the slots between two runs alone', () => {
    write([600, 0], [660, 1], [720, 2], [780, 3], [840, 4]);
    write([900, 5], [1020, 7]);
    expect(timestamps()).toEqual([900, 660, 1020, 780, 840]);
  });

  it('keeps to its ring when a run is longer than it: the last turn stays', () => {
    write(...Array.from({ length: 13 }, (_, i): [number, number] => [600 + i * 60, i]));
    expect(timestamps()).toEqual([1200, 1260, 1320, 1080, 1140]);
    expect(read(1080, 5)).toEqual([8, 9, 10, 11, 12]);
    const tail = new Uint8Array(12);
    file.readAt(tail, 12, END);
    expect([...tail]).toEqual(Array(12).fill(TAIL));
  });

  it('lets the next point take the place of one of interval 0, which leaves the ring empty', () => {
    write([0, 5]);
    expect(archive.isEmpty()).toBe(true);
    write([0, 5], [60, 6], [180, 8]);
    expect(timestamps()).toEqual([60, 0, 180, 0, 0]);
  });
});

describe('one point', () => {
  /** The same points, as a batch each and one by one, in two archives. */
  function both(...intervals: number[]): [StandardArchive, StandardArchive] {
    const made = [0, 1].map(() => {
      const bytes = new RecordingFile(new Uint8Array(END));
      return new StandardArchive(bytes, { offset: OFFSET, step: 60, points: POINTS }, new Scratch());
    });
    for (const interval of intervals) {
      made[0]!.write(Float64Array.of(interval), Float64Array.of(interval / 60), 0, 1);
      made[1]!.writeOne(interval, interval / 60);
    }
    return made as [StandardArchive, StandardArchive];
  }

  it.each([
    { name: 'in an empty ring', intervals: [1020] },
    { name: 'before the base', intervals: [1020, 960] },
    { name: 'after a full turn', intervals: [600, 660, 900] },
    { name: 'of interval 0', intervals: [0] },
    { name: 'after interval 0', intervals: [0, 60, 120] },
    { name: 'of interval 0 in the place of another', intervals: [300, 360, 0, 420] },
  ])('is a batch of one: $name', ({ intervals }) => {
    const [batch, single] = both(...intervals);
    expect(single.slots()).toEqual(batch.slots());
    expect(single.isEmpty()).toBe(batch.isEmpty());
  });

  it('is written by one call', () => {
    archive.writeOne(600, 1);
    file.takeCalls();
    archive.writeOne(660, 2);
    expect(file.takeCalls()).toEqual([`write 12 at ${OFFSET + 12}`]);
  });
});

describe('the known values of a span', () => {
  const list = new Float64Array(8);

  function known(first: number, count: number): number[] {
    return [...list.subarray(0, archive.readKnown(first, count, list))];
  }

  it('are those of its own turn, in the order of time, also across the seam', () => {
    write([600, 0], [660, 1], [720, 2], [780, 3], [840, 4]);
    write([900, 5], [1020, 7]);
    expect(known(780, 5)).toEqual([3, 4, 5, 7]);
    expect(known(600, 5)).toEqual([1, 3, 4]);
    expect(known(1200, 5)).toEqual([]);
  });

  it('do not go on behind what 32 bits hold, nor begin anew there', () => {
    const last = 2 ** 32 - 16;
    write([last, 5]);
    // One step after the last one comes an interval whose lower 32 bits are those of a point that is there.
    write([last + 60 - 2 ** 32, 6]);
    expect(last + 60 - 2 ** 32).toBe(44);
    expect(known(last, 2)).toEqual([5]);
  });

  it('are what an empty ring holds after a point of interval 0', () => {
    write([0, 5]);
    expect(known(0, 1)).toEqual([5]);
  });
});

describe('an archive that nobody else writes to', () => {
  const list = new Float64Array(8);

  function exclusive(into: ByteFile): StandardArchive {
    return new StandardArchive(into, { offset: OFFSET, step: 60, points: POINTS }, new Scratch(), {
      isExclusive: true,
    });
  }

  it('reads what it is asked for again and again but twice, and knows what it has written', () => {
    const own = exclusive(file);
    for (const [i, interval] of [600, 660, 720, 780].entries()) {
      own.writeOne(interval, i);
      expect(own.readKnown(600, 4, list)).toBe(i + 1);
    }
    expect([...list.subarray(0, 4)]).toEqual([0, 1, 2, 3]);
    expect(file.takeCalls().filter((call) => call === `read 48 at ${OFFSET}`)).toHaveLength(2);
  });

  it('reads anew after a batch', () => {
    const own = exclusive(file);
    own.writeOne(600, 1);
    for (let i = 0; i < 3; i++) own.readKnown(600, 4, list);
    own.write(Float64Array.of(660, 720), Float64Array.of(2, 3), 0, 2);
    expect([...list.subarray(0, own.readKnown(600, 4, list))]).toEqual([1, 2, 3]);
  });

  it('sees what a write that failed has left in the file', () => {
    const failing = new FailingFile(new Uint8Array(END), { writes: 1, torn: 1 });
    const own = exclusive(failing);
    own.writeOne(600, 1);
    for (let i = 0; i < 3; i++) own.readKnown(600, 4, list);
    expect(() => own.writeOne(660, 2)).toThrow(/a write that failed/);
    expect([...list.subarray(0, own.readKnown(600, 4, list))]).toEqual([1, 2]);
  });

  it.each([false, true])('is not what others have, who see each other: %s', (isExclusive) => {
    const [one, other] = [isExclusive ? exclusive(file) : archive, archive];
    one.writeOne(600, 1);
    for (let i = 0; i < 3; i++) one.readKnown(600, 4, list);
    other.writeOne(660, 2);
    expect(one.readKnown(600, 4, list)).toBe(isExclusive ? 1 : 2);
  });
});

describe('reading', () => {
  it('gives null where a slot still holds an earlier turn', () => {
    write([600, 0], [660, 1], [720, 2], [780, 3], [840, 4]);
    write([960, 6]);
    expect(read(900, 5)).toEqual([null, 6, null, null, null]);
    expect(read(660, 4)).toEqual([null, 2, 3, 4]);
  });

  it('reads a span across the seam in two calls, and one before it in one', () => {
    write([600, 0], [660, 1], [720, 2], [780, 3], [840, 4]);
    write([900, 5]);
    file.takeCalls();
    expect(read(780, 3)).toEqual([3, 4, 5]);
    expect(file.takeCalls()).toEqual([`read 24 at ${OFFSET + 36}`, `read 12 at ${OFFSET}`]);
    expect(read(720, 2)).toEqual([2, 3]);
    expect(file.takeCalls()).toEqual([`read 24 at ${OFFSET + 24}`]);
  });

  it('asks for the base once, and again as long as the ring is empty', () => {
    expect(archive.isEmpty()).toBe(true);
    expect(archive.isEmpty()).toBe(true);
    expect(file.takeCalls()).toHaveLength(2);
    write([600, 1]);
    file.takeCalls();
    expect(archive.isEmpty()).toBe(false);
    expect(archive.slotOf(660)).toBe(1);
    expect(file.takeCalls()).toEqual([]);
  });
});

describe('a file that ends too early', () => {
  const cut = (isCutOff: boolean) => {
    const bytes = new Uint8Array(OFFSET + 30);
    const view = new DataView(bytes.buffer);
    for (const [slot, timestamp] of [600, 660].entries()) view.setUint32(OFFSET + slot * 12, timestamp);
    view.setUint32(OFFSET + 24, 720); // The slot of this one is not whole.
    return new StandardArchive(
      new RecordingFile(bytes),
      { offset: OFFSET, step: 60, points: POINTS },
      new Scratch(),
      { isCutOff },
    );
  };

  it('is an error with the place', () => {
    expect(() => cut(false).slots()).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', message: expect.stringContaining('ends at byte 58') }),
    );
  });

  it('reads as never written where that is wanted', () => {
    expect([...cut(true).slots().timestamps]).toEqual([600, 660, 0, 0, 0]);
  });
});

describe('erasing', () => {
  beforeEach(() => {
    write([1020, 1], [1080, 2], [1140, 3], [1200, 4], [1260, 5]);
    file.takeCalls();
  });

  it('empties slots of neighbouring intervals with one read and one write', () => {
    expect(archive.erase(1080, 1200)).toBe(3);
    expect(timestamps()).toEqual([1020, 0, 0, 0, 1260]);
    expect([...archive.slots().values]).toEqual([1, 0, 0, 0, 5]);
  });

  it('writes each unbroken run alone', () => {
    write([1440, 8]); // takes the slot of 1140
    file.takeCalls();
    expect(archive.erase(1080, 1200)).toBe(2);
    expect(file.takeCalls().filter((call) => call.startsWith('write'))).toEqual([
      'write 12 at 40',
      'write 12 at 64',
    ]);
    expect(timestamps()).toEqual([1020, 0, 1440, 0, 1260]);
  });

  it('goes round the seam', () => {
    write([1320, 6]);
    expect(archive.erase(1260, 1320)).toBe(2);
    expect(timestamps()).toEqual([120, 1080, 1140, 1200, 0]);
  });

  it('leaves points of another turn, unless the range holds them as well', () => {
    expect(archive.erase(1320, 1560)).toBe(0);
    expect(archive.erase(1380, 1380)).toBe(0);
    write([1380, 7]);
    expect(archive.erase(1140, 1380)).toBe(4);
    expect(timestamps()).toEqual([1020, 0, 0, 0, 0]);
  });

  it('leaves in slot 0 a time of the first turn, and no value, so that all keep their slots', () => {
    expect(archive.erase(1020, 1020)).toBe(1);
    expect(timestamps()).toEqual([120, 1080, 1140, 1200, 1260]);
    expect(archive.slots().values[0]).toBeNaN();
    expect(read(1020, 5)).toEqual([null, 2, 3, 4, 5]);
    expect(archive.erase(1020, 1020)).toBe(0);
    expect(archive.isEmpty()).toBe(false);
    write([1620, 9]);
    expect(timestamps()[0]).toBe(1620);
  });

  it('finds nothing in an empty ring', () => {
    const empty = new StandardArchive(
      new RecordingFile(new Uint8Array(END)),
      { offset: OFFSET, step: 60, points: POINTS },
      new Scratch(),
    );
    expect(empty.erase(0, 6000)).toBe(0);
  });

  it('leaves the tail of the file alone', () => {
    archive.erase(0, 99_960);
    const tail = new Uint8Array(12);
    expect(file.readAt(tail, 12, END)).toBe(12);
    expect([...tail]).toEqual(Array(12).fill(TAIL));
  });
});

describe('a point of an interval', () => {
  beforeEach(() => write([1020, 1], [1080, 2]));

  it('is there, or is not', () => {
    expect([1020, 1080, 1140, 1320, 0].map((interval) => archive.holds(interval))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('is overtaken once a later turn has its slot', () => {
    expect(archive.isOvertaken(1020, 5)).toBe(false);
    write([1380, 3]); // the slot of 1080
    expect(archive.isOvertaken(1020, 1)).toBe(false);
    expect(archive.isOvertaken(1020, 2)).toBe(true);
    expect(archive.isOvertaken(1380, 1)).toBe(false);
  });
});
