/** Parsed JSON that is read strictly: whatever is not as it should be is told by its place, such as `archives[1].slots[3][0]`. */
import { isUint32 } from '../../bytes/integers.js';
import { WhisperError } from '../../errors.js';

export class JsonPlace {
  readonly #value: unknown;
  readonly #name: string;

  /** @param name  how messages call it; empty for the whole */
  constructor(value: unknown, name = '') {
    this.#value = value;
    this.#name = name;
  }

  get isMissing(): boolean {
    return this.#value === undefined;
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  /** A member of an object; a missing one is a place without a value. */
  at(name: string): JsonPlace {
    if (typeof this.#value !== 'object' || this.#value === null || Array.isArray(this.#value))
      throw this.refuse('an object');
    const value = Object.hasOwn(this.#value, name)
      ? (this.#value as { [name: string]: unknown })[name]
      : undefined;
    return new JsonPlace(value, this.#name === '' ? name : `${this.#name}.${name}`);
  }

  list(): JsonPlace[] {
    if (!Array.isArray(this.#value)) throw this.refuse('a list');
    return this.#value.map((item: unknown, i) => new JsonPlace(item, `${this.#name}[${i}]`));
  }

  /** A list of pairs of a time and a value, without a place for each: there may be millions. */
  pairs(): { timestamps: Float64Array; values: Float64Array } {
    const list = this.#value;
    if (!Array.isArray(list)) throw this.refuse('a list');
    const timestamps = new Float64Array(list.length);
    const values = new Float64Array(list.length);
    for (const [i, pair] of list.entries()) {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new JsonPlace(pair, `${this.#name}[${i}]`).refuse('[time, value]');
      const [timestamp, value] = pair as [unknown, unknown];
      timestamps[i] = isUint32(timestamp as number)
        ? (timestamp as number)
        : this.#part(timestamp, i, 0).uint32();
      values[i] = typeof value === 'number' ? value : this.#part(value, i, 1).double();
    }
    return { timestamps, values };
  }

  #part(value: unknown, i: number, j: number): JsonPlace {
    return new JsonPlace(value, `${this.#name}[${i}][${j}]`);
  }

  uint32(): number {
    if (isUint32(this.#value as number)) return this.#value as number;
    throw this.refuse('a whole number of 32 bits');
  }

  /** A whole number that may be larger. */
  whole(): number {
    if (Number.isSafeInteger(this.#value) && (this.#value as number) >= 0) return this.#value as number;
    throw this.refuse('a whole number');
  }

  /** A number; those that JSON does not have are text. */
  double(): number {
    switch (this.#value) {
      case 'NaN':
        return Number.NaN;
      case 'Infinity':
        return Number.POSITIVE_INFINITY;
      case '-Infinity':
        return Number.NEGATIVE_INFINITY;
    }
    if (typeof this.#value === 'number') return this.#value;
    throw this.refuse('a number, "NaN", "Infinity" or "-Infinity"');
  }

  text(): string {
    if (typeof this.#value === 'string') return this.#value;
    throw this.refuse('text');
  }

  flag(): boolean {
    if (typeof this.#value === 'boolean') return this.#value;
    throw this.refuse('true or false');
  }

  choice<T extends string>(choices: readonly T[]): T {
    if ((choices as readonly unknown[]).includes(this.#value)) return this.#value as T;
    throw this.refuse(choices.map((choice) => `"${choice}"`).join(' or '));
  }

  refuse(expected: string): WhisperError {
    const found = this.isMissing ? 'is missing' : `is ${describe(this.#value)}`;
    return new WhisperError('WSP_BAD_INPUT', { found: `${this.#name || 'the dump'} ${found}`, expected });
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
