import type { CompressedArchive, RollUp } from '../archive/compressed-archive.js';
import { waitingMixValues, waitingValues, waitingValuesAsGo } from '../archive/live-values.js';
import { floorTo } from '../bytes/integers.js';
import { WhisperError } from '../errors.js';
import { type AggregationSpec, parseSpec } from '../format/aggregation-spec.js';
import type { CompressedHeader } from '../format/compressed-header.js';
import { SlotColumns } from '../format/slot-columns.js';
import type { CompressedSettings } from './compressed-metadata.js';
import { type ArchiveChoice, checkLength, type FetchRange, planFetch } from './fetch.js';
import { Series } from './series.js';

/**
 * Reads a range of a compressed file: what waits in the archive's own buffer, what stands in blocks, and what waits
 * above; of two values of one interval the later in this order counts.
 *
 * @param asked  which aggregation of a mix file
 * @throws WhisperError `WSP_BAD_RANGE`, `WSP_NO_SUCH_ARCHIVE`, `WSP_CORRUPT`
 */
export function fetchCompressed(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  range: FetchRange,
  choice: ArchiveChoice,
  isClamped: boolean,
  asked: unknown,
  settings: CompressedSettings,
): Series | null {
  const isAsGo = settings.dialect === 'go';
  const spec = asked === undefined ? undefined : parseSpec(asked);
  const candidates = candidatesFor(header, archives, spec, isAsGo);
  const planned = planFetch(archives, header.maxRetention, range, choice, isClamped, candidates);
  if (planned === null) return null;
  const { index, first, isClamped: wasClamped } = planned;
  if (header.aggregation === 'mix' && spec !== undefined && index > 0) checkAnswer(archives, index, spec);
  const archive = archives[index]!;
  const { step } = archive;
  // go-whisper has no slots for a range inside one interval; everybody else has one (doc/format.md, quirk 33).
  const end = planned.end === first && !isAsGo ? first + step : planned.end;
  const count = (end - first) / step;
  if (count > archive.points + 1 || count > mostPoints(archive)) checkLength(count);
  const slots = new SlotColumns(first, step, count);
  collect(header, archives, index, first, end, settings, slots);
  slots.finish();
  const { values, known } = slots;
  return new Series({ from: first, until: end, step, values, known, archive: index, isClamped: wasClamped });
}

/** More than this no archive holds, whatever its header claims: a point takes at least two bits. */
function mostPoints({ info, buffer }: CompressedArchive): number {
  return 4 * info.blockSize * info.blockCount + (buffer?.slots ?? 0) * 2;
}

/** Brings what archive `index` shows of the intervals from `first` up to `end` into slots, the least important first. */
function collect(
  header: CompressedHeader,
  archives: readonly CompressedArchive[],
  index: number,
  first: number,
  end: number,
  { dialect, isLenient }: CompressedSettings,
  slots: SlotColumns,
): void {
  const { ring, buffer, step, keepsLate } = archives[index]!;
  // What waits for an interval that stands in a block will take its place, or come too late; go-whisper shows it until then.
  const isBufferLast = keepsLate || dialect === 'go';
  if (!isBufferLast && buffer !== undefined) slots.pushRun(buffer.points());
  slots.latest = undefined;
  ring.read(first, end, slots, isLenient);
  const { latest } = slots;
  if (isBufferLast && buffer !== undefined) slots.pushRun(buffer.points());
  if (index === 0) return;
  if (header.aggregation === 'mix') {
    if (latest !== undefined && latest >= end) return;
    const from = latest === undefined ? first : floorTo(latest, step) + step;
    slots.pushRun(waitingMixValues(archives, index, from, end, header.xFilesFactor, isLenient));
    return;
  }
  const how = rollUpOf(header);
  const waiting =
    dialect === 'go'
      ? waitingValuesAsGo(archives, index, first, end, how)
      : waitingValues(archives, index, how);
  slots.pushRun(waiting);
}

/** How a file that is no mix rolls up. */
export function rollUpOf({ aggregation, xFilesFactor }: CompressedHeader): RollUp {
  // Methods of the standard format alone never stand in a compressed header.
  return { method: aggregation as RollUp['method'], percentile: 0, xFilesFactor };
}

/** The archives that may answer: all of them, or the base and those of a spec. */
function candidatesFor(
  { aggregation }: CompressedHeader,
  archives: readonly CompressedArchive[],
  spec: AggregationSpec | undefined,
  isAsGo: boolean,
): number[] {
  const all = [...archives.keys()];
  if (spec === undefined) return all;
  if (aggregation !== 'mix') {
    if (spec.name === aggregation) return all;
    throw noSuchSpec(spec, [aggregation]);
  }
  const names = archives.flatMap((archive) => archive.spec?.name ?? []);
  if (names.includes(spec.name)) return all.filter((i) => i === 0 || archives[i]!.spec?.name === spec.name);
  // To go-whisper a spec that does not exist matters only where the base does not reach (quirk 34).
  if (isAsGo) return all;
  throw noSuchSpec(spec, [...new Set(names)]);
}

function checkAnswer(archives: readonly CompressedArchive[], index: number, spec: AggregationSpec): void {
  if (archives[index]!.spec?.name === spec.name) return;
  throw noSuchSpec(spec, [...new Set(archives.flatMap((archive) => archive.spec?.name ?? []))]);
}

function noSuchSpec({ name }: AggregationSpec, names: readonly string[]): WhisperError {
  return new WhisperError('WSP_NO_SUCH_ARCHIVE', {
    found: `no archive of the aggregation '${name}'`,
    expected: names.length === 0 ? 'none: there is only the base' : `one of ${names.join(', ')}`,
  });
}
