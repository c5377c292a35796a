/** What a system answers that fails at one call. */
import type { Layer, SystemCall } from './crash-system.js';

/** Answers a call in a way of its own; undefined if there is no such answer to this one. */
export interface Fault {
  readonly name: string;
  readonly answer: (call: SystemCall) => (() => unknown) | undefined;
  /** How many calls it lasts from there on, of those that it has an answer to. */
  readonly lasts: number;
  /** The work is done all the same. */
  readonly isHarmless?: boolean;
  /** Nothing can be tidied up under it. */
  readonly isHopeless?: boolean;
}

const PAGE = 4096;
/** Calls with a length that may come to less. */
const MOVES = ['read', 'write'];
/** Calls that may be done and still be reported as failed. */
const DONE_ALL_THE_SAME = ['fsync', 'fdatasync', 'close', 'rename', 'link', 'ftruncate'];
/** Calls that need room on the disk. */
const NEED_ROOM = ['write', 'open', 'link', 'rename', 'ftruncate', 'fsync', 'fdatasync'];

export const faults: readonly Fault[] = [
  { name: 'EIO', lasts: 1, answer: (call) => () => refused(call, 'EIO') },
  {
    name: 'ENOSPC',
    lasts: 1,
    answer: (call) => (NEED_ROOM.includes(call.name) ? () => refuse(call.name, 'ENOSPC') : undefined),
  },
  {
    name: 'EAGAIN',
    lasts: 1,
    answer: (call) => (MOVES.includes(call.name) ? () => refuse(call.name, 'EAGAIN') : undefined),
  },
  {
    // Node itself asks again after it, but for these.
    name: 'EINTR',
    lasts: 1,
    isHarmless: true,
    answer: (call) => (call.name === 'read' ? () => refuse(call.name, 'EINTR') : undefined),
  },
  {
    name: 'half of what was asked for',
    lasts: 1,
    isHarmless: true,
    answer: (call) => (MOVES.includes(call.name) ? () => half(call) : undefined),
  },
  {
    name: 'one byte at a time',
    lasts: 40,
    isHarmless: true,
    answer: (call) => (MOVES.includes(call.name) ? () => shortened(call, 1) : undefined),
  },
  {
    name: 'some pages of a write and then no room',
    lasts: 2,
    answer: pagesThenNothing(),
  },
  {
    name: 'no room from there on',
    lasts: Number.POSITIVE_INFINITY,
    answer: ({ name }) => (NEED_ROOM.includes(name) ? () => refuse(name, 'ENOSPC') : undefined),
  },
  {
    name: 'nothing but errors from there on',
    isHopeless: true,
    lasts: Number.POSITIVE_INFINITY,
    answer: (call) => () => {
      if (call.name === 'close') call.proceed();
      return refused(call, 'EIO');
    },
  },
  {
    name: 'writes that take nothing from there on',
    lasts: Number.POSITIVE_INFINITY,
    answer: nothingTaken(),
  },
  {
    name: 'EIO although it was done',
    lasts: 1,
    answer: ({ name, proceed }) =>
      DONE_ALL_THE_SAME.includes(name)
        ? () => {
            proceed();
            refuse(name, 'EIO');
          }
        : undefined,
  },
];

/** A layer under which the `nth` call, counted from 0, goes wrong; `hasFailed` tells whether it came to that. */
export function failingAt(nth: number, { answer, lasts }: Fault): { layer: Layer; hasFailed: () => boolean } {
  let count = 0;
  let answered = 0;
  const layer: Layer = (call) => {
    const isDue = count++ >= nth && answered < lasts;
    const own = isDue ? answer(call) : undefined;
    // What has no answer to the call that it is meant for says nothing.
    if (own === undefined || (answered === 0 && count !== nth + 1)) return unsynced(call);
    answered++;
    return own();
  };
  return { layer, hasFailed: () => answered > 0 };
}

/** No call fails, and none waits for a disk. */
export const unsynced: Layer = ({ name, proceed }) => {
  return name === 'fsync' || name === 'fdatasync' ? undefined : proceed();
};

/** How many calls a piece of work makes. */
export function counting(): { layer: Layer; count: () => number } {
  let count = 0;
  const layer: Layer = (call) => {
    count++;
    return unsynced(call);
  };
  return { layer, count: () => count };
}

function half(call: SystemCall): unknown {
  return shortened(call, Math.ceil((call.args[3] as number) / 2));
}

function shortened({ args, proceed }: SystemCall, most: number): unknown {
  const [fd, bytes, offset, length, position] = args as number[];
  return proceed(fd, bytes, offset, Math.min(length!, most), position);
}

/** A system that has no room any more has taken whole pages. */
function pagesThenNothing(): Fault['answer'] {
  let isSecond = false;
  return (call) => {
    if (call.name !== 'write') return undefined;
    const [, , , length, position] = call.args as number[];
    const end = Math.floor((position! + length!) / PAGE) * PAGE;
    return () => {
      isSecond = !isSecond && end > position!;
      return isSecond ? shortened(call, end - position!) : refuse('write', 'ENOSPC');
    };
  };
}

/** Whoever asks for ever is stopped. */
function nothingTaken(): Fault['answer'] {
  let asked = 0;
  return ({ name }) => {
    if (name !== 'write') return undefined;
    return () => {
      asked++;
      if (asked % 1000 === 0) throw new Error('a thousand writes that took nothing');
      return 0;
    };
  };
}

/** Whether a file exists is answered without an error: it does not, then. */
function refused({ name }: SystemCall, code: string): unknown {
  return name === 'exists' ? false : refuse(name, code);
}

function refuse(call: string, code: string): never {
  throw Object.assign(new Error(`${code}: refused by the test, ${call}`), { code, syscall: call, errno: -1 });
}
