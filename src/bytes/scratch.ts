/** Memory that is used again from call to call, so that a hot path allocates nothing of size. */

const SMALLEST = 1024;
const FEWEST = 64;

/** Bytes to read a span into or to build one in. What they hold is good until the next `reserve`. */
export class Scratch {
  bytes = new Uint8Array(SMALLEST);
  /** Over the whole of `bytes`. */
  view = new DataView(this.bytes.buffer);
  #values = new Float64Array(0);
  #known = new Uint8Array(0);

  /** Makes room for at least `size` bytes. */
  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Columns of at least `count` entries; what they hold is good until the next call. */
  columns(count: number): { readonly values: Float64Array; readonly known: Uint8Array } {
    if (count > this.#values.length) {
      this.#values = new Float64Array(Math.max(count, FEWEST));
      this.#known = new Uint8Array(this.#values.length);
    }
    return { values: this.#values, known: this.#known };
  }
}
