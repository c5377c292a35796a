/** A database for a metric that a target does not have yet: laid out as the source, with what it is to hold. */
import { create } from '../../database/create.js';
import type { Database } from '../../database/database.js';
import { checkHandleOptions } from '../../database/handle-options.js';
import { mixOf, retentionsOf } from '../../database/info.js';
import { makeNewFile } from '../../file/new-file.js';
import type { MixSpec } from '../../format/aggregation-spec.js';
import { sanePointSize } from '../../format/block-plan.js';
import { soundCopy } from '../donor.js';
import { makeFolderOf, statOf } from '../look.js';
import { hasChanged, SourceChanged, untilItRests } from '../rewrite.js';
import type { Change } from './options.js';

/** An empty database in memory with the archives and settings of another. */
export function emptyLike({ info }: Database): Database {
  const { format, xFilesFactor, aggregation } = info;
  const layout = { format, retentions: retentionsOf(info), xFilesFactor, aggregation };
  if (info.format === 'standard') return create(null, layout);
  return create(null, {
    ...layout,
    ...(aggregation === 'mix' ? { mix: mixOf(info) as MixSpec[] } : {}),
    pointsPerBlock: info.pointsPerBlock,
    pointSize: sanePointSize(info.pointSize),
  });
}

/**
 * Makes the file of a target that is not there, and its folders. It gets owner and mode of the source.
 *
 * @param make  undefined copies the source as it is, also what waits in buffers and what is still to come
 * @throws WhisperError `WSP_EXISTS` if somebody else made it meanwhile
 */
export function makeTarget<T>(
  source: Database,
  target: string,
  { dialect, isDry, handle, rewriting }: Change,
  make: (copy: Database) => { readonly bytes: Uint8Array; readonly result: T },
): T {
  const path = source.path ?? target;
  return untilItRests(path, () => {
    const before = statOf(path);
    const { bytes, result } = make(soundCopy(source, dialect));
    if (hasChanged(path, before)) throw new SourceChanged();
    if (isDry) return result;
    makeFolderOf(target);
    makeNewFile(target, {
      size: bytes.length,
      start: bytes,
      sparse: true,
      overwrite: false,
      durable: rewriting.durable,
      lock: checkHandleOptions({ lock: handle.lock, lockTimeoutMs: handle.lockTimeoutMs }, false).lock,
      model: before,
      keepsTimes: false,
    }).close();
    return result;
  });
}
