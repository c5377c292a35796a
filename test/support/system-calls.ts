/**
 * What the engine asks of the system, call by call: `node:fs` with a note of each call on its way through.
 *
 * A test file puts it in the place of `node:fs` by `vi.mock`, with `recordingFs` of the original.
 */

type Fs = typeof import('node:fs');
type Call = (...args: unknown[]) => unknown;

/** One call, without the `Sync` of its name. */
interface Told {
  readonly call: string;
  /** What was moved, or the length that a file was given; undefined for all other calls. */
  readonly bytes: number | undefined;
}

const told: Told[] = [];

/** The calls since the last time this was asked, in their order. */
export function takeCalls(): Told[] {
  return told.splice(0);
}

/** Characters of a list, so that it fits a line. */
const LONGEST_LIST = 100;

/**
 * Calls as a table has them, in their order: `open, read 12 ×3, close`. A list too long is told by its sums, in the
 * order in which the calls first came: `read 480 in 12, stat ×4`.
 */
export function describeCalls(calls: readonly Told[]): string {
  const list = joinRuns(calls.map(({ call, bytes }) => (bytes === undefined ? call : `${call} ${bytes}`)));
  return list.length <= LONGEST_LIST ? list : sumsOf(calls);
}

/** A run of equal ones is told once. */
function joinRuns(calls: readonly string[]): string {
  const runs: { call: string; count: number }[] = [];
  for (const call of calls) {
    const last = runs.at(-1);
    if (last?.call === call) last.count++;
    else runs.push({ call, count: 1 });
  }
  return runs.map(({ call, count }) => (count === 1 ? call : `${call} ×${count}`)).join(', ');
}

function sumsOf(calls: readonly Told[]): string {
  const sums = new Map<string, { count: number; bytes: number | undefined }>();
  for (const { call, bytes } of calls) {
    const sum = sums.get(call) ?? { count: 0, bytes: undefined };
    sums.set(call, {
      count: sum.count + 1,
      bytes: bytes === undefined ? sum.bytes : bytes + (sum.bytes ?? 0),
    });
  }
  return [...sums]
    .map(([call, { count, bytes }]) => {
      if (bytes === undefined) return count === 1 ? call : `${call} ×${count}`;
      return count === 1 ? `${call} ${bytes}` : `${call} ${bytes} in ${count}`;
    })
    .join(', ');
}

/** `node:fs` with every function noting its calls. */
export function recordingFs(fs: Fs): Fs {
  const members = Object.entries(fs).filter(([name]) => name !== 'default');
  const recording = {
    ...Object.fromEntries(members.map(([name, member]) => [name, recorded(name, member)])),
    promises: unseen('node:fs/promises'),
  };
  return { ...recording, default: recording } as unknown as Fs;
}

function recorded(name: string, member: unknown): unknown {
  // Classes such as Stats have capitals, and constants are no functions.
  if (typeof member !== 'function' || !/^[a-z]/.test(name)) return member;
  const call = (...args: unknown[]) => {
    try {
      const result = (member as Call)(...args);
      told.push(tell(name, args, result));
      return result;
    } catch (error) {
      told.push({ call: `${shortName(name)} ${(error as NodeJS.ErrnoException).code}`, bytes: undefined });
      throw error;
    }
  };
  // What a function has beside, as `realpathSync.native`, would go past it.
  const beside = Object.keys(member).map((key) => [key, unseen(`${name}.${key}`)]);
  return Object.assign(call, Object.fromEntries(beside));
}

function shortName(name: string): string {
  return name.endsWith('Sync') ? name.slice(0, -'Sync'.length) : `${name} in the background`;
}

function tell(name: string, args: readonly unknown[], result: unknown): Told {
  return { call: shortName(name), bytes: bytesOf(name, args, result) };
}

/** What came or went, not what was asked for: at the end of a file less comes. */
function bytesOf(name: string, args: readonly unknown[], result: unknown): number | undefined {
  switch (name) {
    case 'readSync':
    case 'readvSync':
    case 'writeSync':
    case 'writevSync':
      return result as number;
    case 'readFileSync':
      return Buffer.byteLength(result as string | Uint8Array);
    case 'writeFileSync':
    case 'ftruncateSync':
    case 'truncateSync':
      return typeof args[1] === 'number' ? args[1] : Buffer.byteLength(args[1] as string | Uint8Array);
    default:
      return undefined;
  }
}

/** Stands for something whose calls would not be seen. */
function unseen(name: string): unknown {
  return new Proxy(() => {}, {
    get: () => refuse(name),
    apply: () => refuse(name),
  });
}

function refuse(name: string): never {
  throw new Error(`${name} is called past the recorder`);
}
