import { fileURLToPath } from 'node:url';
import { badOption, describe } from './options.js';

/** A path on disk: text, or a `file:` URL. */
export type FilePath = string | URL;

/** @throws WhisperError `WSP_BAD_OPTION` for anything else */
export function checkPath(path: unknown): string {
  if (path instanceof URL && path.protocol === 'file:') return fileURLToPath(path);
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  throw badOption(
    `the path is ${path instanceof URL ? path.href : describe(path)}`,
    'a file name or a file: URL',
  );
}
