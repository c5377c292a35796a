/** What `verify` looks at in the headers of either format: where archives stand, and whether they go together. */
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { validateRetentions } from '../../format/archive-list.js';
import { greatestRetention, type Retention } from '../../format/retention.js';
import type { Findings } from './finding.js';

/** How a file is looked at; checked. */
export interface VerifySettings {
  /** Decode every block, read every slot. */
  readonly deep: boolean;
  /** Unix seconds. */
  readonly now: number;
  readonly dialect: Dialect;
}

/** In place of the file's size, for a header that is judged by itself: what is cut off is another finding. */
export const ANY_SIZE = Number.MAX_SAFE_INTEGER;

/** An archive as it stands in the file. */
export interface PlacedArchive extends Retention {
  /** Bytes of the file: [offset, end). */
  readonly offset: number;
  readonly end: number;
}

/** What `decode` makes of a header; undefined, and told, if it refuses it. */
export function tryHeader<T>(findings: Findings, decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WhisperError) || error.fault !== 'file') throw error;
    const code = error.code === 'WSP_UNSUPPORTED_FORMAT' ? 'unknown-version' : 'bad-header';
    const { found, expected } = error;
    findings.add(code, expected === undefined ? found : `${found}; expected ${expected}`);
    return undefined;
  }
}

/**
 * Compares what a header says of the whole file with itself and with the file.
 *
 * @param archives   in the order of the header
 * @param headerEnd  byte after the header, or after the metadata
 */
export function checkLayout(
  findings: Findings,
  archives: readonly PlacedArchive[],
  headerEnd: number,
  maxRetention: number,
  fileSize: number,
): void {
  const greatest = greatestRetention(archives);
  if (maxRetention !== greatest) {
    findings.add(
      'max-retention',
      `max retention is ${maxRetention} s, and the archives reach back ${greatest} s`,
    );
  }
  checkPlaces(findings, archives, headerEnd);
  const end = archives.reduce((last, archive) => Math.max(last, archive.end), 0);
  if (fileSize < end) {
    findings.add('cut-off', `the file ends here, ${end - fileSize} bytes before its header says`, {
      offset: fileSize,
    });
  } else if (fileSize > end) {
    findings.add('bytes-after-end', `${fileSize - end} bytes stand after the last archive`, { offset: end });
  }
}

function checkPlaces(findings: Findings, archives: readonly PlacedArchive[], headerEnd: number): void {
  let next = headerEnd;
  for (const [archive, { offset, end }] of archives.entries()) {
    if (offset !== next) {
      findings.add('archive-place', `it does not follow what stands before it, up to byte ${next}`, {
        archive,
        offset,
      });
    }
    next = end;
  }
}

/**
 * Tries each retention with the next finer one as if a file of these two were to be made.
 *
 * @param archives  with their numbers; of a mix file one of each step
 */
export function checkRetentions(
  findings: Findings,
  archives: readonly (readonly [number, Retention])[],
): void {
  const bySteps = [...archives].sort(([, a], [, b]) => a.step - b.step);
  for (const [i, [archive, retention]] of bySteps.entries()) {
    const finer = bySteps[i - 1]?.[1];
    try {
      validateRetentions(finer === undefined ? [retention] : [finer, retention]);
    } catch (error) {
      if (!(error instanceof WhisperError)) throw error;
      findings.add('retention-rules', `${error.found}; expected ${error.expected}`, { archive });
    }
  }
}
