/** Names of metrics and the paths of their files, as carbon has them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { WhisperError } from '../errors.js';

/** What no part of a name may hold where names become paths: it would lead elsewhere, or end the name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const FORBIDDEN = /[/\\\x00-\x1f]/;

/**
 * The name in the form that carbon stores it under: without tags as it is, but for empty parts (`a..b.` is `a.b`); tags in
 * the order of their names.
 *
 * @throws WhisperError `WSP_BAD_INPUT` for a name that no file can have
 */
export function canonicalMetric(metric: string): string {
  const [name = '', ...tags] = metric.split(';');
  const parts = name.split('.').filter((part) => part !== '');
  const isBad =
    parts.length === 0 || FORBIDDEN.test(metric) || tags.some((tag) => !/^[^=!^]+=[^~].*$/.test(tag));
  if (isBad) throw refused(metric);
  if (tags.length === 0) return parts.join('.');
  const byName = tags.map((tag) => ({ tag, key: tag.slice(0, tag.indexOf('=')) }));
  byName.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return [parts.join('.'), ...byName.map(({ tag }) => tag)].join(';');
}

/** Bytes of a file's name that all common file systems have. */
const LONGEST_NAME = 255;

/**
 * Where carbon keeps a metric: `servers.web1.cpu` in `servers/web1/cpu.wsp`, one with tags in
 * `_tagged/9a3/f10/NAME;TAG=VALUE.wsp`, by the SHA-256 of its name.
 *
 * @param metric  as {@link canonicalMetric} gives it
 * @throws WhisperError `WSP_BAD_INPUT` for a part longer than a file's name can be
 */
export function metricPath(folder: string, metric: string): string {
  const parts = metric.includes(';') ? taggedParts(metric) : metric.split('.');
  const file = `${parts.pop()!}.wsp`;
  if ([...parts, file].some((part) => Buffer.byteLength(part) > LONGEST_NAME)) throw refused(metric);
  return join(folder, ...parts, file);
}

function taggedParts(metric: string): string[] {
  const hash = createHash('sha256').update(metric).digest('hex');
  return ['_tagged', hash.slice(0, 3), hash.slice(3, 6), metric.replaceAll('.', '_DOT_')];
}

function refused(metric: string): WhisperError {
  const shown = metric.length > 100 ? `${metric.slice(0, 100)}…` : metric;
  return new WhisperError('WSP_BAD_INPUT', {
    found: `metric ${JSON.stringify(shown)}`,
    expected: 'a name such as servers.web1.cpu, or with tags disk.used;host=web1',
  });
}
