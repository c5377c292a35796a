/** Memory that is used again from call to call, so that a hot path allocates nothing of size. */

const SMALLEST = 1024;

/** Bytes to read a span into or to build one in. What they hold is good until the next `reserve`. */
export class Scratch {
  bytes = new Uint8Array(0);
  /** Over the whole of `bytes`. */
  view = new DataView(this.bytes.buffer);

  /** Makes room for at least `size` bytes. */
  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(size, SMALLEST));
    this.view = new DataView(this.bytes.buffer);
  }
}
