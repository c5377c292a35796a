import type { Database } from '../../database/database.js';
import { checkHandleOptions, type ToolOptions, toolOptionNames } from '../../database/handle-options.js';
import { open } from '../../database/open.js';
import type { FilePath } from '../../database/path.js';
import { checkTime } from '../../database/time.js';
import { WhisperError } from '../../errors.js';
import type { Dialect } from '../../format/aggregation-method.js';
import { checkFlag, checkOptionNames } from '../../options.js';
import { selectArchives } from '../dump.js';
import { adviceFor } from './advice.js';
import { explainArchive, fetchInterval } from './archive.js';
import type { ExplainedArchive, Explanation, KnownPoint } from './explanation.js';
import { Question } from './question.js';
import { typicalSpacing } from './spacing.js';
import { verdictOf } from './verdict.js';
import { isoTime } from './words.js';

export interface ExplainOptions extends Omit<ToolOptions, 'durable'> {
  /** Unix seconds: the time to work at. The clock if left out. */
  readonly now?: number | undefined;
  /** Of a mix file: the aggregation that is asked for, such as `'max'`; the first one if left out. */
  readonly spec?: string | undefined;
  /** Explain a file that was cut off as well. */
  readonly force?: boolean | undefined;
}

const NAMES = ['now', 'spec', 'force', ...toolOptionNames.filter((name) => name !== 'durable')];

/**
 * Tells why a database has, or has not, a value at a time: which archive answers, where the value would stand and what
 * stands there, and of coarser archives how many of the finer points are known and how many it takes.
 *
 * The interval that holds the time is meant, in each archive. The archive that answers is the one that a fetch of just this
 * interval comes to: the finest one that still has it. A file with damaged blocks is explained as
 * well, one that was cut off with `force`.
 *
 * @param source     a path, or the bytes of a file
 * @param timestamp  Unix seconds
 * @throws WhisperError what `open` throws, `WSP_BAD_TIMESTAMP`, `WSP_NO_SUCH_ARCHIVE` for a spec that the file does not have
 */
export function explain(
  source: FilePath | Uint8Array,
  timestamp: number,
  options: ExplainOptions = {},
): Explanation {
  checkOptionNames(options, NAMES, 'explain');
  checkTime(timestamp, 'timestamp');
  const { clock, dialect } = checkHandleOptions(options, true);
  const now = checkTime(options.now ?? clock(), 'now');
  const { lock, lockTimeoutMs, spec, force } = options;
  using database = open(source, { dialect, lock, lockTimeoutMs, readOnly: true, force: true });
  if (checkFlag('force', force) === false) checkWhole(database);
  return explainIn(database, timestamp, now, dialect, spec);
}

/** What damaged blocks hold is told, but what is missing would take as much room as if it were there. */
export function checkWhole({ path, info: { archives, fileSize } }: Database): void {
  const end = archives.reduce((most, { offset, size }) => Math.max(most, offset + size), 0);
  if (end <= fileSize) return;
  throw new WhisperError('WSP_CORRUPT', {
    path,
    found: `a file of ${fileSize} bytes that was cut off`,
    expected: `${end}, as its header says (force reads what is there)`,
  });
}

/** As {@link explain}, of an open database. */
export function explainIn(
  database: Database,
  timestamp: number,
  now: number,
  dialect: Dialect,
  spec: string | undefined,
): Explanation {
  const question = new Question(database, checkTime(timestamp, 'timestamp'), now, dialect);
  const { aggregation, xFilesFactor, format } = question.info;
  const archives = selectArchives(database, undefined).map((selected) => {
    return explainArchive(question, selected);
  });
  const answer = archives.find(({ index, interval, step }) => {
    return fetchInterval(question, interval, step, undefined, spec)?.archive === index;
  });
  const facts = {
    path: database.path ?? '<memory>',
    format,
    timestamp: question.timestamp,
    now,
    aggregation,
    xFilesFactor,
    answer: answer?.index ?? null,
    value: answer?.value ?? null,
    ...neighbours(answer ?? fallback(archives, question), question),
    spacing: typicalSpacing(question.points(0), now),
    archives,
  };
  const { code, sentence } = verdictOf(facts);
  const { path, ...rest } = facts;
  return {
    path,
    verdict: { code, message: sentence(isoTime) },
    ...rest,
    advice: adviceFor(facts, code),
  };
}

/** The archive to look for neighbours in where none answers: the finest for what is to come, else the coarsest. */
function fallback(archives: readonly ExplainedArchive[], { timestamp, now }: Question): ExplainedArchive {
  return timestamp > now ? archives[0]! : archives.at(-1)!;
}

/** The nearest points that a fetch from an archive shows, before and after the interval. */
function neighbours(
  { index, interval, retention }: ExplainedArchive,
  question: Question,
): { before: KnownPoint | null; after: KnownPoint | null } {
  const { now } = question;
  const { timestamps, values } = question.points(index);
  const isShown = (timestamp: number) => timestamp <= now && timestamp > now - retention;
  const before = timestamps.findLastIndex((timestamp) => timestamp < interval && isShown(timestamp));
  const after = timestamps.findIndex((timestamp) => timestamp > interval && isShown(timestamp));
  const pointAt = (i: number) => (i === -1 ? null : { timestamp: timestamps[i]!, value: values[i]! });
  return { before: pointAt(before), after: pointAt(after) };
}
