import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CompressedInfo, create, open } from '../../src/index.js';
import { CompressedBytes, compressedSample, SAMPLE_NOW } from '../support/compressed-samples.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const retentions = '10s:2m,1m:10m';

describe('open', () => {
  it('opens what create made, with the same header', () => {
    using made = create(inFolder('a.wsp'), { retentions, aggregation: 'max', xFilesFactor: 0.1 });
    using opened = open(inFolder('a.wsp'));
    expect(opened.info).toEqual(made.info);
    expect(opened.info.xFilesFactor).toBe(Math.fround(0.1));
  });

  it('reads a header of many archives', () => {
    const many = Array.from({ length: 25 }, (_, i) => ({ step: 2 ** i, points: 100 }));
    create(inFolder('a.wsp'), { retentions: many }).close();
    using database = open(inFolder('a.wsp'));
    expect(database.info.archives.map(({ step }) => step)).toEqual(many.map(({ step }) => step));
  });

  it.each([
    { name: 'a missing file', make: () => {}, code: 'WSP_NOT_FOUND' },
    { name: 'an empty file', make: () => writeFileSync(inFolder('a.wsp'), ''), code: 'WSP_CORRUPT' },
    {
      name: 'a text',
      make: () => writeFileSync(inFolder('a.wsp'), 'hello, this is no database'),
      code: 'WSP_CORRUPT',
    },
    { name: 'zeros', make: () => writeFileSync(inFolder('a.wsp'), Buffer.alloc(500)), code: 'WSP_CORRUPT' },
    { name: 'a folder', make: () => mkdirSync(inFolder('a.wsp')), code: 'WSP_NOT_A_FILE' },
    {
      name: 'another version of the compressed format',
      make: () => writeFileSync(inFolder('a.wsp'), `whisper_compressed\x02${'\0'.repeat(200)}`),
      code: 'WSP_UNSUPPORTED_FORMAT',
    },
    {
      name: 'the magic of the compressed format before zeros',
      make: () => writeFileSync(inFolder('a.wsp'), `whisper_compressed\x01${'\0'.repeat(200)}`),
      code: 'WSP_CORRUPT',
    },
  ])('refuses $name', ({ make, code }) => {
    make();
    expect(() => open(inFolder('a.wsp'))).toThrow(expect.objectContaining({ code, path: inFolder('a.wsp') }));
  });

  it('says the right name of a misspelt option', () => {
    expect(() => open(inFolder('a.wsp'), { readonly: true } as never)).toThrow(
      /no option 'readonly'.*'readOnly'/,
    );
  });

  it('reads a file it may not write when it is asked to read only', () => {
    using _ = create(inFolder('a.wsp'), { retentions });
    using database = open(inFolder('a.wsp'), { readOnly: true });
    const before = readFileSync(inFolder('a.wsp'));
    const calls = [
      () => database.update(1),
      () => database.updateMany([]),
      () => database.setXFilesFactor(0.1),
      () => database.setAggregation('sum'),
    ];
    for (const call of calls) expect(call).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
    expect(readFileSync(inFolder('a.wsp'))).toEqual(before);
  });

  it('works on bytes in memory, and leaves those it was given alone', () => {
    using source = create(null, { retentions });
    const bytes = source.toBytes();
    const before = bytes.slice();
    using database = open(bytes);
    database.update(5, 1000, { now: 1000 });
    expect(bytes).toEqual(before);
    expect([...database.fetch(990, 1000, { now: 1000 })!]).toEqual([[1000, 5]]);
    using again = open(database.toBytes());
    expect([...again.fetch(990, 1000, { now: 1000 })!]).toEqual([[1000, 5]]);
  });
});

describe('a file whose body was cut off', () => {
  function cutOff(): string {
    const path = inFolder('a.wsp');
    using database = create(path, { retentions });
    database.updateMany(
      [
        [1000, 1],
        [1010, 2],
        [1020, 3],
      ],
      { now: 1020 },
    );
    writeFileSync(path, database.toBytes().subarray(0, 40 + 30));
    return path;
  }

  it('is refused, with the size it should have', () => {
    expect(() => open(cutOff())).toThrow(/a file of 70 bytes that was cut off; expected 304/);
  });

  it('can be read by force, with gaps where it ends, and not written', () => {
    using database = open(cutOff(), { force: true });
    expect([...database.fetch(990, 1020, { now: 1020 })!]).toEqual([
      [1000, 1],
      [1010, 2],
      [1020, null],
    ]);
    expect(database.info.warnings).toEqual(['the file was cut off 234 bytes before its end']);
    expect(() => database.update(1)).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
    expect(statSync(inFolder('a.wsp')).size).toBe(70);
  });

  it('is noticed also when it happens while the handle is open', () => {
    using database = create(inFolder('a.wsp'), { retentions });
    database.update(1, 1000, { now: 1000 });
    writeFileSync(inFolder('a.wsp'), database.toBytes().subarray(0, 50));
    expect(() => database.fetch(900, 1000, { now: 1000 })).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT' }),
    );
  });
});

describe('the very old format', () => {
  // Its first field was the time of the last update, and its method always average.
  function veryOld(): string {
    const path = inFolder('old.wsp');
    using database = create(path, { retentions, xFilesFactor: 0.25 });
    const bytes = database.toBytes();
    new DataView(bytes.buffer).setUint32(0, 1_300_000_000);
    writeFileSync(path, bytes);
    return path;
  }

  function firstField(path: string): number {
    return readFileSync(path).readUInt32BE(0);
  }

  it('is read as average, and an update leaves its first field alone', () => {
    const path = veryOld();
    using database = open(path);
    expect(database.info).toMatchObject({ aggregation: 'average', legacy: true, lastUpdate: 1_300_000_000 });
    database.update(1, 1_300_000_500, { now: 1_300_000_500 });
    expect(firstField(path)).toBe(1_300_000_000);
  });

  it('is brought into the present form by a setter', () => {
    const path = veryOld();
    using database = open(path);
    expect(database.setXFilesFactor(0.75)).toBe(0.25);
    expect(firstField(path)).toBe(1);
    expect(database.info).toMatchObject({ legacy: false, xFilesFactor: 0.75 });
    expect(database.info).not.toHaveProperty('lastUpdate');
  });

  it('is refused when asked to be strict', () => {
    expect(() => open(veryOld(), { strict: true })).toThrow(expect.objectContaining({ code: 'WSP_CORRUPT' }));
  });
});

describe('odd files that can be used', () => {
  function poked(...fields: [at: number, value: number][]): Uint8Array {
    using database = create(null, { retentions });
    const bytes = database.toBytes();
    const view = new DataView(bytes.buffer);
    for (const [at, value] of fields) view.setUint32(at, value);
    return bytes;
  }

  it.each([
    { name: 'another max retention', bytes: () => poked([4, 60]), warning: /max retention is 60 s .* 600/ },
    {
      name: 'archives out of order',
      bytes: () => poked([20, 60], [24, 10], [32, 10], [36, 12], [28, 160]),
      warning: /not in the order/,
    },
    {
      name: 'bytes after the end',
      bytes: () => Buffer.concat([poked(), Buffer.alloc(7)]),
      warning: /7 bytes stand after/,
    },
    {
      name: 'archives that do not follow one another',
      bytes: () => poked([16, 160], [28, 40]),
      warning: /do not follow/,
    },
  ])('$name: opened with a warning', ({ bytes, warning }) => {
    using database = open(bytes());
    expect(database.info.warnings.join('; ')).toMatch(warning);
    database.update(4, 6000, { now: 6000 });
    expect([...database.fetch(5999, 6000, { now: 6000 })!].map(([, value]) => value)).toEqual([4]);
  });
});

describe('a compressed file', () => {
  function compressedFile(): string {
    const path = inFolder('c.wsp');
    writeFileSync(path, compressedSample());
    return path;
  }

  it('is opened as create and updates left it, in either dialect', () => {
    const path = compressedFile();
    using python = open(path);
    using go = open(path, { dialect: 'go' });
    expect(go.info).toEqual(python.info);
    expect(go.points(0)).toEqual(python.points(0));
    expect(python.info.warnings).toEqual([]);
  });

  it('in memory leaves the bytes it was given alone', () => {
    const bytes = compressedSample();
    const before = bytes.slice();
    using database = open(bytes);
    database.updateMany([[SAMPLE_NOW + 100, 1]], { now: SAMPLE_NOW + 100 });
    expect(bytes).toEqual(before);
    using again = open(database.toBytes());
    expect(again.info).toEqual(database.info);
  });

  it('that was cut off is read by force: of blocks that are cut, what is there', () => {
    const path = compressedFile();
    const whole = readFileSync(path);
    using before = open(path);
    const [base] = before.info.archives;
    const inBuffer = (before.info as CompressedInfo).archives[0]!.buffered;
    let fewest = Number.POSITIVE_INFINITY;
    for (const size of [whole.length - 1, base!.offset + base!.size, base!.offset + 100, base!.offset]) {
      writeFileSync(path, whole.subarray(0, size));
      expect(() => open(path)).toThrow(
        expect.objectContaining({
          code: 'WSP_CORRUPT',
          message: expect.stringContaining('that was cut off'),
        }),
      );
      using database = open(path, { force: true });
      expect(database.info.warnings).toEqual([
        `the file was cut off ${whole.length - size} bytes before its end`,
      ]);
      const found = database.points(0).timestamps.length;
      expect(found).toBeLessThanOrEqual(fewest);
      fewest = found;
      expect(database.fetch(SAMPLE_NOW - 500, SAMPLE_NOW, { now: SAMPLE_NOW })).not.toBeNull();
      expect(() => database.update(1)).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
    }
    expect(fewest).toBe(inBuffer);
    expect(readFileSync(path)).toEqual(whole.subarray(0, base!.offset));
  });

  it('that is damaged is opened; what is damaged of it is read by force alone', () => {
    const path = compressedFile();
    const sample = new CompressedBytes(readFileSync(path));
    const { current, blockCount } = sample.header.archives[0]!;
    const block = (current.index + 1) % blockCount;
    sample.bytes[sample.blockAt(0, block) + 13]! ^= 0xff;
    writeFileSync(path, sample.bytes);
    using strict = open(path);
    const { start, end } = strict.blocks(0)[block]!;
    const ask = [start - 1, end, { now: SAMPLE_NOW, archive: 0, clamp: false }] as const;
    expect(() => strict.fetch(...ask)).toThrow(
      expect.objectContaining({
        code: 'WSP_CORRUPT',
        path,
        message: expect.stringMatching(`block ${block} .*at byte ${sample.blockAt(0, block)}:`),
      }),
    );
    using forced = open(path, { force: true });
    expect(forced.fetch(...ask)!.known[0]).toBe(1);
    expect(forced.blocks(0)[block]).toHaveProperty('damage');
    expect(() => forced.update(1)).toThrow(expect.objectContaining({ code: 'WSP_READ_ONLY' }));
  });

  it.each([
    { name: 'a stale checksum', change: (bytes: CompressedBytes) => bytes.add(43, 1), warning: /checksum/ },
    {
      name: 'another max retention',
      change: (bytes: CompressedBytes) => bytes.add(23, 60),
      warning: /max retention is 1060 s .* 1000/,
    },
  ])('with $name is opened with a warning, and an update mends the checksum', ({ change, warning }) => {
    const sample = new CompressedBytes(compressedSample());
    change(sample);
    using database = open(sample.bytes);
    expect(database.info.warnings.join('; ')).toMatch(warning);
    expect(database.info).toMatchObject({ isChecksumRight: false });
    database.updateMany([], { now: SAMPLE_NOW });
    expect(database.info).toMatchObject({ isChecksumRight: true });
  });

  it('with bytes behind its end is opened with a warning, and they stay', () => {
    const spare = Buffer.concat([compressedSample(), Buffer.from('spare')]);
    using database = open(spare);
    expect(database.info.warnings).toEqual(['5 bytes stand after the last archive']);
    database.updateMany([[SAMPLE_NOW + 1, 1]], { now: SAMPLE_NOW + 1 });
    expect(Buffer.from(database.toBytes().subarray(-5)).toString()).toBe('spare');
  });
});
