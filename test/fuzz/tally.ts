/** What a run came to. */
import type { Finding } from './judge.js';
import type { Confirmed } from './runner.js';

/** Of one kind and step so many are looked into: more of them are hardly other ones. */
const MOST_ALIKE = 3;

export class Tally {
  readonly findings: Confirmed[] = [];
  /** What was not seen again. */
  readonly passing: string[] = [];
  readonly #ends = new Map<string, number>();
  readonly #alike = new Map<string, number>();
  #cases = 0;
  #steps = 0;

  count(ends: readonly string[]): void {
    this.#cases++;
    this.#steps += ends.length;
    for (const end of ends) this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
  }

  /** True if enough of its kind were looked into. */
  isKnown({ kind, step }: Finding): boolean {
    const key = `${kind} ${step}`;
    const count = (this.#alike.get(key) ?? 0) + 1;
    this.#alike.set(key, count);
    return count > MOST_ALIKE;
  }

  /** False if one like it is there: thrown at the same place, for exceptions. */
  add(confirmed: Confirmed): boolean {
    const key = keyOf(confirmed.finding);
    if (this.findings.some(({ finding }) => keyOf(finding) === key)) return false;
    this.findings.push(confirmed);
    return true;
  }

  summary(): string {
    const ends = [...this.#ends].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      '',
      ...ends.map(([end, count]) => `${String(count).padStart(8)}  ${end}`),
      `${this.#cases} cases, ${this.#steps} steps, ${this.findings.length} findings`,
      ...[...this.#alike].map(([key, count]) => `${String(count).padStart(8)}  ${key}`),
      ...this.passing.map((line) => `not seen again: ${line}`),
      '',
    ].join('\n');
  }
}

function keyOf({ kind, step, detail }: Finding): string {
  const place = kind === 'exception' ? detail.split('\n').slice(0, 2).join() : '';
  return `${kind} ${step} ${place.replaceAll(/[0-9]+/g, '#')}`;
}
