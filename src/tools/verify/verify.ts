import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { checkPath, type FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import { withPath } from '../../errors.js';
import { type ByteFile, readStart } from '../../file/byte-file.js';
import { DiskFile } from '../../file/disk-file.js';
import { MemoryFile } from '../../file/memory-file.js';
import { settleJournal } from '../../file/settle-journal.js';
import { detectFormat, MAGIC_SIZE } from '../../format/detect.js';
import { checkFlag, checkOptionNames } from '../../options.js';
import { verifyCompressed } from './compressed.js';
import { type Finding, Findings } from './finding.js';
import type { VerifySettings } from './layout.js';
import { verifyStandard } from './standard.js';

export interface VerifyOptions extends Omit<ToolOptions, 'durable'> {
  /** Read every slot of a standard file, decode every block of a compressed one. */
  readonly deep?: boolean | undefined;
  /** Unix seconds: points after it are told as an oddity. The clock if left out. */
  readonly now?: number | undefined;
}

const NAMES = ['deep', 'now', ...toolOptionNames.filter((name) => name !== 'durable')];

/**
 * Looks for everything that is wrong with a file of either format, and changes nothing; but what a killed process left in
 * a journal is brought to its end before, as whenever a file is opened.
 *
 * Header, checksums and sizes are always looked at: what these cannot tell needs `deep`. Where the header cannot be
 * used it is the only finding, since all else follows from it. A file that is whole and was written by a sound writer
 * has no findings.
 *
 * @param source  a path, or the bytes of a file
 * @returns       in the order of the file as far as that goes; the answer is no if any is of level `damage`
 * @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_LOCKED`, `WSP_NO_LOCK`, `WSP_SYSTEM`, and for its
 *   arguments `WSP_BAD_OPTION`, `WSP_BAD_TIMESTAMP`; never for what is in the file
 */
export function verify(source: FilePath | Uint8Array, options: VerifyOptions = {}): Finding[] {
  const bytes = source instanceof Uint8Array ? source : undefined;
  const path = bytes === undefined ? checkPath(source) : undefined;
  return withPath(path ?? '<memory>', () => {
    checkOptionNames(options, NAMES, 'verify');
    const { dialect, lock, clock } = checkHandleOptions(options, true);
    const now = checkTime(options.now ?? clock(), 'now');
    const settings = { deep: checkFlag('deep', options.deep), now, dialect };
    const file = bytes === undefined ? DiskFile.open(path!, 'read', lock) : new MemoryFile(bytes);
    try {
      if (path !== undefined) settleJournal(file, lock?.mode === 'exclusive');
      return verifyFile(file, settings);
    } finally {
      file.close();
    }
  });
}

/** How often a file is looked at anew when a writer came between its metadata and its blocks. */
const MOST_ATTEMPTS = 8;

/** As {@link verify}, of an open file. */
export function verifyFile(file: ByteFile, settings: VerifySettings): Finding[] {
  for (let attempt = 1; ; attempt++) {
    const findings = new Findings(file.path);
    if (detectFormat(readStart(file, MAGIC_SIZE)) === 'standard') {
      verifyStandard(file, findings, settings);
      return findings.list;
    }
    const metadata = verifyCompressed(file, findings, settings);
    if (!findings.hasDamage || attempt === MOST_ATTEMPTS) return findings.list;
    if (Buffer.compare(readStart(file, metadata.length), metadata) === 0) return findings.list;
  }
}
