import { isAbsolute, relative, resolve, sep } from 'node:path';
import { checkPath, type FilePath } from '../../database/path.js';
import { badOption } from '../../options.js';

const EXTENSION = '.wsp';
/** Where carbon keeps metrics with tags: `_tagged/9a3/f10/NAME;TAG=VALUE.wsp`, whose dots are written out. */
const TAGGED = '_tagged';
const DOT = /_DOT_/g;
/** The name of a file whose metric's name was too long, or was not wanted: only its SHA-256. */
const HASH = /^[0-9a-f]{64}$/;

/**
 * The metric that a file stands for: `servers/web1/cpu.wsp` is `servers.web1.cpu`.
 *
 * Of carbon's files of tagged series the name is that of the series, `disk.used;host=a`.
 *
 * @param root  the folder that carbon keeps its files in
 * @param path  a file in it
 * @returns     null if the name cannot be told: tagged series of which only a hash was kept
 * @throws WhisperError `WSP_BAD_OPTION` if the file is not in the folder
 */
export function metricNameOf(root: FilePath, path: FilePath): string | null {
  const [folder, file] = [checkPath(root), checkPath(path)];
  const way = relative(resolve(folder), resolve(file));
  if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw badOption(`${file} is not in ${folder}`, 'a file in that folder');
  const parts = (way.endsWith(EXTENSION) ? way.slice(0, -EXTENSION.length) : way).split(sep);
  if (parts[0] !== TAGGED || parts.length < 4) return parts.join('.');
  const name = parts.slice(3).join('.');
  return HASH.test(name) ? null : name.replace(DOT, '.');
}
