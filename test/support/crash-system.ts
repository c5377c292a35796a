/**
 * `node:fs` with a layer between the engine and the system, for tests that record what is asked of the system or let it fail.
 *
 * A test file puts it in the place of `node:fs` by `vi.mock`, with `layeredFs` of the original.
 */

type Fs = typeof import('node:fs');

/** One call on its way to the system. */
export interface SystemCall {
  /** Without the `Sync` of its name. */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Asks the system, with other arguments if they are given. */
  readonly proceed: (...args: readonly unknown[]) => unknown;
}

/** Answers calls in the system's place, most of them by asking it. */
export type Layer = (call: SystemCall) => unknown;

let present: Layer | undefined;
let original: Fs | undefined;

/** Runs `work` with a layer under it; within `work` another one may take its place for a while. */
export function through<T>(layer: Layer | undefined, work: () => T): T {
  const former = present;
  present = layer;
  try {
    return work();
  } finally {
    present = former;
  }
}

/** `node:fs` as it is, past any layer. */
export function system(): Fs {
  if (original === undefined) throw new Error('node:fs is not layered in this test file');
  return original;
}

/** `node:fs` with every synchronous function going through the present layer; the engine has no other ones. */
export function layeredFs(fs: Fs): Fs {
  original = fs;
  const members = Object.entries(fs).filter(([name]) => name !== 'default');
  const layered = Object.fromEntries(members.map(([name, member]) => [name, layeredMember(name, member)]));
  return { ...layered, default: layered } as unknown as Fs;
}

function layeredMember(name: string, member: unknown): unknown {
  if (typeof member !== 'function' || !name.endsWith('Sync')) return member;
  const ask = member as (...args: readonly unknown[]) => unknown;
  const short = name.slice(0, -'Sync'.length);
  const call = (...args: readonly unknown[]) => {
    if (present === undefined) return ask(...args);
    return present({
      name: short,
      args,
      proceed: (...others) => ask(...(others.length > 0 ? others : args)),
    });
  };
  return Object.assign(call, member);
}
