/** Draws that a seed repeats, on any machine: every case has its own, so that it can be run alone. */

/** A generator of 32-bit numbers (splitmix32), with the draws that a plan is made of. */
export class Random {
  #state: number;

  /** @param index  number of the case; the draws of two cases have nothing to do with each other */
  constructor(seed: number, index = 0) {
    this.#state = seed >>> 0;
    this.#state = (this.next() ^ Math.imul(index + 1, 0x9e37_79b1)) >>> 0;
    this.next();
  }

  /** 0 to 2³² − 1. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** A whole number, 0 to `limit` − 1; 0 where that is none. */
  below(limit: number): number {
    return limit <= 1 ? 0 : Math.floor((this.next() / 2 ** 32) * limit);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in this share of the draws. */
  chance(share: number): boolean {
    return this.next() < share * 2 ** 32;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** As {@link pick}, each as often as its weight says. */
  weighted<T>(list: readonly (readonly [weight: number, what: T])[]): T {
    let left = this.below(list.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, what] of list) {
      if (left < weight) return what;
      left -= weight;
    }
    throw new Error('a choice among nothing');
  }

  /** So many draws as a list. */
  times<T>(count: number, draw: () => T): T[] {
    return Array.from({ length: count }, draw);
  }
}
