/** Everything that is wrong with a compressed file. */
import { formatCrc } from '../../bytes/crc32.js';
import { Scratch } from '../../bytes/scratch.js';
import { archivesOver } from '../../database/compressed-image.js';
import { type ByteFile, readStart } from '../../file/byte-file.js';
import { SMALLEST_SOUND_BLOCK } from '../../format/block-size.js';
import {
  archiveBlocksEnd,
  type CompressedArchiveInfo,
  type CompressedHeader,
  compressedHeaderSize,
  computeChecksum,
  decodeCompressedHeader,
  FILE_HEADER_SIZE,
  planMetadata,
  storedChecksum,
} from '../../format/compressed-header.js';
import { PointRun } from '../../format/point-run.js';
import type { ArchiveView } from './archive-view.js';
import { checkBlocks } from './blocks.js';
import { checkBuffer } from './buffer.js';
import type { Findings } from './finding.js';
import { ANY_SIZE, checkLayout, checkRetentions, tryHeader, type VerifySettings } from './layout.js';
import { checkRanges } from './ranges.js';

/** @returns  the metadata by which the file was judged: unjustly, perhaps, if a writer has changed them since */
export function verifyCompressed(file: ByteFile, findings: Findings, settings: VerifySettings): Uint8Array {
  const fileSize = file.size();
  const headers = readStart(file, compressedHeaderSize(readStart(file, FILE_HEADER_SIZE)));
  const header = tryHeader(findings, () => decodeCompressedHeader(headers, ANY_SIZE, true));
  if (header === undefined) return headers;
  const isMix = header.aggregation === 'mix';
  const { places, size } = planMetadata(header.archives, isMix);
  checkHeader(findings, header, size, fileSize);
  // Ranges and buffers that are not all there say nothing.
  const metadata = readStart(file, Math.min(size, fileSize));
  if (metadata.length < size) return metadata;
  checkChecksum(findings, metadata);
  const memory = { bytes: new Scratch(), points: new PointRun() };
  for (const [index, archive] of archivesOver(file, header.archives, metadata, isMix).entries()) {
    const view = { file, fileSize, findings, index, archive, place: places[index]!, memory };
    checkRanges(view);
    checkBlocks(view, settings.deep);
    const coarser = header.archives[index + 1];
    if (archive.buffer !== undefined && coarser !== undefined)
      checkBuffer(view, archive.buffer, coarser.step);
    checkFuture(view, settings.now);
  }
  return metadata;
}

function checkHeader(
  findings: Findings,
  header: CompressedHeader,
  metadataSize: number,
  fileSize: number,
): void {
  const { archives, aggregation, maxRetention } = header;
  const isMix = aggregation === 'mix';
  const all = [...archives.entries()];
  checkRetentions(
    findings,
    isMix ? all.filter(([i, { step }]) => i === archives.findIndex((other) => other.step === step)) : all,
  );
  if (isMix) checkMix(findings, archives);
  for (const [archive, { offset, blockSize, pointSize }] of all) {
    if (!(pointSize > 0 && Number.isFinite(pointSize))) {
      findings.add('point-size', `its points are expected to take ${pointSize} bytes`, { archive });
    }
    if (blockSize < SMALLEST_SOUND_BLOCK) {
      const text = `its blocks are of ${blockSize} bytes, where points may need ${SMALLEST_SOUND_BLOCK}`;
      findings.add('small-blocks', text, { archive, offset });
    }
  }
  const placed = archives.map((info) => ({ ...info, end: archiveBlocksEnd(info) }));
  checkLayout(findings, placed, metadataSize, maxRetention, fileSize);
}

/** Compares the archives of each step below the base with those of the second retention. */
function checkMix(findings: Findings, archives: readonly CompressedArchiveInfo[]): void {
  const namesOf = (step: number) =>
    archives.flatMap((other) => (other.step === step && other.spec !== undefined ? [other.spec.name] : []));
  for (const [archive, { step, points, spec }] of archives.entries()) {
    if (spec === undefined) continue;
    const first = archives.findIndex((other) => other.step === step);
    const names = namesOf(step);
    if (points !== archives[first]!.points) {
      const text = `it has ${points} points, and archive ${first} of the same step ${archives[first]!.points}`;
      findings.add('mix-archives', text, { archive });
    }
    if (names.indexOf(spec.name) < archive - first) {
      findings.add('mix-archives', `a second archive of ${spec.name} with a step of ${step} s`, { archive });
    }
    const usual = namesOf(archives[1]!.step);
    if (archive === first && names.join() !== usual.join()) {
      const text = `the archives with a step of ${step} s are of ${names.join(', ')}, those before of ${usual.join(', ')}`;
      findings.add('mix-archives', text, { archive });
    }
  }
}

function checkChecksum(findings: Findings, metadata: Uint8Array): void {
  const stored = storedChecksum(metadata);
  const computed = computeChecksum(metadata);
  if (stored === computed) return;
  const text = `the checksum of the metadata is ${formatCrc(computed)}, and ${formatCrc(stored)} is stored`;
  findings.add('checksum', `${text} (go-whisper leaves it so when it changes settings)`);
}

/** What the ranges and the buffer tell of points to come. */
function checkFuture({ findings, index, archive }: ArchiveView, now: number): void {
  const buffered = archive.buffer?.points();
  let latest = archive.ring.greatestEnd();
  for (let i = 0; i < (buffered?.length ?? 0); i++) latest = Math.max(latest, buffered!.timestamps[i]!);
  if (latest <= now) return;
  const text = `it holds points after now, the latest ${latest - now} s`;
  findings.add('future-points', text, { archive: index, timestamp: latest });
}
