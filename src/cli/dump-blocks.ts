/** What `dump` shows of a compressed file below its points: the blocks of an archive, and the bits of a block. */
import { type BlockPiece, traceBlock } from '../codec/index.js';
import type { Block, Database } from '../index.js';
import { badOption } from '../options.js';
import { type SelectedArchive, selectArchives } from '../tools/dump.js';
import type { ExitCode, Io } from './io.js';
import { csvField, formatTable, formatValue, jsonValue, printLines, timeFormatter } from './output.js';

/** How blocks and bits are printed. */
interface Form {
  readonly format: 'text' | 'json' | 'csv';
  readonly json?: boolean;
  readonly time: string;
}

/** Bytes that a point takes in a block; undefined if there are none in it. */
function bytesPerPoint({ usedBytes, points }: Block): number | undefined {
  const { length } = points.timestamps;
  return length === 0 ? undefined : usedBytes / length;
}

/** What a block is beside its place: empty, the one that is written to, damaged. */
function stateOf({ isCurrent, isEmpty, damage }: Block): string {
  const states = [...(isCurrent ? ['current'] : []), ...(isEmpty ? ['empty'] : [])];
  return [...states, ...(damage === undefined ? [] : [`DAMAGED: ${damage}`])].join(', ');
}

/** The table of an archive's blocks. */
export function blocksText(blocks: readonly Block[], form: Form): string {
  const time = timeFormatter(form.time);
  const heading = ['block', 'byte', 'size', 'start', 'end', 'points', 'used', 'per point', 'CRC', ''];
  const rows = blocks.map((block) => {
    const { index, offset, size, start, end, count, usedBytes, isEmpty } = block;
    const place = [index, offset, size].map(String);
    if (isEmpty) return [...place, '-', '-', '0', '0', '-', '-', stateOf(block)];
    return [
      ...place,
      time(start),
      time(end),
      // The stored count leaves the first point out.
      String(count + 1),
      String(usedBytes),
      bytesPerPoint(block)?.toFixed(2) ?? '-',
      block.crc === block.computedCrc ? 'ok' : 'WRONG',
      stateOf(block),
    ];
  });
  // The words at the end of a line stand to the left: they are put behind a table of numbers.
  const table = formatTable(
    [heading, ...rows].map((row) => row.slice(0, -1)),
    0,
  ).trimEnd();
  const states = ['', ...blocks.map(stateOf)];
  const lines = table.split('\n').map((line, i) => `${line}  ${states[i]}`.trimEnd());
  return `${lines.join('\n')}\n`;
}

/** What JSON tells of a block. */
export function blockRecord(block: Block) {
  const { index, offset, size, start, end, count, usedBytes, crc, computedCrc, isCurrent, isEmpty } = block;
  return {
    block: index,
    offset,
    size,
    start,
    end,
    count,
    points: block.points.timestamps.length,
    usedBytes,
    bytesPerPoint: bytesPerPoint(block) ?? null,
    crc,
    computedCrc,
    isCurrent,
    isEmpty,
    damage: block.damage ?? null,
  };
}

export function* blocksCsv(database: Database, which: number | undefined, form: Form): Generator<string> {
  const time = timeFormatter(form.time);
  yield 'archive,block,offset,size,start,end,count,points,usedBytes,crc,computedCrc,state\n';
  for (const { index: archive } of selectArchives(database, which)) {
    for (const block of database.blocks(archive)) {
      const { index, offset, size, start, end, count, points, usedBytes, crc, computedCrc, isEmpty } = block;
      const times = [start, end].map((timestamp) => (isEmpty ? '' : csvField(time(timestamp))));
      const numbers = [count, points.timestamps.length, usedBytes, crc, computedCrc];
      const fields = [archive, index, offset, size, ...times, ...numbers, csvField(stateOf(block))];
      yield `${fields.join(',')}\n`;
    }
  }
}

/**
 * Prints the bits of one block, piece by piece.
 *
 * @param which  index of the block; if left out that with the newest points
 */
export function printBits(
  path: string,
  database: Database,
  archive: number,
  which: number | undefined,
  form: Form,
  io: Io,
): ExitCode {
  const blocks = database.blocks(archive);
  if (which !== undefined && blocks[which] === undefined) {
    throw badOption(`${path}: archive ${archive} has no block ${which}`, `0 to ${blocks.length - 1}`);
  }
  const block = which === undefined ? newestOf(blocks) : blocks[which];
  if (block === undefined) {
    io.err(`sotto: ${path}: archive ${archive} has no points in its blocks\n`);
    return 1;
  }
  const bytes = database.toBytes().subarray(block.offset, block.offset + block.size);
  // A block that counts as empty may hold bits all the same: those of an earlier turn, or a lone end marker.
  if (block.isEmpty && bytes.every((byte) => byte === 0)) {
    io.err(`sotto: ${path}: block ${block.index} of archive ${archive} is empty\n`);
    return 1;
  }
  const [selected] = selectArchives(database, archive) as [SelectedArchive];
  const { step } = selected.archive;
  const pieces = traceBlock(bytes, { step });
  if (form.json === true || form.format === 'json') {
    const { points: _, ...record } = blockRecord(block);
    io.out(`${JSON.stringify({ path, archive, step, ...record, pieces: Array.from(pieces, printable) })}\n`);
  } else if (form.format === 'csv') printLines(io, bitsCsv(pieces, form));
  else printLines(io, bitsText(pieces, archive, step, block, form));
  return 0;
}

function newestOf(blocks: readonly Block[]): Block | undefined {
  return blocks.filter(({ isEmpty }) => !isEmpty).toSorted((a, b) => b.start - a.start)[0];
}

function printable(piece: BlockPiece): object {
  return 'value' in piece ? { ...piece, value: jsonValue(piece.value) } : piece;
}

function* bitsCsv(pieces: Iterable<BlockPiece>, form: Form): Generator<string> {
  const time = timeFormatter(form.time);
  yield 'bit,length,kind,point,timestamp,value,bits\n';
  for (const piece of pieces) {
    const point = 'point' in piece ? piece.point : '';
    const timestamp = 'timestamp' in piece ? csvField(time(piece.timestamp)) : '';
    const value = 'value' in piece ? formatValue(piece.value) : '';
    yield `${[piece.bit, piece.length, piece.kind, point, timestamp, value, piece.bits].join(',')}\n`;
  }
}

function* bitsText(
  pieces: Iterable<BlockPiece>,
  archive: number,
  step: number,
  block: Block,
  form: Form,
): Generator<string> {
  const time = timeFormatter(form.time);
  const { index, offset, size } = block;
  const state = stateOf(block);
  yield `Archive ${archive}, block ${index}: ${size} bytes at byte ${offset}, steps of ${step} s${state && `; ${state}`}\n`;
  // Wide enough for most of what there is; what is longer moves its line, and keeps the columns of the others.
  const timeWidth = Math.max(...[block.start, block.end].map((timestamp) => time(timestamp).length), 10);
  for (const piece of pieces) {
    const place = `${piece.bit >>> 3}.${piece.bit & 7}`.padStart(8);
    const point = ('point' in piece ? String(piece.point) : '').padStart(6);
    const told = meaningOf(piece, time, timeWidth);
    yield `${[place, String(piece.length).padStart(4), point, piece.kind.padEnd(11), told].join('  ')}\n`;
  }
}

function meaningOf(piece: BlockPiece, time: (timestamp: number) => string, timeWidth: number): string {
  switch (piece.kind) {
    case 'first point':
      return `${time(piece.timestamp).padEnd(timeWidth)}  ${formatValue(piece.value)}`;
    case 'time':
      return `${time(piece.timestamp).padEnd(timeWidth)}  ${piece.bits}  ${changeOf(piece)}`;
    case 'value':
      return `${formatValue(piece.value).padEnd(timeWidth)}  ${piece.bits}  ${xorOf(piece)}`;
    case 'end marker':
      return piece.bits;
    case 'padding':
      return piece.isZero ? 'zeros' : `remains of an earlier turn: ${beginning(piece)}`;
    case 'damage':
      return `${piece.reason}: ${beginning(piece)}`;
  }
}

type PieceOf<K extends BlockPiece['kind']> = Extract<BlockPiece, { kind: K }>;

function changeOf({ prefix, deltaOfDelta, isRising }: PieceOf<'time'>): string {
  const late = isRising ? '' : ', NOT AFTER THE ONE BEFORE';
  if (prefix === '1111') return `the time itself${late}`;
  if (deltaOfDelta === 0) return `as far as the one before${late}`;
  const steps = counted(Math.abs(deltaOfDelta!), 'step');
  return `${steps} ${deltaOfDelta! > 0 ? 'farther' : 'nearer'}${late}`;
}

function xorOf({ prefix, xor, leading, meaningful }: PieceOf<'value'>): string {
  if (prefix === '0') return 'the same';
  const window = prefix === '10' ? 'in the window of the one before' : 'in a window of its own';
  return `XOR ${xor}, ${counted(meaningful, 'bit')} behind ${counted(leading, 'zero')}, ${window}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function beginning({ bits, length }: BlockPiece): string {
  return bits.replaceAll(' ', '').length < length ? `${bits}…` : bits;
}
