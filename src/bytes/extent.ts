/** From the first byte that was touched to behind the last: [from, to); empty at first. */
export class Extent {
  from = Number.POSITIVE_INFINITY;
  to = 0;

  get isEmpty(): boolean {
    return this.to === 0;
  }

  include(from: number, to: number): void {
    if (from < this.from) this.from = from;
    if (to > this.to) this.to = to;
  }

  clear(): void {
    this.from = Number.POSITIVE_INFINITY;
    this.to = 0;
  }
}
