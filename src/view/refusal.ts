/** A request that is answered with no: what a browser is told, and as what. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function notFound(what: string): Refusal {
  return new Refusal(404, `there is no such ${what}`);
}
