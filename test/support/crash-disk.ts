/** A disk in memory: what it holds after some changes, and what it may hold after a crash between or within them. */

/** One change of what a folder holds. Files have numbers, names stand for files. */
export type Change =
  | { readonly change: 'make'; readonly file: number; readonly name: string }
  | { readonly change: 'write'; readonly file: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly change: 'resize'; readonly file: number; readonly size: number }
  | {
      readonly change: 'link' | 'rename';
      readonly file: number;
      readonly from: string;
      readonly name: string;
    }
  | { readonly change: 'unlink'; readonly name: string }
  | { readonly change: 'sync'; readonly file: number }
  | { readonly change: 'sync names' };

/** What a folder holds. Neither the maps nor the bytes in them are ever changed. */
export interface Disk {
  /** Contents of the files, by their numbers. */
  readonly files: ReadonlyMap<number, Uint8Array>;
  readonly names: ReadonlyMap<string, number>;
}

export const EMPTY_DISK: Disk = { files: new Map(), names: new Map() };

/** The disk after a change. */
export function changed(disk: Disk, change: Change): Disk {
  const { files, names } = disk;
  switch (change.change) {
    case 'make':
      // What is in it may have reached the disk before its name.
      return {
        files: new Map(files).set(change.file, contentOf(disk, change.file)),
        names: new Map(names).set(change.name, change.file),
      };
    case 'write': {
      const { file, position, bytes } = change;
      return { files: new Map(files).set(file, written(contentOf(disk, file), position, bytes)), names };
    }
    case 'resize': {
      const { file, size } = change;
      return { files: new Map(files).set(file, resized(contentOf(disk, file), size)), names };
    }
    case 'link':
      return { files, names: new Map(names).set(change.name, change.file) };
    case 'rename': {
      const moved = new Map(names).set(change.name, change.file);
      moved.delete(change.from);
      return { files, names: moved };
    }
    case 'unlink': {
      const left = new Map(names);
      left.delete(change.name);
      return { files, names: left };
    }
    case 'sync':
    case 'sync names':
      return disk;
  }
}

/** A file whose making was lost has no bytes. */
function contentOf({ files }: Disk, file: number): Uint8Array {
  return files.get(file) ?? new Uint8Array(0);
}

function written(content: Uint8Array, position: number, bytes: Uint8Array): Uint8Array {
  const copy = resized(content, Math.max(content.length, position + bytes.length));
  copy.set(bytes, position);
  return copy;
}

function resized(content: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(content.subarray(0, size));
  return copy;
}

/** One thing that a crash may leave. */
export interface CrashState {
  readonly disk: Disk;
  /** How many changes had been asked for when it came. */
  readonly asked: number;
  /** In words: where it came and what it took. */
  readonly story: string;
  /** Places in files at which writes were cut: what lies across one of them may be half written. */
  readonly cuts: readonly { readonly file: number; readonly position: number }[];
}

/** Bytes that the system writes as one, when a process is killed in the middle of a call. */
const PAGE = 4096;
/** Bytes that a disk writes as one. */
const SECTOR = 512;

/**
 * What a killed process may leave: the changes up to any of them, in their order; the one that it was at may be cut at a
 * page of the file.
 */
export function* killedStates(start: Disk, changes: readonly Change[]): Generator<CrashState> {
  let disk = start;
  for (const [asked, change] of changes.entries()) {
    yield { disk, asked, story: `killed before ${describe(change)}`, cuts: [] };
    for (const { part, cut } of cutAt(change, PAGE)) {
      const story = `killed within ${describe(change)}, at byte ${cut.position}`;
      yield { disk: changed(disk, part), asked, story, cuts: [cut] };
    }
    disk = changed(disk, change);
  }
  yield { disk, asked: changes.length, story: 'killed at the end', cuts: [] };
}

/** How many states of one moment are looked at. */
export interface PowerBounds {
  /** So many changes that are not synced have all their subsets looked at. */
  readonly exhaustive: number;
  /** Of more, this many subsets at random, beside the whole and those that lack one. */
  readonly samples: number;
  /** 0 ≤ result < 1. */
  readonly random: () => number;
}

/**
 * What a power cut may leave: of what was not synced any part, writes cut at any sector. Looked at are the moments before
 * each sync, since until then what may be missing only grows.
 */
export function* powerCutStates(
  start: Disk,
  changes: readonly Change[],
  bounds: PowerBounds,
): Generator<CrashState> {
  let synced = start;
  let pending: Change[] = [];
  for (const [asked, change] of changes.entries()) {
    if (change.change !== 'sync' && change.change !== 'sync names') {
      pending.push(change);
      continue;
    }
    yield* statesOf(synced, pending, asked, bounds);
    const isSynced = (one: Change) =>
      change.change === 'sync' ? isContent(one) && one.file === change.file : !isContent(one);
    for (const one of pending.filter(isSynced)) synced = changed(synced, one);
    pending = pending.filter((one) => !isSynced(one));
  }
  yield* statesOf(synced, pending, changes.length, bounds);
}

/** Whether a change is one of a file's bytes, which its own sync brings to the disk, and not one of names. */
function isContent(change: Change): change is Extract<Change, { change: 'write' | 'resize' }> {
  return change.change === 'write' || change.change === 'resize';
}

function* statesOf(
  synced: Disk,
  pending: readonly Change[],
  asked: number,
  bounds: PowerBounds,
): Generator<CrashState> {
  for (const kept of subsets(pending.length, bounds)) {
    const left = pending.filter((_, i) => kept[i]);
    const lost = pending.filter((_, i) => !kept[i]);
    const story = `power cut after ${asked} changes, without ${lost.map(describe).join(', ') || 'loss'}`;
    const disk = left.reduce(changed, synced);
    yield { disk, asked, story, cuts: [] };
    // The last one that came through may have done so in part.
    const last = left.at(-1);
    if (last === undefined) continue;
    const before = left.slice(0, -1).reduce(changed, synced);
    for (const { part, cut } of cutAt(last, SECTOR)) {
      yield {
        disk: changed(before, part),
        asked,
        story: `${story}, cut at byte ${cut.position}`,
        cuts: [cut],
      };
    }
  }
  for (let i = 0; i < bounds.samples && pending.length > 0; i++)
    yield scattered(synced, pending, asked, bounds);
}

/** A state in which any sectors of what was not synced are missing. */
function scattered(
  synced: Disk,
  pending: readonly Change[],
  asked: number,
  { random }: PowerBounds,
): CrashState {
  const cuts: { file: number; position: number }[] = [];
  const share = random();
  const pieces = pending.flatMap((change): Change[] => {
    if (change.change !== 'write') return random() < share ? [change] : [];
    return piecesOf(change, SECTOR).filter((piece) => {
      const isKept = random() < share;
      if (!isKept && piece.position > change.position)
        cuts.push({ file: piece.file, position: piece.position });
      const end = piece.position + piece.bytes.length;
      if (!isKept && end < change.position + change.bytes.length)
        cuts.push({ file: piece.file, position: end });
      return isKept;
    });
  });
  const kept = pieces.map(describe).join(', ') || 'nothing';
  const story = `power cut after ${asked} changes, of the last ${pending.length} keeping ${kept}`;
  return { disk: pieces.reduce(changed, synced), asked, story, cuts };
}

/** Which of `count` changes are kept. */
function* subsets(count: number, { exhaustive, samples, random }: PowerBounds): Generator<boolean[]> {
  const all = Array.from({ length: count }, () => true);
  if (count <= exhaustive) {
    for (let bits = 0; bits < 2 ** count; bits++) yield all.map((_, i) => (bits & (1 << i)) !== 0);
    return;
  }
  yield all;
  for (let missing = 0; missing < count; missing++) yield all.map((_, i) => i !== missing);
  for (let end = 0; end < count; end++) yield all.map((_, i) => i < end);
  for (let sample = 0; sample < samples; sample++) {
    const share = random();
    yield all.map(() => random() < share);
  }
}

/** The parts of a write that may come through, from its beginning to a multiple of `unit` bytes of the file. */
function cutAt(change: Change, unit: number) {
  if (change.change !== 'write') return [];
  return piecesOf(change, unit)
    .slice(1)
    .map(({ file, position }) => {
      const bytes = change.bytes.subarray(0, position - change.position);
      return { part: { ...change, bytes }, cut: { file, position } };
    });
}

/** A write, split at every multiple of `unit` bytes of the file. */
function piecesOf(write: Extract<Change, { change: 'write' }>, unit: number) {
  const end = write.position + write.bytes.length;
  const pieces: (typeof write)[] = [];
  for (let from = write.position; from < end; ) {
    const to = Math.min(end, (Math.floor(from / unit) + 1) * unit);
    pieces.push({
      ...write,
      position: from,
      bytes: write.bytes.subarray(from - write.position, to - write.position),
    });
    from = to;
  }
  return pieces;
}

/** A change in few words. */
export function describe(change: Change): string {
  switch (change.change) {
    case 'make':
      return `making ${change.name}`;
    case 'write':
      return `writing ${change.bytes.length} at ${change.position} of file ${change.file}`;
    case 'resize':
      return `resizing file ${change.file} to ${change.size}`;
    case 'link':
    case 'rename':
      return `${change.change} ${change.from} to ${change.name}`;
    case 'unlink':
      return `unlinking ${change.name}`;
    case 'sync':
      return `syncing file ${change.file}`;
    case 'sync names':
      return 'syncing the folder';
  }
}
