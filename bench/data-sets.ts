import { createHash } from 'node:crypto';
import { mulberry32 } from './generator.js';

/** One value for each second; each function gives the first `count` of its set. */
export const dataSets = {
  const: (count: number) => new Float64Array(count).fill(42.5),

  /** A slow sine with noise, in hundredths: what a load or a temperature looks like. */
  gauge(count: number) {
    const draw = mulberry32();
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const wave = 50 + 30 * Math.sin((2 * Math.PI * i) / 3600);
      values[i] = Math.round((wave + (draw() / 2 ** 32 - 0.5) * 2) * 100) / 100;
    }
    return values;
  },

  /** Rises by 0 to 99. */
  counter(count: number) {
    const draw = mulberry32();
    const values = new Float64Array(count);
    let total = 1_000_000;
    for (let i = 0; i < count; i++) {
      total += Math.floor((draw() / 2 ** 32) * 100);
      values[i] = total;
    }
    return values;
  },

  /** All 53 bits of the fraction, so nothing to compress. */
  random(count: number) {
    const draw = mulberry32();
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const high = draw();
      values[i] = ((high * 2 ** 21 + (draw() >>> 11)) / 2 ** 53) * 1_000_000;
    }
    return values;
  },
} as const satisfies Record<string, (count: number) => Float64Array>;

export type DataSet = keyof typeof dataSets;

/** SHA-256 of the first values as big-endian doubles; programs in Go and in JavaScript came to the same. */
export const DATA_SET_SUMS: { readonly [S in DataSet]: { readonly [count: number]: string } } = {
  const: {
    7200: 'a702364b303066ec49e066adb21e19dc88fc41a06e3ed95ccbff8bb9c735399b',
    86400: '3622b5e5f37b48c0f51ec1c1cd20d13adc08c33bd729d9cf2049d72adb01c1db',
  },
  gauge: {
    7200: '3d3d1c484f63b5df6e9031c90cb731420ba0138e57faa51e459332240649d7ea',
    86400: 'b65aa6bac2aa9d84a3f4d7efa0c69fe534eca58a538c6b1249a45d1138da5d88',
  },
  counter: {
    7200: '98d7124fa2f76a963432a80a8c7158b20404fcf52824454beb4137677019d3b6',
    86400: 'ae1aa1831ff999bb60642060d7bd7cbec94b3933de195e1a0868652b741b441a',
  },
  random: {
    7200: 'b876a25be36f283728222cf94fd286632f6aefe5658045dddae4e90bae1eca24',
    86400: '3e9486b2b2b08a742c9a320292a2f1e877068e5842e6a270169a58ba47586a1d',
  },
};

/** @throws Error if a data set is not the one that the peers were measured with */
export function checkDataSets(): void {
  for (const [name, sums] of Object.entries(DATA_SET_SUMS)) {
    for (const [count, expected] of Object.entries(sums)) {
      const found = sha256(bigEndian(dataSets[name as DataSet](Number(count))));
      if (found !== expected) throw new Error(`data set ${name}, ${count} values: ${found}, not ${expected}`);
    }
  }
}

/** The values as the bytes that other programs read. */
export function bigEndian(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.byteLength));
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i]!);
  return new Uint8Array(view.buffer);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
