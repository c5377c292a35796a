import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { create, type Database, open, parseRetentions, WhisperError } from '../../src/index.js';
import { ringFaults } from '../support/ring-invariant.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const NOW = 2 ** 31 + 1000;
const path = temporaryFolder();

function small(): Database {
  const database = create(null, { retentions: '7:5,21:50', xFilesFactor: 0 });
  database.update(1, NOW, { now: NOW });
  return database;
}

/** What a call returns, or the WhisperError that it throws. */
function answerTo<T>(call: () => T): T | WhisperError {
  try {
    return call();
  } catch (error) {
    if (error instanceof WhisperError) return error;
    throw error;
  }
}

describe('clocks at the end of numbers', () => {
  it.each([-60, -1, 2 ** 32, 2 ** 32 + 65, 1e300])(
    'a point at now is refused when 32 bits cannot hold %d',
    (now) => {
      using database = small();
      const before = database.toBytes();
      expect(answerTo(() => database.update(1, undefined, { now }))).toMatchObject({
        code: 'WSP_BAD_TIMESTAMP',
      });
      expect(database.toBytes()).toEqual(before);
      expect(ringFaults(database)).toEqual([]);
    },
  );

  it.each([2 ** 53 - 1, 2 ** 53, 2 ** 60, 1e300, -1e300])(
    'a fetch at %d has a value for each step, or the time is refused',
    (now) => {
      using database = small();
      const answer = answerTo(() => database.fetch(now - 200, now, { now, archive: 0 })!);
      if (answer instanceof WhisperError) {
        expect(answer.code).toBe('WSP_BAD_TIMESTAMP');
      } else {
        expect(answer.length).toBeGreaterThanOrEqual(1);
        expect(answer.length).toBe((answer.until - answer.from) / answer.step);
      }
    },
  );
});

describe('bytes and files', () => {
  it.each([
    { name: 'a Uint8Array', copy: (bytes: Uint8Array) => Uint8Array.from(bytes) },
    { name: 'a Buffer, whose slice() is no copy', copy: (bytes: Uint8Array) => Buffer.from(bytes) },
  ])('a database over the bytes of $name leaves them as they are', ({ copy }) => {
    using made = small();
    const before = made.toBytes();
    const given = copy(before);
    using database = open(given);
    database.update(2, NOW, { now: NOW });
    database.setXFilesFactor(1);
    expect(Uint8Array.from(given)).toEqual(before);
  });

  it('a header longer than memory is refused, in a file that is one long hole', () => {
    const file = path('hole.wsp');
    writeFileSync(file, fieldsOf(1, 300, 0, 0xffff_ffff, 28, 60, 5));
    truncateSync(file, 60e9);
    expect(answerTo(() => open(file))).toMatchObject({ code: 'WSP_CORRUPT' });
  });

  it('a file longer than memory can be read and written, but not copied into memory', () => {
    const file = path('long-tail.wsp');
    writeFileSync(file, fieldsOf(1, 300, 0, 1, 28, 60, 5));
    truncateSync(file, 60e9);
    using database = open(file);
    database.update(1, NOW, { now: NOW });
    expect(database.fetch(NOW - 60, NOW, { now: NOW })?.values).toEqual(Float64Array.of(1));
    expect(answerTo(() => database.toBytes())).toBeInstanceOf(WhisperError);
  });

  it.skipIf(process.platform === 'win32')('overwrite replaces files, never a pipe or a device', () => {
    const pipe = path('pipe');
    execFileSync('mkfifo', [pipe]);
    const error = answerTo(() => create(pipe, { retentions: '60:5', overwrite: true }));
    expect(error).toMatchObject({ code: 'WSP_NOT_A_FILE' });
    expect(statSync(pipe).isFIFO()).toBe(true);
  });
});

describe('two handles on one file', () => {
  it('a setting that one changes is not changed back by the other', () => {
    const file = path('shared.wsp');
    create(file, { retentions: '60:5', xFilesFactor: 0.5 }).close();
    using one = open(file);
    using other = open(file);
    other.setAggregation('max');
    one.setXFilesFactor(1);
    using later = open(readFileSync(file));
    expect(later.info).toMatchObject({ aggregation: 'max', xFilesFactor: 1 });
  });
});

describe('arguments of a wrong kind', () => {
  it.each<{ name: string; call: (database: Database) => unknown }>([
    { name: 'retentions in bigints', call: () => parseRetentions([{ step: 60n, points: 5n } as never]) },
    { name: 'a URL with an encoded slash', call: () => open(new URL('file:///a%2Fb.wsp')) },
    { name: 'a URL with a host', call: () => open(new URL('file://elsewhere/a.wsp')) },
    { name: 'an archive that names a property of lists', call: (d) => d.slots('length' as never) },
    {
      name: 'a fetch of such an archive',
      call: (d) => d.fetch(0, NOW, { now: NOW, archive: 'length' as never }),
    },
  ])('$name is refused with a WhisperError', ({ call }) => {
    using database = small();
    expect(answerTo(() => call(database))).toBeInstanceOf(WhisperError);
  });
});

function fieldsOf(...fields: number[]): Uint8Array {
  const bytes = Buffer.alloc(28 + 5 * 12);
  for (const [i, field] of fields.entries()) bytes.writeUInt32BE(field, 4 * i);
  return bytes;
}
