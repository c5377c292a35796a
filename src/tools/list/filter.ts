/** Which files of a list are wanted. */
import { describeValue } from '../../errors.js';
import { badOption, checkFlag } from '../../options.js';
import type { ListedFile } from './list-file.js';

export const listKinds = ['standard', 'compressed', 'mix', 'legacy', 'empty'] as const;

/** A kind of file: a format, one with several aggregations, the very old format, one without points. */
export type ListKind = (typeof listKinds)[number];

export interface ListFilter {
  /**
   * Seconds: only files whose newest point is older than that; of those without points, and with `fast` of all, such as
   * were not changed since.
   */
  readonly stale?: number | undefined;
  /** Only metrics with such a name: a glob (`servers.*.cpu`, see {@link globToRegExp}), or an expression that is found in it. */
  readonly match?: string | RegExp | undefined;
  /** Only files of one of these kinds. */
  readonly kinds?: readonly ListKind[] | undefined;
  /** Only files that cannot be opened, or read where that was tried. */
  readonly damaged?: boolean | undefined;
  /** Only files that are not as the configuration says. */
  readonly mismatched?: boolean | undefined;
}

export const listFilterNames = ['stale', 'match', 'kinds', 'damaged', 'mismatched'] as const;

/** @throws WhisperError `WSP_BAD_OPTION` */
export function checkFilter(filter: ListFilter): void {
  const { stale, match, kinds } = filter;
  if (stale !== undefined && !(typeof stale === 'number' && stale >= 0))
    throw badOption(`option stale is ${describeValue(stale)}`, 'seconds, 0 or more');
  if (match !== undefined && typeof match !== 'string' && !(match instanceof RegExp))
    throw badOption(`option match is ${describeValue(match)}`, 'a glob or a RegExp');
  for (const kind of kinds ?? []) {
    if (!listKinds.includes(kind))
      throw badOption(`option kinds has ${describeValue(kind)}`, `some of ${listKinds.join(', ')}`);
  }
  checkFlag('damaged', filter.damaged);
  checkFlag('mismatched', filter.mismatched);
}

/** A file that cannot be read passes every filter but of its name: whoever looks for something must hear of it. */
export function passes(file: ListedFile, filter: ListFilter, now: number): boolean {
  const { match, kinds, stale, damaged, mismatched } = filter;
  if (match !== undefined && !matcherOf(match).test(file.name ?? file.path)) return false;
  if (file.problem !== null) return true;
  if (damaged === true) return false;
  if (kinds !== undefined && !kinds.some((kind) => isOfKind(file, kind))) return false;
  if (stale !== undefined && !(ageOf(file, now) > stale)) return false;
  return mismatched !== true || (file.schema?.mismatches.length ?? 0) > 0;
}

function isOfKind({ header }: ListedFile, kind: ListKind): boolean {
  switch (kind) {
    case 'mix':
      return header?.aggregation === 'mix';
    case 'legacy':
      return header?.legacy === true;
    case 'empty':
      return header?.newest === null;
    default:
      return header?.format === kind;
  }
}

/** Seconds since a file has had news. */
function ageOf({ header, modified }: ListedFile, now: number): number {
  return now - (header?.newest ?? modified ?? now);
}

const globs = new Map<string, RegExp>();

function matcherOf(match: string | RegExp): RegExp {
  // A search from where the last one ended would miss every other file.
  if (typeof match !== 'string')
    return match.global || match.sticky ? new RegExp(match.source, match.flags.replace(/[gy]/g, '')) : match;
  const known = globs.get(match) ?? globToRegExp(match);
  globs.set(match, known);
  return known;
}

/**
 * A glob as Graphite has them: `*` is anything within a part of the name, `**` any parts, `?` one character, `[a-c]` one of
 * some, `{a,b}` one of several; all of the name has to match.
 */
export function globToRegExp(glob: string): RegExp {
  const parts = glob.match(/\*\*|\[[^\]]+\]|[\s\S]/gu) ?? [];
  let depth = 0;
  const text = parts.map((part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^.]*';
    if (part === '?') return '[^.]';
    if (part.length > 1 && part.startsWith('[')) return classOf(part.slice(1, -1));
    if (part === '{') {
      depth++;
      return '(?:';
    }
    if (part === '}' && depth > 0) {
      depth--;
      return ')';
    }
    if (part === ',' && depth > 0) return '|';
    return part.replace(/[\^$\\.*+?()[\]{}|/]/, '\\$&');
  });
  if (depth > 0) throw badOption(`the glob '${glob}' has a '{' that is not closed`, "a '}' for each");
  return new RegExp(`^${text.join('')}$`, 'su');
}

function classOf(content: string): string {
  const [sign, members] = /^[!^]/.test(content) ? ['^', content.slice(1)] : ['', content];
  return `[${sign}${members.replace(/[\\[\]^]/g, '\\$&')}]`;
}
