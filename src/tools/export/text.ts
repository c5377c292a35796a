/** Numbers and names as the forms of export hold them. */

/** A metric with what it holds, oldest first. */
export interface ExportedMetric {
  /** As in `servers.web1.cpu`, or with tags `disk.used;host=web1`. */
  readonly metric: string;
  readonly path: string;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** The shortest text that reads back as the same number. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A value as JSON can say it: the numbers that JSON has not are text. */
export function jsonNumber(value: number): string {
  return Number.isFinite(value) ? numberText(value) : `"${value}"`;
}

/** A field of a CSV line, quoted if it has to be. */
export function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The name without its tags, and these. */
export function partsOfName(metric: string): { name: string; tags: [key: string, value: string][] } {
  const [name = '', ...tags] = metric.split(';');
  return {
    name,
    tags: tags.map((tag) => {
      const at = tag.indexOf('=');
      return at === -1 ? [tag, ''] : [tag.slice(0, at), tag.slice(at + 1)];
    }),
  };
}

/** Points to a piece of text: enough that pieces are worth a call, few enough to be held. */
export const PIECE = 4096;

/** The points of a metric as text, by the piece. */
export function* piecesOf(
  { timestamps, values }: ExportedMetric,
  lineOf: (timestamp: number, value: number, index: number) => string,
): Generator<string> {
  for (let start = 0; start < timestamps.length; start += PIECE) {
    const end = Math.min(start + PIECE, timestamps.length);
    let piece = '';
    for (let i = start; i < end; i++) piece += lineOf(timestamps[i]!, values[i]!, i);
    yield piece;
  }
}
