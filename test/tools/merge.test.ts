import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { create, type Database, merge, open } from '../../src/index.js';
import {
  bytesIn,
  FORMATS,
  findingsIn,
  layouts,
  makePast,
  NOW,
  type Past,
  pasts,
  type Shown,
  shownIn,
  storedIn,
} from '../support/changes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const inFolder = temporaryFolder();
const runs = Number(process.env['SOTTO_RUNS'] ?? 50);

/** Two databases of the same archives, mixes with mixes. */
function pairs(): fc.Arbitrary<{ source: Past; target: Past }> {
  return layouts().chain((retentions) =>
    fc
      .record({ source: pasts(retentions), target: pasts(retentions) })
      .map(({ source, target }) =>
        (source.aggregation === 'mix') === (target.aggregation === 'mix')
          ? { source, target }
          : { source, target: { ...target, aggregation: source.aggregation } },
      ),
  );
}

function make({ source, target }: { source: Past; target: Past }) {
  const paths = { a: inFolder('a.wsp'), b: inFolder('b.wsp') };
  makePast(paths.a, source);
  makePast(paths.b, target);
  return paths;
}

function stepsOf(path: string): number[] {
  using database = open(path, { readOnly: true });
  return database.info.archives.map(({ step }) => step);
}

const floorTo = (timestamp: number, step: number) => timestamp - (timestamp % step);

describe('merge, whatever the files hold', () => {
  it('keeps every time that the target has a value of, and gains those of the source', () => {
    fc.assert(
      fc.property(pairs(), fc.constantFrom('source', 'target'), (files, prefer) => {
        const { a, b } = make(files);
        // What a mix shows of its base alone depends on whether there is a newer point.
        const isMix = files.source.aggregation === 'mix';
        const [offered, before] = [isMix ? storedIn(a) : shownIn(a), storedIn(b)];
        merge(a, b, { now: NOW, prefer });
        const after = shownIn(b);
        for (const [index, archive] of after.entries()) {
          for (const timestamp of before[index]!.keys()) expect(archive.has(timestamp)).toBe(true);
          const missing = [...offered[index]!.keys()].filter((timestamp) => !archive.has(timestamp));
          // What an interval that is not over yet comes to is told by its finer points alone.
          const [step] = [stepsOf(b)[index]!];
          expect(missing.filter((timestamp) => timestamp + step <= NOW)).toEqual([]);
        }
        expect(findingsIn(b)).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  it('leaves in the finest archive what the one or the other has, and no value that neither has', () => {
    fc.assert(
      fc.property(pairs(), fc.constantFrom('source', 'target'), (files, prefer) => {
        const { a, b } = make(files);
        const [offered, before] = [shownIn(a)[0]!, shownIn(b)[0]!];
        merge(a, b, { now: NOW, prefer });
        const expected =
          prefer === 'source' ? new Map([...before, ...offered]) : new Map([...offered, ...before]);
        const rising = (shown: Shown) => [...shown].sort(([one], [other]) => one - other);
        expect(rising(shownIn(b)[0]!)).toEqual(rising(expected));
      }),
      { numRuns: runs },
    );
  });

  it('changes a coarser value only where the source has one, or finer points in its interval', () => {
    fc.assert(
      fc.property(pairs(), (files) => {
        const { a, b } = make(files);
        const shown = files.target.aggregation === 'mix' ? storedIn : shownIn;
        const [offered, before] = [shownIn(a), shown(b)];
        merge(a, b, { now: NOW });
        const steps = stepsOf(b);
        for (const [index, archive] of shown(b).entries()) {
          const step = steps[index]!;
          for (const [timestamp, value] of archive) {
            if (Object.is(before[index]!.get(timestamp), value)) continue;
            // A mix also rolls its own points up once there are newer ones.
            const own = files.target.aggregation === 'mix' ? before : [];
            const isGiven = [...offered.slice(0, index + 1), ...own].some((finer) => {
              return [...finer.keys()].some((time) => floorTo(time, step) === timestamp);
            });
            expect(isGiven).toBe(true);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('has the source’s coarser values on top of what was rolled up, in standard files', () => {
    const standard = layouts().chain((retentions) => {
      return fc.record({
        source: pasts(retentions, undefined, false),
        target: pasts(retentions, 'standard'),
      });
    });
    fc.assert(
      fc.property(standard, (files) => {
        const { a, b } = make(files);
        const offered = shownIn(a);
        merge(a, b, { now: NOW });
        for (const [index, archive] of shownIn(b).entries()) {
          for (const [timestamp, value] of offered[index]!) expect(archive.get(timestamp)).toBe(value);
        }
      }),
      { numRuns: runs },
    );
  });

  it('leaves every value of the target that its finer points do not account for, where the source has none', () => {
    fc.assert(
      fc.property(pairs(), (files) => {
        const { a, b } = make(files);
        const [offered, before, shown, steps] = [shownIn(a), storedIn(b), shownIn(b), stepsOf(b)];
        merge(a, b, { now: NOW });
        for (const [index, archive] of shownIn(b).entries()) {
          if (index === 0) continue;
          const finer = files.target.aggregation === 'mix' ? 0 : index - 1;
          for (const [timestamp, value] of before[index]!) {
            const hasFiner = [...shown[finer]!.keys()].some(
              (time) => floorTo(time, steps[index]!) === timestamp,
            );
            if (hasFiner || offered[index]!.has(timestamp)) continue;
            expect(archive.get(timestamp)).toBe(value);
          }
        }
      }),
      { numRuns: runs },
    );
  });

  it('changes nothing the second time, nor the first if it is a dry run, which tells the same', () => {
    fc.assert(
      fc.property(pairs(), fc.constantFrom('source', 'target'), (files, prefer) => {
        const { a, b } = make(files);
        const before = bytesIn(inFolder());
        const dry = merge(a, b, { now: NOW, prefer, dryRun: true });
        expect(bytesIn(inFolder())).toEqual(before);
        expect(merge(a, b, { now: NOW, prefer })).toEqual(dry);
        const after = bytesIn(inFolder());
        expect(merge(a, b, { now: NOW, prefer })).toMatchObject({ isChanged: false });
        expect(bytesIn(inFolder())).toEqual(after);
      }),
      { numRuns: runs },
    );
  });

  it('counts what changes', () => {
    fc.assert(
      fc.property(pairs(), (files) => {
        const { a, b } = make(files);
        const [offered, before] = [shownIn(a), shownIn(b)];
        const { archives, isChanged } = merge(a, b, { now: NOW });
        const after = shownIn(b);
        const counted = after.map((archive, index) => {
          const counts = { added: 0, replaced: 0, rolledUp: 0 };
          for (const [timestamp, value] of archive) {
            const former = before[index]!.get(timestamp);
            if (Object.is(former, value)) continue;
            if (!offered[index]!.has(timestamp)) counts.rolledUp++;
            else if (former === undefined) counts.added++;
            else counts.replaced++;
          }
          return counts;
        });
        expect(archives).toMatchObject(counted);
        if (!isChanged) expect(after).toEqual(before);
      }),
      { numRuns: runs },
    );
  });

  it('touches nothing outside of a range in the finest archive', () => {
    const times = fc
      .tuple(fc.nat(400), fc.nat(400))
      .map(([one, other]) => [Math.max(one, other), Math.min(one, other)]);
    fc.assert(
      fc.property(pairs(), times, (files, [oldest = 0, newest = 0]) => {
        const { a, b } = make(files);
        const before = shownIn(b)[0]!;
        const range = { from: NOW - oldest, until: NOW - newest };
        merge(a, b, { now: NOW, ...range });
        const [step] = stepsOf(b) as [number];
        for (const [timestamp, value] of shownIn(b)[0]!) {
          const isInside = timestamp > range.from && timestamp <= range.until;
          // Of a range inside one interval a fetch shows that one.
          const isOnly = timestamp === floorTo(range.until, step) + step;
          if (!isInside && !isOnly) expect(before.get(timestamp)).toBe(value);
        }
      }),
      { numRuns: runs },
    );
  });
});

/** A database of `10s:2m,1m:10m` with points of these ages. */
function small(
  name: string,
  points: readonly (readonly [age: number, value: number])[],
  options = {},
): string {
  using database = create(inFolder(name), { retentions: '10s:2m,1m:10m', xFilesFactor: 0, ...options });
  database.updateMany(
    points.map(([age, value]) => [NOW - age, value] as const),
    { now: NOW },
  );
  return inFolder(name);
}

function change(path: string, work: (database: Database) => void): void {
  using database = open(path);
  work(database);
}

describe.each(FORMATS)('merge into a %s file', (format) => {
  it('keeps a coarser value that is made of more than the finer archive has', () => {
    const a = small('a.wsp', [[110, 1]], { format, xFilesFactor: 1 });
    const b = small('b.wsp', [], { format });
    const minute = floorTo(NOW - 110, 60);
    change(b, (database) => database.updateMany([[minute, 40]], { now: NOW, retention: 600 }));
    merge(a, b, { now: NOW });
    expect(shownIn(b).map((shown) => [...shown.values()])).toEqual([[1], [40]]);
    change(b, (database) => database.updateMany([[NOW + 300, 2]], { now: NOW + 300 }));
    expect(shownIn(b)[1]!.get(minute)).toBe(40);
  });

  it('rolls a point that came up, with those that were there', () => {
    const a = small('a.wsp', [[80, 3]], { format, aggregation: 'sum', xFilesFactor: 1 });
    const minute = floorTo(NOW - 80, 60);
    const b = small(
      'b.wsp',
      [
        [90, 4],
        [0, 1],
      ],
      { format, aggregation: 'sum' },
    );
    expect(floorTo(NOW - 90, 60)).toBe(minute);
    const { archives } = merge(a, b, { now: NOW });
    expect(shownIn(b)[1]!.get(minute)).toBe(7);
    expect(archives).toMatchObject([{ added: 1 }, { added: 0, rolledUp: 1 }]);
  });

  it('has the one of two values that is preferred', () => {
    for (const [prefer, value] of [
      ['source', 1],
      ['target', 2],
    ] as const) {
      const a = small('a.wsp', [[20, 1]], { format, overwrite: true });
      const b = small(
        'b.wsp',
        [
          [20, 2],
          [40, 5],
        ],
        { format, overwrite: true },
      );
      merge(a, b, { now: NOW, prefer });
      expect(shownIn(b)[0]!.get(floorTo(NOW - 20, 10))).toBe(value);
    }
  });

  it('makes a target that is not there, with its folders, a copy of the source', () => {
    const a = small(
      'a.wsp',
      [
        [20, 1],
        [-30, 9],
      ],
      { format },
    );
    const into = inFolder('new/folder/b.wsp');
    expect(() => merge(a, into, { now: NOW })).toThrow(expect.objectContaining({ code: 'WSP_NOT_FOUND' }));
    expect(existsSync(inFolder('new'))).toBe(false);
    expect(merge(a, into, { now: NOW, create: true, dryRun: true })).toMatchObject({ isNew: true });
    expect(existsSync(inFolder('new'))).toBe(false);
    const told = merge(a, into, { now: NOW, create: true });
    expect(told).toMatchObject({ isNew: true, archives: [{ added: 1 }, { added: 1 }] });
    expect(readFileSync(into).equals(readFileSync(a))).toBe(true);
  });

  it('makes one of a range with what is in it', () => {
    const a = small(
      'a.wsp',
      [
        [20, 1],
        [60, 2],
      ],
      { format },
    );
    merge(a, inFolder('b.wsp'), { now: NOW, create: true, from: NOW - 40 });
    expect([...shownIn(inFolder('b.wsp'))[0]!.values()]).toEqual([1]);
  });

  it('keeps mode and owner, and tells by its time that it changed', () => {
    const a = small('a.wsp', [[20, 1]], { format });
    const b = small('b.wsp', [], { format });
    chmodSync(b, 0o604);
    utimesSync(b, NOW, NOW);
    merge(a, b, { now: NOW, backup: true });
    expect(statSync(b).mode & 0o777).toBe(0o604);
    expect(statSync(b).mtimeMs).toBeGreaterThan(NOW * 1000);
    expect(statSync(`${b}.bak`).mtimeMs).toBe(NOW * 1000);
    expect(shownIn(`${b}.bak`)[0]!.size).toBe(0);
  });

  it('of a file into itself changes nothing', () => {
    const a = small('a.wsp', [[20, 1]], { format });
    const before = bytesIn(inFolder());
    expect(merge(a, a, { now: NOW })).toMatchObject({ isChanged: false, archives: [{ unchanged: 1 }, {}] });
    expect(bytesIn(inFolder())).toEqual(before);
  });

  it.each([
    { name: 'archives that are unlike', options: {}, other: '10s:2m,1m:20m', code: 'WSP_UNLIKE_ARCHIVES' },
    { name: 'a range that ends before it begins', options: { from: 20, until: 10 }, code: 'WSP_BAD_RANGE' },
    { name: 'a winner that is none', options: { prefer: 'both' as never }, code: 'WSP_BAD_OPTION' },
    { name: 'an option that does not exist', options: { overwrite: true }, code: 'WSP_BAD_OPTION' },
    { name: 'a time in milliseconds', options: { now: NOW * 1000 }, code: 'WSP_BAD_TIMESTAMP' },
  ])('is refused as it was: $name', ({ options, other = '10s:2m,1m:10m', code }) => {
    const a = small('a.wsp', [[20, 1]], { format });
    const b = small('b.wsp', [[50, 1]], { format, retentions: other });
    const before = bytesIn(inFolder());
    expect(() => merge(a, b, { now: NOW, ...options })).toThrow(expect.objectContaining({ code, path: b }));
    expect(bytesIn(inFolder())).toEqual(before);
  });

  it('does not give up a point of the future for an old one', () => {
    const a = small('a.wsp', [[80, 1]], { format });
    const b = small('b.wsp', [[-40, 9]], { format });
    merge(a, b, { now: NOW });
    using database = open(b);
    const future = floorTo(NOW + 40, 10);
    expect([...database.points(0, { now: NOW }).timestamps]).toContain(future);
  });
});

it('lets an interval that is not over go on waiting in a compressed file', () => {
  const a = small('a.wsp', [[20, 1]]);
  const b = small('b.wsp', [], { format: 'compressed', aggregation: 'sum' });
  const minute = floorTo(NOW - 20, 60);
  merge(a, b, { now: NOW });
  expect(storedIn(b)[1]!.size).toBe(0);
  change(b, (database) => database.updateMany([[NOW, 4]], { now: NOW }));
  change(b, (database) => database.updateMany([[NOW + 600, 9]], { now: NOW + 600 }));
  using database = open(b, { readOnly: true });
  const series = database.fetch(minute - 60, minute, { now: NOW, archive: 1 })!;
  expect([...series.knownPoints()]).toEqual([[minute, 5]]);
});

it('keeps what a mix has yet to make of its own base, where the source is ahead', () => {
  const layout = {
    retentions: '10s:20m,1m:1h',
    format: 'compressed',
    aggregation: 'mix',
    mix: ['max', 'last'],
    xFilesFactor: 0,
  } as const;
  const gap = floorTo(NOW - 600, 60);
  for (const name of ['a.wsp', 'b.wsp']) {
    // A mix rolls up what is in closed blocks; those of the target are larger, and stay open.
    using database = create(inFolder(name), { ...layout, pointsPerBlock: name === 'a.wsp' ? 30 : 7200 });
    for (let age = 1100; age >= 0; age -= 10) {
      const isMine = floorTo(NOW - age, 60) === gap;
      if (isMine === (name === 'b.wsp')) database.updateMany([[NOW - age, age]], { now: NOW - age });
    }
  }
  const before = shownIn(inFolder('b.wsp'));
  expect(before.map(({ size }) => size)).toEqual([6, 1, 1]);
  merge(inFolder('a.wsp'), inFolder('b.wsp'), { now: NOW });
  const after = shownIn(inFolder('b.wsp'));
  for (const [index, archive] of before.entries()) {
    for (const [timestamp, value] of archive) expect(after[index]!.get(timestamp)).toBe(value);
  }
  expect(findingsIn(inFolder('b.wsp'))).toEqual([]);
});

it('is refused for a damaged block of either file', () => {
  for (const role of ['a.wsp', 'b.wsp']) {
    const points = Array.from({ length: 60 }, (_, i) => [590 - 10 * i, Math.sqrt(i)] as const);
    const layout = { retentions: '10s:10m', format: 'compressed', overwrite: true };
    const a = small('a.wsp', points, layout);
    const b = small('b.wsp', points.slice(10), layout);
    const bytes = readFileSync(inFolder(role));
    using database = open(bytes);
    bytes[database.blocks(0)[0]!.offset + 14]! ^= 1;
    writeFileSync(inFolder(role), bytes);
    const before = bytesIn(inFolder());
    expect(() => merge(a, b, { now: NOW })).toThrow(
      expect.objectContaining({ code: 'WSP_CORRUPT', path: inFolder(role) }),
    );
    expect(bytesIn(inFolder())).toEqual(before);
  }
});
