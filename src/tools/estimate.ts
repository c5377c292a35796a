import { validateRetentions } from '../format/archive-list.js';
import { parseRetentions, type Retention, type Retentions } from '../format/retention.js';
import { planLayout } from '../format/standard-header.js';

/** What a database of some retentions takes. */
export interface Estimate {
  /** Finest first. */
  readonly retentions: readonly Retention[];
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Bytes on a disk of 4 KiB blocks, once every slot has been written. */
  readonly diskSize: number;
}

const BLOCK_SIZE = 4096;

/** @throws WhisperError `WSP_BAD_RETENTION`, `WSP_BAD_ARCHIVE_LIST` */
export function estimateSize(retentions: Retentions): Estimate {
  const sorted = validateRetentions(parseRetentions(retentions));
  const { fileSize } = planLayout(sorted);
  return { retentions: sorted, fileSize, diskSize: Math.ceil(fileSize / BLOCK_SIZE) * BLOCK_SIZE };
}
