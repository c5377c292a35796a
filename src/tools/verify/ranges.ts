/** What `verify` finds in the block ranges of an archive, and in its header's account of the current block. */
import { formatCrc } from '../../bytes/crc32.js';
import { floorMod } from '../../bytes/integers.js';
import { RAW_POINT_SIZE } from '../../format/raw-point.js';
import { type ArchiveView, headerPlace, rangePlace, writtenOf } from './archive-view.js';

/** Compares the ranges with each other and with the archive's header; reads no block. */
export function checkRanges(view: ArchiveView): void {
  const { archive, findings } = view;
  for (let block = 0; block < archive.info.blockCount; block++) {
    const { start, end, count } = archive.ring.range(block);
    if (start === 0) {
      if (end === 0 && count === 0) continue;
      const text = `its range has no start, but an end of ${end} and a count of ${count}`;
      findings.add('empty-block', text, rangePlace(view, block));
    } else if (end < start) {
      findings.add('block-range', `its range ends at ${end}, before it begins at ${start}`, {
        ...rangePlace(view, block),
        timestamp: start,
      });
    }
  }
  checkOrder(view);
  checkCurrentRange(view);
  checkCurrentState(view);
}

/** Round the ring from behind the current block, each used block must hold later times than the one before. */
function checkOrder(view: ArchiveView): void {
  const { archive, findings } = view;
  const used = archive.ring.sortedRanges().filter(({ start }) => start !== 0);
  let newest = used[0];
  let isOverlapping = false;
  for (const range of used.slice(1)) {
    if (range.start <= newest!.end) {
      isOverlapping = true;
      findings.add(
        'block-overlap',
        `it begins at ${range.start}; block ${newest!.index} ends at ${newest!.end}`,
        {
          ...rangePlace(view, range.index),
          timestamp: range.start,
        },
      );
    }
    if (range.end > newest!.end) newest = range;
  }
  if (isOverlapping) return;
  const turnOf = (block: number) => floorMod(block - archive.info.current.index - 1, archive.info.blockCount);
  const wrong = used.findIndex(({ index }, i) => i > 0 && turnOf(index) < turnOf(used[i - 1]!.index));
  if (wrong === -1) return;
  const text = `its points come after those of block ${used[wrong - 1]!.index}, but its turn in the ring before`;
  findings.add('block-order', text, rangePlace(view, used[wrong]!.index));
}

function checkCurrentRange(view: ArchiveView): void {
  const { current } = view.archive.info;
  const range = view.archive.ring.range(current.index);
  const differences = [
    { name: 'start', inRange: String(range.start), inHeader: String(current.first.timestamp) },
    { name: 'end', inRange: String(range.end), inHeader: String(current.latest.timestamp) },
    { name: 'count', inRange: String(range.count), inHeader: String(current.count) },
    { name: 'CRC', inRange: formatCrc(range.crc), inHeader: formatCrc(current.crc) },
  ].filter(({ inRange, inHeader }) => inRange !== inHeader);
  if (differences.length === 0) return;
  const told = differences.map(({ name, inRange, inHeader }) => `${name} ${inRange}, not ${inHeader}`);
  const text = `its range does not say what the archive's header says: ${told.join('; ')}`;
  view.findings.add('current-range', text, rangePlace(view, current.index));
}

function checkCurrentState(view: ArchiveView): void {
  const { findings, archive } = view;
  const { first, latest, previous, count, crc, lastByte } = archive.info.current;
  const { at, used } = writtenOf(view);
  const complain = (text: string) => findings.add('current-state', text, headerPlace(view));
  if ((lastByte & (0xff >> used)) !== 0) {
    complain(`its last byte is ${lastByte}, with bits set that are said to be free (${8 - used})`);
  }
  if (first.timestamp !== 0) {
    if (at < RAW_POINT_SIZE)
      complain(`it has a first point, but is said to have been written up to byte ${at} only`);
    return;
  }
  const rest = { 'a latest point': latest.timestamp, 'a previous point': previous.timestamp, count, crc };
  const set = Object.entries({ ...rest, 'bytes written': at, 'bits written': used }).filter(
    ([, n]) => n !== 0,
  );
  if (set.length === 0) return;
  complain(`it has no first point, but ${set.map(([name, n]) => `${name} (${n})`).join(', ')}`);
}
