/** Damage to files of either format, for properties on any bytes. */
import fc from 'fast-check';

export type Damage = (bytes: Uint8Array) => Uint8Array;

/** A place in a file: its share of the length. */
export const place = (): fc.Arbitrary<number> =>
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Cuts a file off. */
export const cutOff = (): fc.Arbitrary<Damage> =>
  place().map(
    (at): Damage =>
      (bytes) =>
        bytes.slice(0, at * bytes.length),
  );

/** Takes a piece out and puts it in elsewhere. */
export const spliced = (): fc.Arbitrary<Damage> =>
  fc.tuple(place(), place(), place()).map(([from, until, to]) => splice(from, until, to));

/** Lengthens a file by anything. */
export const lengthened = (): fc.Arbitrary<Damage> =>
  fc.uint8Array({ maxLength: 100 }).map(
    (end): Damage =>
      (bytes) =>
        Buffer.concat([bytes, end]),
  );

export function flipBit(at: number, bit: number): Damage {
  return (bytes) => {
    const copy = Uint8Array.from(bytes);
    const index = Math.floor(at * bytes.length);
    if (index < copy.length) copy[index] = copy[index]! ^ (1 << (bit % 8));
    return copy;
  };
}

function splice(from: number, until: number, to: number): Damage {
  return (bytes) => {
    const [start, end] = [from, until].map((at) => Math.floor(at * bytes.length)).sort((a, b) => a - b);
    const piece = bytes.subarray(start, end);
    const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    const at = Math.floor(to * rest.length);
    return Buffer.concat([rest.subarray(0, at), piece, rest.subarray(at)]);
  };
}
