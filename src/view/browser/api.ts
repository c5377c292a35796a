/** Asking the server. */
import type {
  WireBlocks,
  WireChart,
  WireError,
  WireFindings,
  WireFolder,
  WireInfo,
  WireList,
  WireRange,
  WireStamps,
} from '../wire.js';

/** An answer that is no: the server's words. */
export class Refused extends Error {}

type Words = Readonly<Record<string, string | number | undefined>>;

async function ask<T>(path: string, words: Words | URLSearchParams, signal?: AbortSignal): Promise<T> {
  const query =
    words instanceof URLSearchParams
      ? words
      : new URLSearchParams(
          Object.entries(words).flatMap(([key, value]) =>
            value === undefined ? [] : [[key, String(value)]],
          ),
        );
  const response = await fetch(`/api/${path}?${query}`, signal === undefined ? {} : { signal });
  const record: unknown = await response.json();
  if (response.ok) return record as T;
  throw new Refused((record as WireError).message);
}

export const list = (folder: string, skip = 0) => ask<WireFolder>('list', { folder, skip });

export const search = (q: string, signal: AbortSignal) => ask<WireList>('search', { q }, signal);

/** @param range  all there is, or what the server thinks best to begin with */
export const chart = (
  file: string,
  question: {
    readonly range: WireRange | 'all' | 'usual';
    readonly archive: string;
    readonly pixels: number;
  },
  signal: AbortSignal,
) => {
  const { range, archive, pixels } = question;
  const ends = typeof range === 'object' ? { from: range.from, until: range.until } : { [range]: 1 };
  return ask<WireChart>('chart', { file, archive, pixels, ...ends }, signal);
};

export const info = (file: string) => ask<WireInfo>('info', { file });

export const blocks = (file: string) => ask<WireBlocks>('blocks', { file });

export const findings = (file: string, deep: boolean) =>
  ask<WireFindings>('findings', { file, deep: deep ? 1 : undefined });

/** Ids of one question: an address has room for no more than some thousand characters. */
const IDS_AT_ONCE = 40;

/** @returns  by id; null is gone */
export async function stamps(ids: readonly string[]): Promise<WireStamps['stamps']> {
  const parts: WireStamps['stamps'][] = [];
  for (let i = 0; i < ids.length; i += IDS_AT_ONCE) {
    const asked = ids.slice(i, i + IDS_AT_ONCE).map((id) => ['id', id]);
    parts.push((await ask<WireStamps>('stamps', new URLSearchParams(asked))).stamps);
  }
  return Object.assign({}, ...parts);
}
