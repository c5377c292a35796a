import { closeSync, openSync, readSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { systemError } from '../../errors.js';

const PIECE = 1024 * 1024;

/**
 * The text of a file in pieces, so that a file of any size can be read. It is UTF-8, or UTF-16 if it begins with the mark of that.
 *
 * @throws WhisperError `WSP_NOT_FOUND`, `WSP_NOT_A_FILE`, `WSP_SYSTEM`
 */
export function* readPieces(path: string): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw systemError(error, path, 'read it');
  }
  try {
    yield* decodePieces(fd, path);
  } finally {
    closeSync(fd);
  }
}

function* decodePieces(fd: number, path: string): Generator<string> {
  const bytes = new Uint8Array(PIECE);
  let decoder: TextDecoder | undefined;
  for (;;) {
    let length: number;
    try {
      length = readSync(fd, bytes);
    } catch (error) {
      throw systemError(error, path, 'read it');
    }
    decoder ??= new TextDecoder(encodingOf(bytes.subarray(0, length)), { ignoreBOM: true });
    yield decoder.decode(bytes.subarray(0, length), { stream: length > 0 });
    if (length === 0) return;
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
