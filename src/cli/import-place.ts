/** What the words behind `sotto import FORM` stand for: sources, where to write, retentions. */
import { badOption } from '../options.js';
import { isFolder } from '../tools/look.js';

interface Given {
  readonly output?: string;
  readonly into?: string;
  readonly retentions?: string;
}

/** Where an import reads, and where it writes: one file, or a folder, or, of an rrd, beside the source. */
export interface ImportPlace {
  readonly sources: readonly string[];
  readonly file: string | undefined;
  readonly folder: string | undefined;
  /** Of new files. */
  readonly retentions: string | undefined;
}

/** Retentions are known by their colon; a path of that look can be given with ./ before it. */
const DEFINITION = /^[0-9]+[a-z]*:[0-9]+[a-z]*(,[0-9]+[a-z]*:[0-9]+[a-z]*)*$/;

/** @throws WhisperError `WSP_BAD_OPTION` */
export function importPlace(form: string, words: readonly string[], given: Given): ImportPlace {
  if (given.into !== undefined && given.output !== undefined)
    throw badOption('--into with --output', 'one of them');
  const definitions = words.filter((word) => DEFINITION.test(word));
  if (given.retentions !== undefined) definitions.push(given.retentions);
  const sources = words.filter((word) => !DEFINITION.test(word));
  const isNamed = given.into !== undefined || given.output !== undefined;
  const target = isNamed ? (given.into ?? given.output) : lastAsTarget(sources);
  if (sources.length === 0) throw badOption('no source', 'a file to read, or - for standard input');
  if (sources.filter((path) => path === '-').length > 1) throw badOption('- twice', 'once');
  const retentions = definitions.length === 0 ? undefined : definitions.join(',');
  const isTree = given.into !== undefined || (target !== undefined && isFolderName(target));
  const place = {
    sources,
    file: isTree ? undefined : target,
    folder: isTree ? target : undefined,
    retentions,
  };
  return form.startsWith('rrd') ? checkRrd(place) : checkPoints(form, place);
}

/** A last word that is where to write, and not another source, is taken from them. */
function lastAsTarget(sources: string[]): string | undefined {
  const last = sources.at(-1);
  const isTarget = sources.length > 1 && last !== undefined && (last.endsWith('.wsp') || isFolderName(last));
  return isTarget ? sources.pop() : undefined;
}

function isFolderName(path: string): boolean {
  return path.endsWith('/') || isFolder(path);
}

function checkRrd(place: ImportPlace): ImportPlace {
  const { sources, file, retentions } = place;
  if (retentions !== undefined)
    throw badOption(`retentions '${retentions}' for an rrd`, 'none: its archives tell');
  // Of several data sources each has a file, so that a name which is no database's is a folder's.
  if (file !== undefined && !file.endsWith('.wsp')) return { ...place, file: undefined, folder: file };
  if (file !== undefined && sources.length > 1)
    throw badOption(`${sources.length} sources for one database`, 'one, or a folder');
  return place;
}

function checkPoints(form: string, place: ImportPlace): ImportPlace {
  const { sources, file, folder } = place;
  if (folder !== undefined) return place;
  if (form !== 'csv') throw badOption('no folder to write', '--into DIR, for a file each metric');
  if (file === undefined)
    throw badOption('no database to write', 'a name such as cpu.wsp, or --into DIR for a file each column');
  if (sources.length > 1) throw badOption(`${sources.length} sources for one database`, 'one, or --into DIR');
  return place;
}
