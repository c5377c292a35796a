import { describeValue } from '../errors.js';
import { badOption } from '../options.js';

/** Refuses a size that is no whole number or lies outside `least`…`most`. */
export function checkSize(name: string, value: number, least: number, most = 10_000): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw badOption(`option ${name} is ${describeValue(value)}`, `a whole number from ${least} to ${most}`);
}
