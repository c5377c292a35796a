import { decodeBlock, encodeBlock } from 'sotto/codec';
import { type DataSet, dataSets } from '../data-sets.js';
import { BLOCK_POINTS, blockColumns } from '../workloads.js';
import { type Expected, refuse, report, verifyBytes } from './checks.js';

/** Blocks of 7200 points as go-whisper encodes them. */
const BLOCKS: { readonly [S in DataSet]: Expected } = {
  const: { size: 1818, sum: 'e194c79774f8cdc551a3705fa6519bff12a097100a169dddbb3587a069be0536' },
  gauge: { size: 50_684, sum: '7ca2b5ca5c0597bb37b87cb0f9c2c817aa62a31ad0517f24cdd77c9d0712f9e7' },
  counter: { size: 15_887, sum: '6b628fdcd8726e65745b31bb023bbd37e7fcb7574973bf5c3414cf8a76e22b9d' },
  random: { size: 56_582, sum: 'a2beec04dcc443f8bab01e84631534b287c116dbb07bff25b1caed6f081a91aa' },
};

export function verifyBlocks(): void {
  for (const set of Object.keys(dataSets) as DataSet[]) {
    const columns = blockColumns(set);
    const bytes = encodeBlock(columns, { step: 1 });
    verifyBytes(`block of ${set}`, bytes, BLOCKS[set]);
    const { timestamps, values } = decodeBlock(bytes, { step: 1 });
    const isSame =
      timestamps.length === BLOCK_POINTS &&
      timestamps.every((timestamp, i) => timestamp === columns.timestamps[i]) &&
      values.every((value, i) => value === columns.values[i]);
    if (!isSame) refuse(`block of ${set}, decoded`, 'other points than were encoded');
    report(`block of ${set}: ${BLOCKS[set].size} bytes, and ${BLOCK_POINTS} points decoded from them`);
  }
}
