/** Options and bytes at the door of the codec. */
import { isUint32, UINT32_MAX } from '../bytes/integers.js';
import { describeValue } from '../errors.js';
import { badOption, checkOptionNames } from '../options.js';

/** What every call has to know of a block, since the block does not say it. */
export interface BlockOptions {
  /** Seconds between points: the unit in which the distances of times are kept. */
  readonly step: number;
}

/**
 * Refuses options that do not exist, and a step that is none.
 *
 * @param call  how messages call the function
 * @throws WhisperError `WSP_BAD_OPTION`
 */
export function checkOptions(options: BlockOptions, names: readonly string[], call: string): void {
  checkOptionNames(options, names, call);
  const { step } = options;
  if (isUint32(step) && step > 0) return;
  throw badOption(`option step is ${describeValue(step)}`, `whole seconds from 1 to ${UINT32_MAX}`);
}

/** @throws WhisperError `WSP_BAD_OPTION` */
export function checkBytes(bytes: unknown, call: string): void {
  if (bytes instanceof Uint8Array) return;
  throw badOption(`the block given to ${call} is ${describeValue(bytes)}`, 'a Uint8Array');
}
