/**
 * The repair of a standard file: a header that holds together, rings in which every point stands where readers look for
 * it, and a file that ends with its last archive.
 */
import { UINT32_MAX } from '../../bytes/integers.js';
import { WhisperError } from '../../errors.js';
import { POINT_SIZE } from '../../format/point.js';
import { formatRetention } from '../../format/retention.js';
import {
  type ArchiveInfo,
  archiveEnd,
  bodyEnd,
  decodeHeader,
  encodeHeader,
  METADATA_SIZE,
  type StandardHeader,
} from '../../format/standard-header.js';
import { countOf, type RepairedImage, type RepairLog } from './report.js';
import type { Schema } from './schema.js';
import { type PlannedSlots, planRing, readSlotTimes, slotsThere } from './slot-ring.js';
import { type FoundArchive, findArchives, findShifted, maxRetentionOf } from './standard-layout.js';

/**
 * @param now  Unix seconds
 * @returns    undefined, and told why, if the file does not say what it was and the schema does not either
 */
export function repairStandard(
  bytes: Uint8Array,
  schema: Schema,
  now: number,
  log: RepairLog,
): RepairedImage | undefined {
  const found = archivesOf(bytes, schema, log);
  if (found === undefined) return undefined;
  const { archives } = found;
  const header = headerOf(bytes, found, schema, log);
  if (header === undefined) return undefined;
  const size = bodyEnd(archives);
  const isInPlace = archives.every(({ from, offset }) => from === offset);
  const start = encodeHeader(header, schema.dialect);
  let image = new Uint8Array(Math.max(start.length, Math.min(size, bytes.length)));
  if (isInPlace) image.set(bytes.subarray(0, image.length));
  image.set(start);
  for (const [index, archive] of archives.entries())
    image = repairRing(bytes, image, index, archive, now, log);
  tellSize(bytes.length, size, log);
  return { format: 'standard', bytes: image, size };
}

interface FoundArchives {
  readonly archives: readonly FoundArchive[];
  /** They are those of the schema. */
  readonly areGiven: boolean;
}

/** The archives by the file's header, or else by the schema; where their rings lie by what stands there. */
function archivesOf(bytes: Uint8Array, schema: Schema, log: RepairLog): FoundArchives | undefined {
  const found = findArchives(bytes, schema.dialect);
  const archives = found?.archives ?? schema.standardHeader()?.archives;
  if (archives === undefined) {
    log.lose('its header does not tell its archives; the option retentions can');
    return undefined;
  }
  const list = archives.map(formatRetention).join(',');
  if (found === undefined) log.change(`its archives are those that were given: ${list}`);
  else if (found.isDerived) log.change(`its list of archives was put right: ${list}`);
  const placed = findShifted(bytes, archives, found !== undefined);
  for (const [index, { from, offset }] of placed.entries()) {
    if (from !== offset) log.change(`archive ${index} lay at byte ${from} and was brought to byte ${offset}`);
  }
  return { archives: placed, areGiven: found === undefined };
}

/** The header as it should be; undefined, and told, if a setting cannot be read and was not given. */
function headerOf(
  bytes: Uint8Array,
  { archives, areGiven }: FoundArchives,
  schema: Schema,
  log: RepairLog,
): StandardHeader | undefined {
  const stated =
    areGiven && !hasCount(bytes, archives)
      ? schema.standardHeader()!
      : statedSettings(bytes, archives, schema);
  const { lastUpdate } = stated;
  const aggregation = stated.aggregation ?? schema.aggregation;
  const xFilesFactor = stated.xFilesFactor ?? schema.xFilesFactor;
  if (aggregation === undefined || aggregation === 'mix') {
    log.lose('its aggregation method cannot be read; the option aggregation can tell it');
  }
  if (xFilesFactor === undefined) {
    log.lose('its xFilesFactor cannot be read; the option xFilesFactor can tell it');
  }
  if (aggregation === undefined || aggregation === 'mix' || xFilesFactor === undefined) return undefined;
  if (stated.aggregation === undefined)
    log.change(`its aggregation method is the one that was given: ${aggregation}`);
  if (stated.xFilesFactor === undefined)
    log.change(`its xFilesFactor is the one that was given: ${xFilesFactor}`);
  const maxRetention = maxRetentionOf(archives) ?? stated.maxRetention ?? UINT32_MAX;
  if (stated.maxRetention !== undefined && maxRetention !== stated.maxRetention) {
    log.change(`its max retention was ${stated.maxRetention} s and is ${maxRetention} s`);
  }
  const header = { aggregation, xFilesFactor, maxRetention, archives };
  return lastUpdate === undefined ? header : { ...header, lastUpdate };
}

/** A beginning that does not even tell how many archives there are tells nothing. */
function hasCount(bytes: Uint8Array, { length }: readonly ArchiveInfo[]): boolean {
  if (bytes.length < METADATA_SIZE) return false;
  return (
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(METADATA_SIZE - 4) === length
  );
}

type StatedSettings = Partial<Omit<StandardHeader, 'archives'>>;

/** The settings at the beginning of a file, those that can be read. */
function statedSettings(bytes: Uint8Array, archives: readonly ArchiveInfo[], schema: Schema): StatedSettings {
  const { dialect } = schema;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const maxRetention = view.getUint32(4);
  const share = view.getFloat32(8);
  const settings = share >= 0 && share <= 1 ? { maxRetention, xFilesFactor: share } : { maxRetention };
  // A sound header with the file's own first field says what that field means.
  const probe = encodeHeader({ aggregation: 'average', maxRetention, xFilesFactor: 0, archives }, dialect);
  probe.set(bytes.subarray(0, 4));
  try {
    const { aggregation, lastUpdate } = decodeHeader(probe, Number.MAX_SAFE_INTEGER, dialect);
    return lastUpdate === undefined ? { ...settings, aggregation } : { ...settings, aggregation, lastUpdate };
  } catch (error) {
    if (error instanceof WhisperError) return settings;
    throw error;
  }
}

/** Brings the slots of a ring into the image; returns it, or a longer one if there was no room for them. */
function repairRing(
  bytes: Uint8Array,
  image: Uint8Array<ArrayBuffer>,
  index: number,
  archive: FoundArchive,
  now: number,
  log: RepairLog,
): Uint8Array<ArrayBuffer> {
  const { step, points, offset, from } = archive;
  const there = slotsThere(bytes, from, points);
  const { kept, moved, dropped, slots } = planRing(readSlotTimes(bytes, from, points), archive, now);
  const isCutThrough = isTornAt(bytes, archive);
  if (isCutThrough) log.lose(`archive ${index}: the file ended inside a point`);
  if (dropped > 0) {
    log.lose(`archive ${index}: ${countOf(dropped, 'point')} whose times do not go together with the others`);
  }
  const lost = dropped + (isCutThrough ? 1 : 0);
  log.archives.push({ index, step, points, kept, moved, dropped: lost, rebuiltBlocks: 0 });
  const needed = offset + POINT_SIZE * Math.max(there, slots?.timestamps.length ?? 0);
  const room = needed <= image.length ? image : lengthened(image, needed);
  // What stood behind the last whole slot is no point any more.
  const end = Math.min(archiveEnd(archive), room.length);
  if (slots !== undefined) {
    room.fill(0, offset, end);
    placeSlots(bytes, room, archive, slots);
  } else {
    room.set(bytes.subarray(from, from + POINT_SIZE * there), offset);
    room.fill(0, offset + POINT_SIZE * there, end);
  }
  return room;
}

function placeSlots(
  bytes: Uint8Array,
  image: Uint8Array,
  { offset, from }: FoundArchive,
  slots: PlannedSlots,
): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  for (const [slot, timestamp] of slots.timestamps.entries()) {
    if (timestamp === 0) continue;
    const [at, source] = [offset + slot * POINT_SIZE, from + slots.from[slot]! * POINT_SIZE];
    image.set(bytes.subarray(source, source + POINT_SIZE), at);
    view.setUint32(at, timestamp);
  }
}

/** Whether the file ends inside a slot of the ring that is not empty. */
function isTornAt(bytes: Uint8Array, { from, points }: FoundArchive): boolean {
  const slot = from + POINT_SIZE * slotsThere(bytes, from, points);
  return slot < from + POINT_SIZE * points && bytes.subarray(slot).some((byte) => byte !== 0);
}

function lengthened(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(size);
  longer.set(bytes);
  return longer;
}

function tellSize(before: number, size: number, log: RepairLog): void {
  if (before > size) log.change(`${countOf(before - size, 'byte')} behind its last archive were cut off`);
  if (before >= size) return;
  log.change(`it was lengthened by ${size - before} bytes, all of them empty slots`);
  if (before > 0) log.lose(`what stood behind byte ${before}, where the file was cut off`);
}
