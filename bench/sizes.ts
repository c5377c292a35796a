/** Bytes a point: how small compressed files are, on the data sets and on measured series where there are some. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert, create, open } from 'sotto';
import { dataSets } from './data-sets.js';

/** A series and how much of a file it fills. */
interface Sample {
  readonly name: string;
  readonly step: number;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

export interface Size {
  readonly name: string;
  readonly points: number;
  /** Bytes of the blocks that are in use, for each point in them. */
  readonly bytesPerPoint: number;
  /** Bytes of the compressed file against those of the standard one. */
  readonly fileShare: number;
}

/** Seconds of a day: one point each. */
const DAY = 86_400;
const START = 1_700_000_000 - (1_700_000_000 % DAY);
const MEASURED =
  process.env['SOTTO_SERIES'] ?? fileURLToPath(new URL('../../../shared/data/nab', import.meta.url));
/** Of the measured series most have a point every five minutes. */
const MEASURED_STEP = 300;

export function measureSizes(): Size[] {
  return [...generated(), ...measured()].map(sizeOf);
}

function generated(): Sample[] {
  return Object.entries(dataSets).map(([name, make]) => {
    return {
      name,
      step: 1,
      timestamps: Float64Array.from({ length: DAY }, (_, i) => START + i),
      values: make(DAY),
    };
  });
}

function measured(): Sample[] {
  if (!existsSync(MEASURED)) return [];
  return readdirSync(MEASURED)
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .map((name) => readSeries(join(MEASURED, name)));
}

/** Lines of `YYYY-MM-DD hh:mm:ss,value`, UTC, below a heading. */
function readSeries(path: string): Sample {
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  return {
    name: basename(path, '.csv'),
    step: MEASURED_STEP,
    timestamps: Float64Array.from(rows, ([time]) => Date.parse(`${time!.replace(' ', 'T')}Z`) / 1000),
    values: Float64Array.from(rows, ([, value]) => Number(value)),
  };
}

function sizeOf({ name, step, timestamps, values }: Sample): Size {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-sizes-'));
  try {
    const [standard, compressed] = [join(folder, 'standard.wsp'), join(folder, 'compressed.wsp')];
    const now = timestamps.reduce((latest, time) => Math.max(latest, time), 0);
    const span = now - timestamps.reduce((first, time) => Math.min(first, time), now);
    const database = create(standard, { retentions: [{ step, points: Math.ceil(span / step) + 1 }] });
    database.updateMany({ timestamps, values }, { now });
    database.close();
    const { sourceSize, targetSize } = convert(standard, compressed, { to: 'compressed', now, verify: true });
    const blocks = open(compressed, { readOnly: true }).blocks(0);
    const points = blocks.reduce((sum, block) => sum + block.points.values.length, 0);
    const bytes = blocks.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
    return { name, points, bytesPerPoint: bytes / points, fileShare: targetSize / sourceSize };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function formatSizes(sizes: readonly Size[]): string {
  const width = sizes.reduce((most, { name }) => Math.max(most, name.length), 'series'.length) + 2;
  const line = (name: string, ...cells: readonly string[]) =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(16)).join('')}`.trimEnd();
  const rows = sizes.map(({ name, points, bytesPerPoint, fileShare }) => {
    return line(name, String(points), bytesPerPoint.toFixed(2), `${(100 * fileShare).toFixed(1)} %`);
  });
  const points = sizes.reduce((sum, size) => sum + size.points, 0);
  const bytes = sizes.reduce((sum, size) => sum + size.points * size.bytesPerPoint, 0);
  return `${[
    '\nBytes a point in compressed blocks (standard: 12), and the file against the standard one',
    line('series', 'points', 'bytes a point', 'of standard'),
    ...rows,
    line('all', String(points), (bytes / points).toFixed(2), ''),
  ].join('\n')}\n`;
}
