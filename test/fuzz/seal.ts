/** Makes the checksums of a changed compressed file right again: else most changes would be stopped at the door. */
import { crc32 } from 'node:zlib';

/** Which checksums are made right: none, that of the metadata, or those of the blocks as well. */
export type Seal = 'none' | 'metadata' | 'blocks';

const MAGIC = 'whisper_compressed';
const CHECKSUM_OFFSET = 43;
const FILE_HEADER_SIZE = 63;
const ARCHIVE_HEADER_SIZE = 128;
const MIX = 7;
const MOST_ARCHIVES = 64;

/** What is needed of the header of an archive. */
interface Place {
  readonly offset: number;
  readonly step: number;
  readonly blockSize: number;
  readonly blockCount: number;
  readonly current: number;
  readonly lastByteOffset: number;
  /** Bytes where the running CRC and the block ranges stand. */
  readonly crcAt: number;
  readonly rangesAt: number;
}

/** The file with its checksums made right, as far as the places can be found that they are of; in a copy. */
export function seal(bytes: Uint8Array, how: Seal): Uint8Array {
  const copy = Buffer.from(bytes);
  const isCompressed = copy.subarray(0, MAGIC.length).toString('latin1') === MAGIC;
  if (how === 'none' || !isCompressed || copy.length < FILE_HEADER_SIZE) return Uint8Array.from(copy);
  const found = placesOf(copy);
  if (found === undefined) return Uint8Array.from(copy);
  if (how === 'blocks') for (const place of found.places) sealBlocks(copy, place);
  copy.writeUInt32BE(0, CHECKSUM_OFFSET);
  copy.writeUInt32BE(crc32(copy.subarray(0, found.size)), CHECKSUM_OFFSET);
  return Uint8Array.from(copy);
}

/** Undefined if the metadata claim to be longer than the file. */
function placesOf(file: Buffer): { places: Place[]; size: number } | undefined {
  const count = Math.min(file.readUInt32BE(35), MOST_ARCHIVES);
  const isMix = file.readUInt32BE(19) === MIX;
  let size = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * count;
  if (size > file.length) return undefined;
  const places: Place[] = [];
  for (let i = 0; i < count; i++) {
    const at = FILE_HEADER_SIZE + ARCHIVE_HEADER_SIZE * i;
    const shift = isMix && i > 0 ? 5 : 0;
    const number = (place: number) => file.readUInt32BE(at + place);
    const [step, blockCount] = [number(4), number(16)];
    places.push({
      offset: number(0),
      step,
      blockSize: number(12),
      blockCount,
      current: number(24 + shift),
      lastByteOffset: number(68 + shift),
      crcAt: at + 80 + shift,
      rangesAt: size,
    });
    const coarser = i + 1 < count ? file.readUInt32BE(at + ARCHIVE_HEADER_SIZE + 4) : 0;
    size += 16 * blockCount + (isMix || step === 0 ? 0 : 24 * Math.floor(coarser / step));
    if (size > file.length) return undefined;
  }
  return { places, size };
}

function sealBlocks(file: Buffer, { offset, blockSize, blockCount, ...archive }: Place): void {
  for (let block = 0; block < blockCount; block++) {
    const start = offset + block * blockSize;
    const isCurrent = block === archive.current;
    const end = isCurrent ? archive.lastByteOffset : start + blockSize;
    const range = archive.rangesAt + 16 * block;
    if (file.readUInt32BE(range) === 0 || end > file.length || end < start) continue;
    const sum = crc32(file.subarray(start, end));
    file.writeUInt32BE(sum, range + 12);
    if (isCurrent) file.writeUInt32BE(sum, archive.crcAt);
  }
}
