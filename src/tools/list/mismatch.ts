/** What of a file is not as the configuration says. */
import { type DatabaseInfo, mixOf, retentionsOf } from '../../database/info.js';
import { formatRetention, type Retention } from '../../format/retention.js';
import type { StorageChoice } from '../schemas/storage-rules.js';

/** One difference between a file and the configuration. */
export interface Mismatch {
  readonly field: 'retentions' | 'aggregation' | 'xFilesFactor' | 'format';
  readonly is: string | number;
  readonly shouldBe: string | number;
}

/** @returns empty if all is as it should be */
export function mismatches(info: DatabaseInfo, choice: StorageChoice): Mismatch[] {
  const found: Mismatch[] = [];
  const compare = (field: Mismatch['field'], is: string | number, shouldBe: string | number | undefined) => {
    if (shouldBe !== undefined && shouldBe !== is) found.push({ field, is, shouldBe });
  };
  const { retentions, mix, xFilesFactor, compressed } = choice;
  const method = mix === undefined ? choice.aggregation : mix.map(({ name }) => name).join(',');
  compare('retentions', textOf(retentionsOf(info)), retentions && textOf(retentions));
  compare('aggregation', methodOf(info), method);
  compare('xFilesFactor', info.xFilesFactor, xFilesFactor);
  if (compressed !== undefined) compare('format', info.format, compressed ? 'compressed' : 'standard');
  return found;
}

export function textOf(retentions: readonly Retention[]): string {
  return retentions.map(formatRetention).join(',');
}

/** The method, or those of a mix file with commas between. */
export function methodOf(info: DatabaseInfo): string {
  return info.aggregation === 'mix' ? mixOf(info).join(',') : info.aggregation;
}
