/** What a file says of itself, as a card. */

import type { BlockFacts, FileDescription } from '../../tools/describe-file.js';
import type { TimeZone } from '../../tools/time-zone.js';
import { element } from './dom.js';
import { bytes, duration, moment, plural, whole } from './words.js';

/** The facts of a file: its header, then a table of its archives, then what is odd about it. */
export function facts(description: FileDescription, zone: TimeZone): HTMLElement[] {
  const { format, aggregation, xFilesFactor, retentions, maxRetention, fileSize, legacy, warnings } =
    description;
  const rows: readonly (readonly [string, string])[] = [
    ['format', legacy ? 'standard, the very old one' : format],
    ['aggregation', aggregation],
    ['xFilesFactor', String(xFilesFactor)],
    ['retentions', retentions],
    ['reaches back', duration(maxRetention)],
    ['size', `${bytes(fileSize)} (${plural(fileSize, 'byte')})`],
    ...blockRows(description),
  ];
  const list = element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]),
  );
  const parts: HTMLElement[] = [list, archiveTable(description, zone)];
  if (warnings.length > 0) {
    parts.push(element('ul', { class: 'warnings' }, ...warnings.map((text) => element('li', {}, text))));
  }
  return parts;
}

/** What has happened to the blocks of a compressed file, as far as anything has. */
function blockRows({ archives }: FileDescription): (readonly [string, string])[] {
  const sum = (count: (blocks: BlockFacts) => number) =>
    archives.reduce((total, { blocks }) => total + (blocks === undefined ? 0 : count(blocks)), 0);
  const rows: readonly (readonly [string, number, string])[] = [
    ['in buffers', sum(({ buffered }) => buffered), 'point'],
    ['late points', sum(({ discarded }) => discarded), 'point'],
    ['grown', sum(({ growths }) => growths), 'time'],
  ];
  return rows.flatMap(([term, count, thing]) => (count === 0 ? [] : [[term, plural(count, thing)] as const]));
}

function archiveTable({ archives }: FileDescription, zone: TimeZone): HTMLElement {
  const heads = ['archive', 'points', 'first and last', 'size'];
  const rows = archives.map((archive) => {
    const { name, known, points, first, last, size, blocks } = archive;
    const cells = [
      pair(whole(known), `of ${whole(points)}`),
      pair(moment(first, zone), moment(last, zone)),
      pair(bytes(size), blocks === undefined ? '' : `${whole(blocks.count)} × ${bytes(blocks.size)}`),
    ];
    return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
  });
  const head = heads.map((text, i) =>
    element('th', { scope: 'col', class: i === 0 ? undefined : 'number' }, text),
  );
  const table = element(
    'table',
    { class: 'archives' },
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
  return element('div', { class: 'scroll' }, table);
}

/** A cell of two lines: narrow enough for a card at the side. */
function pair(upper: string, lower: string): HTMLElement {
  const parts = lower === '' ? [upper] : [upper, element('br'), lower];
  return element('td', { class: 'number' }, ...parts);
}
