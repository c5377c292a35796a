import { fileURLToPath } from 'node:url';
import { describeValue } from '../errors.js';
import { badOption } from '../options.js';

/** A path on disk: text, or a `file:` URL. */
export type FilePath = string | URL;

/** @throws WhisperError `WSP_BAD_OPTION` for anything else */
export function checkPath(path: unknown): string {
  if (path instanceof URL) return pathOfUrl(path);
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  throw badOption(`the path is ${describeValue(path)}`, 'a file name or a file: URL');
}

function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw badOption(`the path is ${url.href}`, 'a file: URL that names a file on this machine');
  }
}
