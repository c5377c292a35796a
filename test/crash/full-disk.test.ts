import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convert, create, type Durability, fill, open, updateFiles, WhisperError } from '../../src/index.js';
import { compareSights, excuseEdges, look, lookAt, type Sight } from '../support/crash-check.js';
import { made, NOW, wildPoints } from '../support/crash-tools.js';
import { wrongAfterUpdate } from '../support/crash-verdict.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const inFolder = temporaryFolder();
const clock = () => NOW;
const MOUNT_SIZE = 256 * 1024;

const canMount = process.platform === 'linux' && process.getuid?.() === 0 && triesToMount();

/** Whether this process may mount a file system; in most containers it may not. */
function triesToMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-mount-'));
  const isMounted = mount(folder);
  if (isMounted) unmount(folder);
  rmSync(folder, { recursive: true });
  return isMounted;
}

function mount(folder: string): boolean {
  const options = ['-t', 'tmpfs', '-o', `size=${MOUNT_SIZE}`, 'tmpfs', folder];
  return spawnSync('mount', options, { stdio: 'ignore' }).status === 0;
}

function unmount(folder: string): void {
  spawnSync('umount', [folder], { stdio: 'ignore' });
}

describe.skipIf(!canMount)('on a file system that is full (mounted, which takes a superuser)', () => {
  let folder = '';
  let path = '';

  beforeEach(() => {
    folder = inFolder('small');
    mkdirSync(folder);
    expect(mount(folder)).toBe(true);
    path = join(folder, 'a.wsp');
  });

  afterEach(() => unmount(folder));

  /** Takes all the room there is, but for some bytes. */
  function fillUp(left = 0): void {
    const { bavail, bsize } = statfsSync(folder);
    const room = Math.max(0, bavail * bsize - left);
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(room, 1));
  }

  function makeRoom(): void {
    rmSync(join(folder, 'ballast'));
  }

  it.each([
    { format: 'standard', fallocate: true },
    { format: 'compressed', fallocate: true },
    { format: 'standard', fallocate: false },
  ] as const)('a new $format file is refused, and nothing stays of it', ({ format, fallocate }) => {
    fillUp();
    expect(() => create(path, { retentions: '1s:1d', format, fallocate })).toThrow(WhisperError);
    expect(readdirSync(folder)).toEqual(['ballast']);
    makeRoom();
    create(path, { retentions: '1s:1h', format }).close();
    expect(wrongAfterUpdate(path, NOW)).toEqual([]);
  });

  it.each(['standard', 'compressed'] as const)(
    'conversion of a %s file is refused, and that stays',
    (format) => {
      made(path, format, 1);
      const before = lookAt(path, NOW);
      fillUp();
      const to = format === 'standard' ? 'compressed' : 'standard';
      expect(() => convert(path, path, { to, overwrite: true, clock })).toThrow(WhisperError);
      expect(readdirSync(folder).sort()).toEqual(['a.wsp', 'ballast']);
      expect(compareSights(lookAt(path, NOW), before, before)).toEqual([]);
      makeRoom();
      convert(path, path, { to, overwrite: true, clock });
      expect(lookAt(path, NOW).format).toBe(to);
      expect(wrongAfterUpdate(path, NOW)).toEqual([]);
    },
  );

  it('filling from another file is refused, and that stays', () => {
    made(path, 'compressed', 1);
    const source = inFolder('b.wsp');
    made(source, 'standard', 2);
    const before = lookAt(path, NOW);
    fillUp();
    expect(() => fill(source, path, { clock })).toThrow(WhisperError);
    expect(compareSights(lookAt(path, NOW), before, before)).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['a.wsp', 'ballast']);
  });

  const durables: readonly Durability[] = ['none', 'sync', 'journal'];
  const works = [
    { name: 'a batch', points: () => wildPoints(9, NOW) },
    { name: 'a batch that fills the ring', points: () => wildPoints(60, NOW) },
    { name: 'late points', points: () => wildPoints(20, NOW - 300) },
  ];
  const cases = (['standard', 'compressed'] as const).flatMap((format) => {
    return durables.flatMap((durable) => works.map((work) => ({ format, durable, ...work })));
  });

  it.each(cases)('$name in a $format file, durable $durable, is stored or refused', (one) => {
    made(path, one.format, 1);
    const after = afterwards(path, inFolder('copy.wsp'), one.points());
    const before = lookAt(path, NOW);
    fillUp();
    using database = open(path, { durable: one.durable, clock });
    const isStored = attempt(() => database.updateMany(one.points()));
    expectPromised(look(database, NOW), isStored ? after : before, after);
    expectPromised(lookAt(path, NOW), isStored ? after : before, after);
    makeRoom();
    database.updateMany(one.points());
    expectPromised(look(database, NOW), after, after);
    database.close();
    expect(wrongAfterUpdate(path, NOW)).toEqual([]);
    expect(readdirSync(folder)).toEqual(['a.wsp']);
  });

  it.each(durables)('growth that finds no room loses nothing, durable %s', (durable) => {
    const layout = { retentions: '10s:10m,1m:1h', pointsPerBlock: 16, pointSize: 2 } as const;
    create(path, { ...layout, format: 'compressed', xFilesFactor: 0, clock }).close();
    fillUp();
    const held = new Map<number, number>();
    using database = open(path, { durable, clock });
    for (let end = NOW - 400; end <= NOW; end += 50) {
      const points = wildPoints(5, end);
      if (!attempt(() => database.updateMany(points, { now: end }))) continue;
      for (const [timestamp, value] of points) held.set(timestamp, value);
    }
    const seen = look(database, NOW).archives[0]!.values;
    expect([...held].filter(([timestamp, value]) => !Object.is(seen.get(timestamp), value))).toEqual([]);
    makeRoom();
    database.updateMany(wildPoints(5, NOW));
    database.close();
    expect(wrongAfterUpdate(path, NOW)).toEqual([]);
  });

  it('a file that is full of holes is refused where no page is left, and goes on when there is', () => {
    create(path, { retentions: '1s:1d', sparse: true, clock }).close();
    fillUp();
    const points = Array.from({ length: 20_000 }, (_, i): [number, number] => [NOW - i, i]);
    const { failures } = updateFiles([[path, points]], { clock });
    expect(failures.map(({ error }) => error.code)).toEqual(['WSP_SYSTEM']);
    expect([...lookAt(path, NOW).archives[0]!.values].filter(([at, value]) => value !== NOW - at)).toEqual(
      [],
    );
    makeRoom();
    expect(updateFiles([[path, points.slice(0, 5000)]], { clock }).failures).toEqual([]);
    expect(lookAt(path, NOW).archives[0]!.values.get(NOW - 4999)).toBe(4999);
  });
});

/** What a batch makes of a file, tried on a copy. */
function afterwards(path: string, copy: string, points: readonly [number, number][]): Sight {
  {
    using database = open(path, { clock });
    writeFileSync(copy, database.toBytes());
  }
  using database = open(copy, { clock });
  database.updateMany(points);
  return look(database, NOW);
}

/** False if it was refused. */
function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(WhisperError);
    return false;
  }
}

function expectPromised(seen: Sight, before: Sight, after: Sight): void {
  expect(compareSights(seen, before, after, excuseEdges(after, NOW))).toEqual([]);
}
