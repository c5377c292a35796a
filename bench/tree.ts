/** Many small files in folders of a thousand, which stay from one case to the next. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type Format } from 'sotto';
import { T0 } from './workloads.js';

const RETENTIONS = '10s:6h,1m:7d';
const FILES_PER_FOLDER = 1000;
const LATEST = 'latest.txt';

export class Tree {
  readonly count: number;
  /** Bytes of a file, and of what stands in it before the points. */
  readonly size: number;
  readonly metadata: number;
  /** A file with the paths, a line each. */
  readonly list: string;
  readonly #folder: string;
  readonly #format: Format;

  constructor(folder: string, format: Format, count: number) {
    this.#folder = folder;
    this.#format = format;
    this.count = count;
    this.list = join(folder, 'paths.txt');
    const { fileSize, archives } = create(null, { retentions: RETENTIONS, format }).info;
    this.size = fileSize;
    this.metadata = archives[0]!.offset;
  }

  /** Time of the latest points, kept beside the files: whoever comes next has to bring newer ones. */
  get latest(): number {
    return Number(readFileSync(join(this.#folder, LATEST), 'utf8'));
  }

  set latest(time: number) {
    writeFileSync(join(this.#folder, LATEST), String(time));
  }

  paths(): string[] {
    return Array.from({ length: this.count }, (_, i) => {
      return join(this.#folder, String(Math.floor(i / FILES_PER_FOLDER)), `${i}.wsp`);
    });
  }

  /** Makes the files, unless they are there. */
  make(): void {
    if (existsSync(this.list)) return;
    for (let i = 0; i < this.count; i += FILES_PER_FOLDER) {
      mkdirSync(join(this.#folder, String(i / FILES_PER_FOLDER)), { recursive: true });
    }
    const options = {
      retentions: RETENTIONS,
      format: this.#format,
      sparse: this.#format === 'standard',
      clock: () => T0,
    };
    const paths = this.paths();
    for (const path of paths) create(path, options).close();
    this.latest = T0;
    writeFileSync(this.list, paths.join('\n'));
  }
}
