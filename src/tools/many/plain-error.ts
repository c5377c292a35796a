import { WhisperError } from '../../errors.js';

/** A `WhisperError` as it crosses from a worker to whoever has the worker. */
export interface PlainError {
  readonly code: WhisperError['code'];
  readonly path: string | undefined;
  readonly found: string;
  readonly expected: string | undefined;
}

/** Undefined for an error of another kind, which is a mistake of ours. */
export function toPlain(error: unknown): PlainError | undefined {
  if (!(error instanceof WhisperError)) return undefined;
  const { code, path, found, expected } = error;
  return { code, path, found, expected };
}

export function fromPlain(plain: PlainError): WhisperError {
  return new WhisperError(plain.code, plain);
}
