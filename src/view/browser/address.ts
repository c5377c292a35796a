/** What is shown, as words behind the # of the address. */
import type { WireRange } from '../wire.js';

/** A range that goes on with time, all there is, what is best to begin with, or one that somebody zoomed to. */
export type Range = number | 'all' | 'usual' | WireRange;

/** Ranges that go on with time: up to now from so many seconds ago. */
export const PRESETS: ReadonlyMap<string, number> = new Map([
  ['1h', 3600],
  ['6h', 6 * 3600],
  ['24h', 86_400],
  ['7d', 7 * 86_400],
  ['30d', 30 * 86_400],
  ['1y', 365 * 86_400],
]);

export interface Address {
  /** Ids of the files that are shown. */
  readonly files: readonly string[];
  readonly range: Range;
  readonly archive: string;
}

export function keepAddress({ files, range, archive }: Address): void {
  const words = new URLSearchParams(files.map((id) => ['file', id]));
  if (typeof range === 'object') {
    words.set('from', String(range.from));
    words.set('until', String(range.until));
  } else if (range !== 'usual') words.set('range', String(range));
  if (archive !== 'auto') words.set('archive', archive);
  history.replaceState(null, '', files.length === 0 ? location.pathname : `#${words}`);
}

/** Whatever is no such word counts as not there. */
export function readAddress(): Address {
  const words = new URLSearchParams(location.hash.slice(1));
  const files = [...new Set(words.getAll('file'))];
  return { files, range: rangeOf(words), archive: words.get('archive') ?? 'auto' };
}

function rangeOf(words: URLSearchParams): Range {
  const [from, until] = [Number(words.get('from')), Number(words.get('until'))];
  const areWhole = Number.isInteger(from) && Number.isInteger(until);
  if (areWhole && from > 0 && until > from && until < 1e10) return { from, until };
  const span = words.get('range');
  if (span === 'all') return 'all';
  return [...PRESETS.values()].includes(Number(span)) ? Number(span) : 'usual';
}
