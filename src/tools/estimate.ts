import { parseRetentions, type Retention, type Retentions } from '../format/retention.js';
import { planLayout } from '../format/standard-header.js';

/** What a database of some retentions takes. */
export interface Estimate {
  /** In the order given. */
  readonly retentions: readonly Retention[];
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Bytes on a disk of 4 KiB blocks, once every slot has been written. */
  readonly diskSize: number;
}

const BLOCK_SIZE = 4096;

/**
 * Whether the retentions go together in one database is not asked here.
 *
 * @throws WhisperError `WSP_BAD_RETENTION`
 */
export function estimateSize(definitions: Retentions): Estimate {
  const retentions = parseRetentions(definitions);
  const { fileSize } = planLayout(retentions);
  return { retentions, fileSize, diskSize: Math.ceil(fileSize / BLOCK_SIZE) * BLOCK_SIZE };
}
