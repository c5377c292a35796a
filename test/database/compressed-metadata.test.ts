import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storePoints } from '../../src/archive/store-points.js';
import { rollUpOf } from '../../src/database/compressed-fetch.js';
import {
  type CompressedSettings,
  loadMetadata,
  type Metadata,
  MetadataKeeper,
} from '../../src/database/compressed-metadata.js';
import type { ByteFile } from '../../src/file/byte-file.js';
import { MemoryFile } from '../../src/file/memory-file.js';
import {
  computeChecksum,
  decodeCompressedHeader,
  encodeCompressedHeader,
  stampChecksum,
  storedChecksum,
} from '../../src/format/compressed-header.js';
import { PointRun } from '../../src/format/point-run.js';
import { type CreateOptions, create } from '../../src/index.js';
import { CompressedBytes } from '../support/compressed-samples.js';
import { FailingFile } from '../support/failing-file.js';
import { RecordingFile } from '../support/recording-file.js';

const runs = Number(process.env['SOTTO_RUNS'] ?? 60);

/** The beginning of an hour and of a day. */
const T0 = 1_599_955_200;
const SETTINGS: CompressedSettings = {
  dialect: 'python',
  isCutOff: false,
  isLenient: false,
  isExclusive: false,
  insertsLate: false,
};

/** Metadata that are read at once; units of 600 slots, 14,400 bytes of buffer; ranges of 626 blocks, 10,016 bytes. */
const LAYOUTS = {
  small: { retentions: '1s:600,10s:1h,1m:1d' },
  'a large buffer': { retentions: '1s:1h,10m:1d' },
  'two large buffers': { retentions: '1s:1h,10m:10d,4d:100d' },
  'many blocks': { retentions: '1s:10000', pointsPerBlock: 16 },
} satisfies Record<string, Partial<CreateOptions> & Pick<CreateOptions, 'retentions'>>;
const ALL = Object.entries(LAYOUTS).map(([name, layout]) => ({ name, layout }));
const CHECKSUM_AT = 43;
const METADATA_AT_ONCE = 4096;

function made(layout: Partial<CreateOptions> & Pick<CreateOptions, 'retentions'>): Uint8Array {
  using database = create(null, { format: 'compressed', xFilesFactor: 0, pointSize: 14, ...layout });
  return database.toBytes();
}

/** Stores values at these seconds after T0, by rising time, as a batch does. */
function store({ archives, header }: Metadata, seconds: readonly number[], value = 1): void {
  const points = new PointRun();
  for (const second of [...seconds].sort((a, b) => a - b)) points.pushValue(T0 + second, value + second / 7);
  storePoints(archives, 0, points, rollUpOf(header));
}

function contentOf(file: ByteFile, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.readAt(bytes, length, 0);
  return bytes;
}

/** The metadata as they would be if all of them were encoded and stamped anew. */
function rewritten({ bytes, present }: Metadata): Uint8Array {
  const copy = bytes.slice();
  encodeCompressedHeader(copy, present);
  stampChecksum(copy);
  return copy;
}

function keeperOf(file: ByteFile, settings: Partial<CompressedSettings> = {}): MetadataKeeper {
  return new MetadataKeeper(file, { ...SETTINGS, ...settings });
}

describe('what is written', () => {
  const batches = fc.array(
    fc.array(fc.oneof(fc.nat(100), fc.nat(3000), fc.nat(9000)), { minLength: 0, maxLength: 12 }),
    { maxLength: 8 },
  );

  it.each(ALL)('leaves the metadata as if all of them were encoded anew: $name', ({ layout }) => {
    const bytes = made(layout);
    fc.assert(
      fc.property(batches, (list) => {
        const file = new MemoryFile(bytes.slice(), 'owned');
        const keeper = keeperOf(file);
        let from = 0;
        for (const seconds of list) {
          const metadata = keeper.load();
          store(
            metadata,
            seconds.map((second) => from + second),
          );
          const expected = rewritten(metadata);
          keeper.commit();
          const found = contentOf(file, expected.length);
          expect(Buffer.compare(found, expected)).toBe(0);
          expect(storedChecksum(found)).toBe(computeChecksum(found));
          // And it knows them so.
          expect(Buffer.compare(metadata.stored, found)).toBe(0);
          expect(Buffer.compare(metadata.bytes, found)).toBe(0);
          from += seconds.length * 100;
        }
      }),
      { numRuns: runs },
    );
  });

  it('to one slot of a large buffer is that and the checksum', () => {
    const file = new RecordingFile(made(LAYOUTS['a large buffer']));
    const keeper = keeperOf(file);
    const { buffer } = new CompressedBytes(contentOf(file, file.size())).places[0]!;
    file.takeCalls();
    store(keeper.load(), [500]);
    file.takeCalls();
    keeper.commit();
    expect(file.takeCalls()).toEqual([`write 12 at ${buffer + 12 * 500}`, `write 4 at ${CHECKSUM_AT}`]);
  });

  it('to parts that lie near each other is one piece, the checksum with it', () => {
    const file = new RecordingFile(made(LAYOUTS.small));
    const keeper = keeperOf(file);
    const { buffer } = new CompressedBytes(contentOf(file, file.size())).places[0]!;
    file.takeCalls();
    store(keeper.load(), [5]);
    file.takeCalls();
    keeper.commit();
    expect(file.takeCalls()).toEqual([`write ${buffer + 72 - CHECKSUM_AT} at ${CHECKSUM_AT}`]);
  });

  it('goes behind the blocks, the checksum last', () => {
    const file = new RecordingFile(made(LAYOUTS['a large buffer']));
    const keeper = keeperOf(file);
    const { header } = keeper.load();
    store(keeper.load(), [0, 700, 1300, 1900]);
    file.takeCalls();
    keeper.commit();
    const places = file.calls.map(({ position }) => position);
    const firstOfMetadata = places.findIndex((position) => position < header.archives[0]!.offset);
    expect(firstOfMetadata).toBeGreaterThan(0);
    expect(places.slice(firstOfMetadata).every((position) => position < header.archives[0]!.offset)).toBe(
      true,
    );
    expect(places.at(-1)).toBe(CHECKSUM_AT);
  });

  it('is nothing where nothing has changed', () => {
    for (const { layout } of ALL) {
      const file = new RecordingFile(made(layout));
      const keeper = keeperOf(file);
      keeper.load();
      file.takeCalls();
      keeper.commit();
      expect(file.takeCalls()).toEqual([]);
      store(keeper.load(), [5]);
      keeper.commit();
      file.takeCalls();
      keeper.commit();
      expect(file.takeCalls()).toEqual([]);
    }
  });

  it('to a new file is all that has changed there too', () => {
    const file = new MemoryFile(made(LAYOUTS['a large buffer']), 'owned');
    const metadata = loadMetadata(file);
    store(metadata, [0, 700, 1300]);
    const expected = rewritten(metadata);
    metadata.writeTo(file);
    expect(Buffer.compare(contentOf(file, expected.length), expected)).toBe(0);
  });
});

describe('a checksum that is wrong', () => {
  it.each(ALL)(
    'is mended by a call that changes nothing, with a write of its four bytes: $name',
    ({ layout }) => {
      const bytes = made(layout);
      bytes[CHECKSUM_AT + 2]! ^= 0x40;
      const file = new RecordingFile(bytes);
      const keeper = keeperOf(file);
      const { metadataSize } = new CompressedBytes(bytes);
      keeper.load();
      file.takeCalls();
      keeper.commit();
      expect(file.takeCalls()).toEqual([`write 4 at ${CHECKSUM_AT}`]);
      const found = contentOf(file, metadataSize);
      expect(storedChecksum(found)).toBe(computeChecksum(found));
      expect(Buffer.compare(found, contentOf(new MemoryFile(made(layout)), metadataSize))).toBe(0);
    },
  );

  it.each(ALL)(
    'is right after a call that changes something, and after the next one: $name',
    ({ layout }) => {
      const bytes = made(layout);
      bytes.fill(0xff, CHECKSUM_AT, CHECKSUM_AT + 4);
      const { metadataSize } = new CompressedBytes(bytes);
      const file = new MemoryFile(bytes, 'owned');
      const keeper = keeperOf(file);
      for (const seconds of [[5], [700, 1400], []]) {
        store(keeper.load(), seconds);
        keeper.commit();
        const found = contentOf(file, metadataSize);
        expect(storedChecksum(found)).toBe(computeChecksum(found));
      }
    },
  );
});

describe('the metadata that are kept', () => {
  it.each(ALL)(
    'are the same as long as the file has them, after changes of its own as well: $name',
    ({ layout }) => {
      const file = new RecordingFile(made(layout));
      const keeper = keeperOf(file);
      const metadata = keeper.load();
      expect(keeper.load()).toBe(metadata);
      store(metadata, [1, 2, 3]);
      keeper.commit();
      file.takeCalls();
      expect(keeper.load()).toBe(metadata);
      // Their size is known.
      expect(file.takeCalls()).toEqual([`read ${metadata.stored.length} at 0`]);
    },
  );

  it.each(ALL)('are read anew where any byte of them is another: $name', ({ layout }) => {
    const bytes = made(layout);
    const { metadataSize, header } = new CompressedBytes(bytes);
    const file = new MemoryFile(bytes, 'owned');
    const keeper = keeperOf(file);
    // Of the file's header what means nothing to the layout, and behind the headers anything.
    const behind = 63 + 128 * header.archives.length;
    const places = [CHECKSUM_AT, 50, behind, behind + 3, metadataSize - 1];
    for (const place of places) {
      const before = keeper.load();
      const former = contentOf(file, place + 1)[place]!;
      file.writeAt(Uint8Array.of(former ^ 1), 1, place);
      const after = keeper.load();
      expect(after).not.toBe(before);
      expect(after.stored[place]).toBe(former ^ 1);
      expect(keeper.load()).toBe(after);
    }
  });

  it('are read once where nobody else writes to the file', () => {
    for (const { layout } of ALL) {
      const file = new RecordingFile(made(layout));
      const keeper = keeperOf(file, { isExclusive: true });
      const metadata = keeper.load();
      const reads = file.takeCalls();
      expect(reads[0]).toBe(`read ${METADATA_AT_ONCE} at 0`);
      expect(reads.length).toBe(metadata.stored.length > METADATA_AT_ONCE ? 2 : 1);
      for (const seconds of [[1], [700], [1400, 2100]]) {
        store(keeper.load(), seconds);
        keeper.commit();
      }
      expect(keeper.load()).toBe(metadata);
      expect(file.calls.filter(({ call, position }) => call === 'read' && position === 0)).toEqual([]);
    }
  });

  it('are read anew once they are forgotten, and what waited is gone', () => {
    const bytes = made(LAYOUTS['a large buffer']);
    for (const isExclusive of [false, true]) {
      const file = new RecordingFile(bytes);
      const keeper = keeperOf(file, { isExclusive });
      const metadata = keeper.load();
      store(metadata, [0, 700, 1400, 2100]);
      keeper.forget();
      const anew = keeper.load();
      expect(anew).not.toBe(metadata);
      expect(anew.archives[0]!.ring.latest).toBe(0);
      keeper.commit();
      expect(Buffer.compare(contentOf(file, bytes.length), bytes)).toBe(0);
    }
  });

  it('are refused where the file was cut off in them, and taken again once it is whole', () => {
    const bytes = made(LAYOUTS['a large buffer']);
    let length = bytes.length;
    const file = new MemoryFile(bytes.slice(), 'owned');
    const cut = Object.assign(Object.create(file) as MemoryFile, {
      size: () => length,
      readAt: (into: Uint8Array, wanted: number, position: number) =>
        file.readAt(into, Math.max(0, Math.min(wanted, length - position)), position),
    });
    const keeper = keeperOf(cut);
    for (const left of [0, 40, 63, 200, 5000]) {
      length = bytes.length;
      // What was read once more is in memory by the second time.
      expect(keeper.load()).toBe(keeper.load());
      length = left;
      expect(() => keeper.load()).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
      expect(keeper.isUnchanged()).toBe(true);
    }
    length = bytes.length;
    expect(Buffer.compare(keeper.load().stored, bytes.subarray(0, keeper.load().stored.length))).toBe(0);
  });
});

describe('metadata that another writes while they are read', () => {
  /** A file that becomes another once so many reads of it are done. */
  class Changing extends MemoryFile {
    readonly #later: Uint8Array;
    #left: number;

    constructor(bytes: Uint8Array, later: Uint8Array, reads: number) {
      super(bytes, 'owned');
      this.#later = later;
      this.#left = reads;
    }

    override readAt(into: Uint8Array, length: number, position: number): number {
      const read = super.readAt(into, length, position);
      if (--this.#left === 0) this.writeAt(this.#later, this.#later.length, 0);
      return read;
    }
  }

  it.each(ALL)('are of one moment, headers and all else: $name', ({ layout }) => {
    const begun = new MemoryFile(made(layout), 'owned');
    const writer = keeperOf(begun);
    store(writer.load(), [0, 700, 1300]);
    writer.commit();
    const before = contentOf(begun, begun.size());
    store(writer.load(), [1900, 2500, 3100]);
    writer.commit();
    const after = contentOf(begun, begun.size());
    for (const reads of [1, 2, 3]) {
      const keeper = keeperOf(new Changing(before.slice(), after, reads));
      const { header, stored } = keeper.load();
      expect(header).toEqual(decodeCompressedHeader(stored, before.length));
      expect(
        [before, after].some((bytes) => Buffer.compare(bytes.subarray(0, stored.length), stored) === 0),
      ).toBe(true);
      for (let i = 0; i < 3; i++) keeper.load();
      expect(keeper.load().present).toEqual(loadMetadata(new MemoryFile(after)).present);
    }
  });
});

describe('whether the file still has what was read', () => {
  it('it has after changes of the keeper’s own, and has not after those of another', () => {
    for (const { layout } of ALL) {
      const file = new MemoryFile(made(layout), 'owned');
      const [one, other] = [keeperOf(file), keeperOf(file)];
      store(one.load(), [1]);
      one.commit();
      expect(one.isUnchanged()).toBe(true);
      store(other.load(), [5]);
      other.commit();
      expect([one.isUnchanged(), other.isUnchanged()]).toEqual([false, true]);
      one.load();
      expect(one.isUnchanged()).toBe(true);
    }
  });
});

describe('a commit that fails', () => {
  /** The metadata of the file, as told by a keeper; the message if they are none. */
  function presentOf(keeper: MetadataKeeper): unknown {
    try {
      return keeper.load().present;
    } catch (error) {
      return (error as Error).message;
    }
  }

  it.each(ALL)('at any write leaves a keeper that knows what the file has: $name', ({ layout }) => {
    const bytes = made(layout);
    const failures = new Set<number>();
    for (let writes = 0, isDone = false; !isDone; writes++) {
      for (const torn of [0, 0.5]) {
        const file = new FailingFile(bytes, { writes, torn });
        const keeper = keeperOf(file);
        store(keeper.load(), [0, 700, 1300, 1900, 2500]);
        try {
          keeper.commit();
          isDone = true;
          continue;
        } catch (error) {
          expect(error).toMatchObject({ code: 'WSP_SYSTEM' });
        }
        failures.add(writes);
        file.writesLeft = Number.POSITIVE_INFINITY;
        const present = presentOf(keeper);
        expect(present).toEqual(presentOf(keeperOf(file)));
        // A header of which half was written may be none.
        if (typeof present === 'string') continue;
        const found = keeper.load();
        expect(Buffer.compare(found.stored, file.bytes.subarray(0, found.stored.length))).toBe(0);
        // What is stored then is written, with a checksum that is right.
        store(found, [3100]);
        const expected = rewritten(found);
        keeper.commit();
        expect(Buffer.compare(file.bytes.subarray(0, expected.length), expected)).toBe(0);
      }
    }
    expect(failures.size).toBeGreaterThan(1);
  });
});
