/** A full file of the other format made of one that is there. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { convert, type Format } from 'sotto';
import { bareCopy } from '../bare/new-files.js';
import { type DataSet, dataSets } from '../data-sets.js';
import { NewPaths } from '../new-paths.js';
import { CONVERT } from '../peers.js';
import { nameOf, type Row } from '../row.js';
import { FILE_SIZE, FULL_FILE_NOW, writeCompressedFullFile, writeFullFile } from '../workloads.js';

/** Bytes of the compressed file. */
const CONVERTED_SIZES = { const: 179_443, gauge: 1_546_074, counter: 583_880, random: 1_712_666 };

const GOAL = 10;

export function convertRows(folder: string): readonly Row[] {
  const sets = Object.keys(dataSets) as DataSet[];
  return [
    ...sets.map((set) => toCompressed(folder, set, true)),
    ...sets.map((set) => toCompressed(folder, set, false)),
    row(folder, 'gauge', 'standard', true),
  ];
}

/** Without a look back at what was written it is what go-whisper does. */
function toCompressed(folder: string, set: DataSet, verify: boolean): Row {
  const peers = { go: (CONVERT[set] * 1e6) / FILE_SIZE };
  const found = { ...row(folder, set, 'compressed', verify), peers };
  return set === 'gauge' ? { ...found, goal: GOAL } : found;
}

/** @param format  of the new file */
function row(folder: string, set: DataSet, format: Format, verify: boolean): Row {
  const isBack = format === 'standard';
  const work = `convert ${set}${isBack ? ' back' : ''}${verify ? '' : ', verify: false'}`;
  const named = { work, format };
  const source = join(folder, `${isBack ? 'compressed' : 'full'}-${set}.wsp`);
  const prepare = () => {
    if (existsSync(source)) return;
    if (isBack) writeCompressedFullFile(source, set);
    else writeFullFile(source, set);
  };
  const sizes = isBack ? [CONVERTED_SIZES[set], FILE_SIZE] : [FILE_SIZE, CONVERTED_SIZES[set]];
  return {
    group: 'convert',
    ...named,
    ours: {
      name: nameOf(named),
      pointsPerOp: 173_400,
      bytesPerOp: sizes[0]!,
      start() {
        prepare();
        const made = new NewPaths(join(folder, 'convert'));
        const options = { to: format, now: FULL_FILE_NOW, verify };
        return {
          run: () => convert(source, made.next(), options).points,
          after: () => made.remove(),
          stop() {},
        };
      },
    },
    bare: bareCopy(folder, source, prepare, sizes[0]!, sizes[1]!),
  };
}
