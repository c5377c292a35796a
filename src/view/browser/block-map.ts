/** The blocks of a compressed file, ring by ring: each a box that is filled as far as its bytes are used. */
import type { MappedArchive, MappedBlock } from '../../tools/block-map.js';
import type { TimeZone } from '../../tools/time-zone.js';
import type { WireRange } from '../wire.js';
import { button, element } from './dom.js';
import { bytes, moment, plural } from './words.js';

/** Blocks of one ring that are drawn; of a longer one the first. */
const MOST_BOXES = 2000;

export interface BlockMapHost {
  /** A block was chosen, and its points shall be seen. */
  onBlock(archive: number, range: WireRange): void;
}

export function blockMap(
  archives: readonly MappedArchive[],
  zone: TimeZone,
  host: BlockMapHost,
): HTMLElement[] {
  const legend = element(
    'p',
    { class: 'block-legend faint' },
    ...['filled', 'current', 'damaged', 'empty'].flatMap((state) => [
      element('i', { class: `box ${state}`, 'aria-hidden': 'true' }),
      element('span', {}, state),
    ]),
  );
  return [legend, ...archives.map((archive, index) => ring(archive, index, zone, host))];
}

function ring(
  { name, size, blocks }: MappedArchive,
  index: number,
  zone: TimeZone,
  host: BlockMapHost,
): HTMLElement {
  const used = blocks.reduce((sum, block) => sum + block.usedBytes, 0);
  const points = blocks.reduce((sum, block) => sum + block.points, 0);
  const share = points === 0 ? '' : `, ${(used / points).toFixed(2)} bytes a point`;
  const told = `${plural(blocks.length, 'block')} of ${bytes(size)}, ${plural(points, 'point')}${share}`;
  const output = element('p', { class: 'block-told', 'aria-live': 'polite' }, told);
  const boxes = blocks.slice(0, MOST_BOXES).map((block, i) => box(block, i));
  const row = element(
    'div',
    { class: 'boxes', role: 'toolbar', 'aria-label': `Blocks of ${name}` },
    ...boxes,
  );
  boxes[0]?.setAttribute('tabindex', '0');
  row.addEventListener('keydown', (event) => moveFocus(event, boxes));
  const show = (i: number) => {
    output.textContent = describe(blocks[i]!, i, size, zone);
  };
  for (const [i, made] of boxes.entries()) {
    const { start, end, state } = blocks[i]!;
    made.setAttribute('aria-label', describe(blocks[i]!, i, size, zone));
    made.addEventListener('pointerenter', () => show(i));
    made.addEventListener('focus', () => show(i));
    if (state !== 'empty')
      made.addEventListener('click', () => host.onBlock(index, { from: start - 1, until: end }));
  }
  row.addEventListener('pointerleave', () => {
    output.textContent = told;
  });
  const rest = blocks.length - boxes.length;
  return element(
    'section',
    { class: 'ring', 'data-archive': index },
    element('h3', {}, name),
    row,
    rest > 0 ? element('p', { class: 'faint' }, `and ${plural(rest, 'more block')}`) : null,
    output,
  );

  function box(block: MappedBlock, i: number): HTMLButtonElement {
    const made = button('', () => {}, { class: `box ${block.state}`, tabindex: -1, 'data-block': i });
    const fill = element('i');
    // At least a sliver, so that a block with one point is not taken for an empty one.
    fill.style.height =
      block.state === 'empty' ? '0' : `${Math.max(8, Math.min(100, (100 * block.usedBytes) / size))}%`;
    made.append(fill);
    return made;
  }
}

function describe(
  { state, start, end, points, usedBytes, damage }: MappedBlock,
  index: number,
  size: number,
  zone: TimeZone,
): string {
  if (state === 'empty') return `Block ${index}: empty`;
  const used = `${bytes(usedBytes)} of ${bytes(size)} used (${Math.round((100 * usedBytes) / size)} %)`;
  const span = `${moment(start, zone)} to ${moment(end, zone)}`;
  const end_ = damage === undefined ? (state === 'current' ? ' · current' : '') : ` · damaged: ${damage}`;
  return `Block ${index}: ${span} · ${plural(points, 'point')} · ${used}${end_}`;
}

function moveFocus(event: KeyboardEvent, boxes: readonly HTMLElement[]): void {
  const ways: Readonly<Record<string, (at: number) => number>> = {
    ArrowRight: (at) => at + 1,
    ArrowLeft: (at) => at - 1,
    Home: () => 0,
    End: () => boxes.length - 1,
  };
  const way = ways[event.key];
  const at = boxes.indexOf(event.target as HTMLElement);
  if (way === undefined || at === -1) return;
  event.preventDefault();
  const next = boxes[way(at)];
  if (next === undefined) return;
  boxes[at]!.setAttribute('tabindex', '-1');
  next.setAttribute('tabindex', '0');
  next.focus();
}
