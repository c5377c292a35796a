import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type Database, type HandleOptions, open } from '../../src/index.js';
import { lookAt, missingOf, type Sight } from './crash-check.js';
import { type Change, type Disk, EMPTY_DISK } from './crash-disk.js';
import type { BaseModel, CrashHistory } from './crash-histories.js';
import { CrashRecorder } from './crash-recorder.js';
import { system } from './crash-system.js';

/** A call that was recorded: its changes, and what was there before and after it. */
export interface RecordedCall {
  readonly name: string;
  readonly now: number;
  /** How many changes had been asked for when it returned. */
  readonly end: number;
  /** Undefined before there was a file. */
  readonly before: Sight | undefined;
  readonly after: Sight;
}

/** What a history came to. */
export interface Recording {
  readonly start: Disk;
  readonly changes: readonly Change[];
  readonly calls: readonly RecordedCall[];
}

/** When files that are put back were last written to: nobody who finds them waits for a writer that may be at work. */
const LONG_AGO = 1_600_000_000;

/** How a history's handles are opened. */
export type CrashHandle = Pick<HandleOptions, 'durable' | 'exclusive' | 'lock'>;

/** A folder with one database in it, whose changes are recorded, and which is brought into any state that a crash may leave. */
export class CrashScene {
  readonly root: string;
  readonly folder: string;
  readonly path: string;
  readonly recorder: CrashRecorder;

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'sotto-crash-'));
    this.folder = join(this.root, 'there');
    this.path = join(this.folder, 'a.wsp');
    for (const name of ['there', 'kept']) mkdirSync(join(this.root, name));
    this.recorder = new CrashRecorder(this.folder, join(this.root, 'kept'));
  }

  [Symbol.dispose](): void {
    system().rmSync(this.root, { recursive: true, force: true });
  }

  /** What stands under the database's name; undefined if there is none. */
  bytes(): Uint8Array | undefined {
    const fs = system();
    return fs.existsSync(this.path) ? fs.readFileSync(this.path) : undefined;
  }

  /** What a reader sees there. */
  sight(now: number): Sight | undefined {
    const bytes = this.bytes();
    return bytes === undefined ? undefined : lookAt(bytes, now);
  }

  /** Brings the folder into a state: the very files that were recorded, with other bytes and names. */
  put({ files, names }: Disk): void {
    const fs = system();
    for (const name of fs.readdirSync(this.folder)) fs.unlinkSync(join(this.folder, name));
    for (const [name, file] of names) {
      const kept = this.recorder.kept(file);
      fs.writeFileSync(kept, files.get(file) ?? new Uint8Array(0), { flag: 'r+' });
      fs.truncateSync(kept, files.get(file)?.length ?? 0);
      fs.utimesSync(kept, LONG_AGO, LONG_AGO);
      fs.linkSync(kept, join(this.folder, name));
    }
  }

  /** Files that nothing should have left behind, for messages. */
  strangers(): string[] {
    const names = system().readdirSync(this.folder);
    return names.filter((name) => !/^[ab]\.wsp$/.test(name)).map((name) => `${name} is left behind`);
  }

  /** What the folder holds now. */
  disk(): Disk {
    const fs = system();
    let disk = EMPTY_DISK;
    for (const name of fs.readdirSync(this.folder)) {
      const file = this.recorder.fileOf(name);
      disk = {
        files: new Map(disk.files).set(file, fs.readFileSync(join(this.folder, name))),
        names: new Map(disk.names).set(name, file),
      };
    }
    return disk;
  }

  /**
   * Makes a database and calls it as a history says.
   *
   * @throws Error if a call that returned has not done what it should
   */
  run({ layout, calls }: CrashHistory, handle: CrashHandle): Recording {
    let now = calls[0]?.now ?? 0;
    const clock = () => now;
    const base: BaseModel = new Map();
    const recorded: RecordedCall[] = [];
    let database: Database | undefined;
    const note = (name: string, work: () => void) => {
      const before = this.sight(now);
      this.recorder.record(work);
      const after = this.sight(now)!;
      recorded.push({ name, now, end: this.recorder.count, before, after });
      const missing = missingOf(base, after, now);
      if (missing.length > 0) throw new Error(`after ${name}: ${missing.slice(0, 5).join('\n')}`);
    };
    try {
      note('create', () => {
        database = create(this.path, { ...layout, ...handle, clock });
      });
      for (const call of calls) {
        now = call.now;
        call.tell(base);
        note(call.name, () => {
          if (call.reopens) {
            database!.close();
            database = open(this.path, { ...handle, clock });
          }
          call.act(database!);
        });
      }
      note('close', () => database!.close());
    } finally {
      database?.close();
    }
    return { start: EMPTY_DISK, changes: this.recorder.take(), calls: recorded };
  }
}
