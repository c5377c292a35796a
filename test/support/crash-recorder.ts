import { dirname, join } from 'node:path';
import type { Change } from './crash-disk.js';
import { type Layer, type SystemCall, system, through } from './crash-system.js';

/** Calls that change nothing of what a crash could take: they read, or set owner, mode or times. */
const HARMLESS = new Set([
  ...[
    'read',
    'readv',
    'readFile',
    'readdir',
    'readlink',
    'stat',
    'fstat',
    'lstat',
    'realpath',
    'exists',
    'access',
  ],
  ...['opendir', 'fchmod', 'fchown', 'futimes', 'chmod', 'chown', 'utimes'],
]);

/**
 * Notes every change that is made in one folder, in the order in which the system is asked for it.
 *
 * Files are numbered as they appear, and each is held by a second name outside of the folder: so its inode lives on, and a
 * state that is put back has the very files that were recorded, as a journal that names them by inode will look for.
 */
export class CrashRecorder {
  /** The folder that is watched; it must be there. */
  readonly folder: string;
  readonly #keep: string;
  readonly #numbers = new Map<number, number>();
  readonly #open = new Map<number, number | 'folder'>();
  #changes: Change[] = [];

  /** @param keep  a folder of the same file system, for the second names */
  constructor(folder: string, keep: string) {
    this.folder = folder;
    this.#keep = keep;
  }

  /** The changes since the last time this was asked. */
  take(): Change[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** How many changes there are by now. */
  get count(): number {
    return this.#changes.length;
  }

  /** Where the second name of a file is. */
  kept(file: number): string {
    return join(this.#keep, String(file));
  }

  /** Runs `work` and notes what it changes. */
  record<T>(work: () => T): T {
    return through(this.#layer, work);
  }

  /** The number of the file that a name in the folder stands for. */
  fileOf(name: string): number {
    const path = join(this.folder, name);
    const { ino } = system().statSync(path);
    const known = this.#numbers.get(ino);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(ino, number);
    system().linkSync(path, this.kept(number));
    return number;
  }

  readonly #layer: Layer = (call) => {
    switch (call.name) {
      case 'open':
        return this.#openFile(call);
      case 'close':
        this.#open.delete(call.args[0] as number);
        return call.proceed();
      case 'write':
        return this.#write(call);
      case 'ftruncate':
        return this.#resize(call);
      case 'fsync':
      case 'fdatasync':
        return this.#sync(call);
      case 'link':
      case 'rename':
      case 'unlink':
        return this.#rename(call);
      default:
        if (HARMLESS.has(call.name)) return call.proceed();
        throw new Error(`${call.name} is called and not recorded`);
    }
  };

  #openFile({ args, proceed }: SystemCall): unknown {
    const fs = system();
    const path = args[0] as string;
    const isThere = fs.existsSync(path);
    const fd = proceed() as number;
    if (path === this.folder) this.#open.set(fd, 'folder');
    const name = this.#nameOf(path);
    if (name === undefined) return fd;
    const file = this.fileOf(name);
    this.#open.set(fd, file);
    if (!isThere) this.#changes.push({ change: 'make', file, name });
    else if (empties(args[1])) this.#changes.push({ change: 'resize', file, size: 0 });
    return fd;
  }

  #write({ args, proceed }: SystemCall): unknown {
    const [fd, from, offset, , position] = args as [number, Uint8Array, number, number, unknown];
    const file = this.#open.get(fd);
    const done = proceed() as number;
    if (file === undefined) return done;
    if (typeof position !== 'number' || typeof file !== 'number')
      throw new Error('a write without a place is not recorded');
    this.#changes.push({ change: 'write', file, position, bytes: from.slice(offset, offset + done) });
    return done;
  }

  #resize({ args, proceed }: SystemCall): unknown {
    const file = this.#open.get(args[0] as number);
    proceed();
    const size = (args[1] as number | undefined) ?? 0;
    if (typeof file === 'number') this.#changes.push({ change: 'resize', file, size });
    return undefined;
  }

  /** Noted and not done: what a crash leaves is thought up here, and a sync of a real disk takes its time. */
  #sync({ args }: SystemCall): unknown {
    const file = this.#open.get(args[0] as number);
    if (file === 'folder') this.#changes.push({ change: 'sync names' });
    else if (file !== undefined) this.#changes.push({ change: 'sync', file });
    return undefined;
  }

  #rename({ name: call, args, proceed }: SystemCall): unknown {
    const [from, to] = (args as string[]).map((path) => this.#nameOf(path));
    const file = from === undefined ? undefined : this.fileOf(from);
    proceed();
    if (file === undefined || from === undefined) return undefined;
    if (call === 'unlink') this.#changes.push({ change: 'unlink', name: from });
    else if (to === undefined) throw new Error(`${call} out of the folder is not recorded`);
    else this.#changes.push({ change: call as 'link' | 'rename', file, name: to, from });
    return undefined;
  }

  /** Undefined for what is not in the folder. */
  #nameOf(path: unknown): string | undefined {
    if (typeof path !== 'string' || dirname(path) !== this.folder) return undefined;
    return path.slice(this.folder.length + 1);
  }
}

function empties(flags: unknown): boolean {
  return typeof flags === 'number'
    ? (flags & system().constants.O_TRUNC) !== 0
    : /^w(?!x)/.test(String(flags));
}
