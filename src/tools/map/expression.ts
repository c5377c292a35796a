/**
 * A small arithmetic over the points of a database.
 *
 *   v  t                        the value of a point, and its time in Unix seconds
 *   12  1.5e3  0x1f             numbers; pi, e, nan, inf; null is no value, and takes a point out
 *   + - * / %  ** or ^          arithmetic; a power binds its right side first: 2 ** 3 ** 2 is 2 ** 9
 *   == != < <= > >=             comparisons: 1 for true, 0 for false
 *   ! && ||  a ? b : c          0, NaN and null are false, all else is true
 *   min(a, …) max(a, …) clamp(v, low, high) abs sign round floor ceil trunc sqrt exp log log2 log10 isnan
 *
 * What is made of null is null, but for comparisons with it: only null == null is true.
 */
import { nearestName } from '../../options.js';
import { badExpression, readTokens, type Token } from './tokens.js';

/** What an expression says of a point; null for no value. */
export type Evaluate = (value: number, timestamp: number) => number | null;

/** Deeper ones are not written by hand. */
const DEEPEST = 100;

/** @throws WhisperError `WSP_BAD_OPTION`, which shows the place */
export function parseExpression(expression: string): Evaluate {
  const parser = new Parser(expression);
  return parser.parse();
}

const CONSTANTS: { readonly [name: string]: number | null } = {
  pi: Math.PI,
  e: Math.E,
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  null: null,
};

interface Calculation {
  readonly fewest: number;
  readonly most: number;
  readonly of: (...values: number[]) => number;
}

function ofOne(of: (value: number) => number): Calculation {
  return { fewest: 1, most: 1, of };
}

const FUNCTIONS: { readonly [name: string]: Calculation } = {
  min: { fewest: 1, most: Number.POSITIVE_INFINITY, of: Math.min },
  max: { fewest: 1, most: Number.POSITIVE_INFINITY, of: Math.max },
  clamp: { fewest: 3, most: 3, of: (value, low, high) => Math.min(Math.max(value!, low!), high!) },
  abs: ofOne(Math.abs),
  sign: ofOne(Math.sign),
  // Halves go away from zero, as people round; Math.round takes −2.5 to −2.
  round: ofOne((value) => Math.sign(value) * Math.round(Math.abs(value))),
  floor: ofOne(Math.floor),
  ceil: ofOne(Math.ceil),
  trunc: ofOne(Math.trunc),
  sqrt: ofOne(Math.sqrt),
  exp: ofOne(Math.exp),
  log: ofOne(Math.log),
  log2: ofOne(Math.log2),
  log10: ofOne(Math.log10),
  isnan: ofOne((value) => Number(Number.isNaN(value))),
};

const NAMES = ['v', 't', ...Object.keys(CONSTANTS), ...Object.keys(FUNCTIONS)];

/** Signs between two sides, those that bind least first. */
const LEVELS: readonly { readonly [sign: string]: (a: number, b: number) => number }[] = [
  {
    '==': (a, b) => Number(a === b),
    '!=': (a, b) => Number(a !== b),
  },
  {
    '<': (a, b) => Number(a < b),
    '<=': (a, b) => Number(a <= b),
    '>': (a, b) => Number(a > b),
    '>=': (a, b) => Number(a >= b),
  },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

function isTrue(value: number | null): boolean {
  return value !== null && value !== 0 && !Number.isNaN(value);
}

/** Recursive descent: each method reads what binds at least as much as its name says. */
class Parser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(expression: string) {
    this.#expression = expression;
    this.#tokens = readTokens(expression);
  }

  parse(): Evaluate {
    const whole = this.#choice();
    if (this.#token.kind !== 'end') throw this.#refuse('a sign, or the end');
    return whole;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #refuse(expected: string): Error {
    const { kind, text, at } = this.#token;
    return badExpression(this.#expression, at, kind === 'end' ? 'the end' : `'${text}'`, expected);
  }

  /** Whether the next word is this sign; passes it if so. */
  #takes(sign: string): boolean {
    if (this.#token.kind !== 'sign' || this.#token.text !== sign) return false;
    this.#next++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#refuse(`'${sign}'`);
  }

  #deeper(read: () => Evaluate): Evaluate {
    if (++this.#depth > DEEPEST) throw this.#refuse(`at most ${DEEPEST} parts within one another`);
    const inner = read();
    this.#depth--;
    return inner;
  }

  #choice(): Evaluate {
    return this.#deeper(() => {
      const condition = this.#either();
      if (!this.#takes('?')) return condition;
      const chosen = this.#choice();
      this.#expect(':');
      const other = this.#choice();
      return (v, t) => (isTrue(condition(v, t)) ? chosen(v, t) : other(v, t));
    });
  }

  #either(): Evaluate {
    let left = this.#both();
    while (this.#takes('||')) {
      const [one, other] = [left, this.#both()];
      left = (v, t) => Number(isTrue(one(v, t)) || isTrue(other(v, t)));
    }
    return left;
  }

  #both(): Evaluate {
    let left = this.#binary(0);
    while (this.#takes('&&')) {
      const [one, other] = [left, this.#binary(0)];
      left = (v, t) => Number(isTrue(one(v, t)) && isTrue(other(v, t)));
    }
    return left;
  }

  #binary(level: number): Evaluate {
    const signs = LEVELS[level];
    if (signs === undefined) return this.#signed();
    let left = this.#binary(level + 1);
    for (;;) {
      const sign = Object.keys(signs).find((candidate) => this.#takes(candidate));
      if (sign === undefined) return left;
      left = binary(sign, signs[sign]!, left, this.#binary(level + 1));
    }
  }

  #signed(): Evaluate {
    for (const sign of ['-', '+', '!'] as const) {
      if (!this.#takes(sign)) continue;
      const operand = this.#deeper(() => this.#signed());
      return (v, t) => {
        const value = operand(v, t);
        if (sign === '!') return Number(!isTrue(value));
        if (value === null) return null;
        return sign === '-' ? -value : value;
      };
    }
    return this.#power();
  }

  /** The right side may have a sign of its own: 2 ** -1. */
  #power(): Evaluate {
    const base = this.#operand();
    if (!this.#takes('**') && !this.#takes('^')) return base;
    const exponent = this.#deeper(() => this.#signed());
    return binary('**', (a, b) => a ** b, base, exponent);
  }

  #operand(): Evaluate {
    const { kind, text } = this.#token;
    if (this.#takes('(')) {
      const inner = this.#choice();
      this.#expect(')');
      return inner;
    }
    if (kind === 'number') {
      this.#next++;
      const value = Number(text);
      return () => value;
    }
    if (kind === 'name') return this.#named(text);
    throw this.#refuse('a value');
  }

  #named(name: string): Evaluate {
    const isKnown = NAMES.includes(name);
    if (!isKnown) {
      const near = nearestName(name, NAMES);
      throw this.#refuse(near === undefined ? 'v, t, a constant or a function' : `'${near}'`);
    }
    this.#next++;
    if (name === 'v') return (v) => v;
    if (name === 't') return (_, t) => t;
    const calculation = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (calculation !== undefined) return this.#call(name, calculation);
    const value = CONSTANTS[name]!;
    return () => value;
  }

  #call(name: string, { fewest, most, of }: Calculation): Evaluate {
    const start = this.#next - 1;
    this.#expect('(');
    const given = [this.#choice()];
    while (this.#takes(',')) given.push(this.#choice());
    this.#expect(')');
    if (given.length < fewest || given.length > most) {
      const found = `${name} of ${given.length}`;
      throw badExpression(this.#expression, this.#tokens[start]!.at, found, `${name} of ${fewest}`);
    }
    return (v, t) => {
      const values: number[] = [];
      for (const argument of given) {
        const value = argument(v, t);
        if (value === null) return null;
        values.push(value);
      }
      return of(...values);
    };
  }
}

function binary(
  sign: string,
  of: (a: number, b: number) => number,
  left: Evaluate,
  right: Evaluate,
): Evaluate {
  const isComparison = /[<>=]/.test(sign);
  return (v, t) => {
    const [a, b] = [left(v, t), right(v, t)];
    if (a !== null && b !== null) return of(a, b);
    if (!isComparison) return null;
    if (sign === '==') return Number(a === b);
    return sign === '!=' ? Number(a !== b) : 0;
  };
}
