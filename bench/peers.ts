/**
 * What the peers reach, to compare with.
 *
 * Medians of 8 interleaved rounds in which both peers did the same work; no peer ever calls fsync. They were not
 * measured on the machine of this run, so they serve as ratios only, and differences under 20 % mean nothing.
 */

export const PEERS_SOURCE =
  'go-whisper (the newest version, Go 1.19.8) and Python Whisper 1.1.4 (Python 3.11.2), measured side by side on an ' +
  'idle machine of 2 virtual Xeon cores';

/** Ops per second of those peers that can do the work. */
export interface PeerRates {
  readonly go?: number;
  readonly python?: number;
}

/** Points per second of go-whisper, with blocks of 7200 points in memory that was allocated before. */
export const CODEC = {
  encode: { const: 38.19e6, gauge: 6.62e6, counter: 14.69e6, random: 6.61e6 },
  decode: { const: 19.59e6, gauge: 9.33e6, counter: 12.52e6, random: 9.54e6 },
} as const;

/** Single points, standard format; go-whisper has no such call for compressed files. */
export const UPDATE = {
  open: { go: 239_000, python: 42_900 },
  reopened: { go: 119_400, python: 41_700 },
} as const;

/** Batches, by their points. */
export const UPDATE_MANY = {
  standard: {
    open: {
      1: { go: 218_400, python: 36_300 },
      60: { go: 2947, python: 13_800 },
      1000: { go: 151, python: 1139 },
      14400: { go: 10.2, python: 8.9 },
    },
    reopened: { 1: { go: 102_500, python: 37_300 } },
  },
  compressed: {
    open: { 1: { go: 13_800 }, 60: { go: 1652 }, 1000: { go: 207 }, 14400: { go: 18.2 } },
    reopened: { 1: { go: 12_000 } },
  },
} as const;

/** Ranges of a full file in which every slot has a value. */
export const FETCH = {
  standard: {
    open: {
      '1h': { go: 20_700, python: 2462 },
      '24h': { go: 1257, python: 91.1 },
      '30d': { go: 2366, python: 184 },
    },
    reopened: {
      '1h': { go: 19_300, python: 2461 },
      '24h': { go: 1312, python: 96.9 },
      '30d': { go: 2001, python: 187 },
    },
  },
  compressed: {
    open: { '1h': { go: 987 }, '24h': { go: 73.1 }, '30d': { go: 172 } },
    reopened: { '1h': { go: 969 }, '24h': { go: 73.5 }, '30d': { go: 175 } },
  },
} as const;

/** Files per second; the medians were told in microseconds per file. */
export const CREATE = {
  dense: { go: 1e6 / 1042, python: 1e6 / 1161 },
  sparse: { go: 1e6 / 50, python: 1e6 / 44 },
  compressed: { go: 1e6 / 297 },
} as const;

/** Megabytes of the standard file per second that go-whisper converts; it does not read back what it wrote. */
export const CONVERT = { const: 119, gauge: 27, counter: 45, random: 25 } as const;

/** The four benchmarks in go-whisper's own tests, ops per second; they were told in nanoseconds per op. */
export const OWN = {
  write: { standard: { go: 1e9 / 5180 }, compressed: { go: 1e9 / 6669 } },
  read: { standard: { go: 1e9 / 3.74e6 }, compressed: { go: 1e9 / 285e3 } },
} as const;

/** Peak resident memory of go-whisper, MiB: of all its work, and of each part in a process of its own. */
export const MEMORY = {
  codec: 8,
  'single updates': 8,
  updateMany: 36,
  fetch: 13,
  create: 5,
  convert: 11,
} as const;
