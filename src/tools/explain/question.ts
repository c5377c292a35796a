import type { TimedPoints } from '../../archive/current-points.js';
import type { Slots } from '../../archive/standard-archive.js';
import type { Block } from '../../database/compressed-engine.js';
import type { Database } from '../../database/database.js';
import type { DatabaseInfo } from '../../database/info.js';
import type { Dialect } from '../../format/aggregation-method.js';

/** What is asked, and the file that is asked, of which each archive is read once. */
export class Question {
  readonly database: Database;
  readonly info: DatabaseInfo;
  readonly timestamp: number;
  readonly now: number;
  readonly dialect: Dialect;
  readonly #slots = new Map<number, Slots>();
  readonly #blocks = new Map<number, Block[]>();
  readonly #points = new Map<number, TimedPoints>();

  constructor(database: Database, timestamp: number, now: number, dialect: Dialect) {
    this.database = database;
    this.info = database.info;
    this.timestamp = timestamp;
    this.now = now;
    this.dialect = dialect;
  }

  slots(archive: number): Slots {
    return remembered(this.#slots, archive, () => this.database.slots(archive));
  }

  blocks(archive: number): Block[] {
    return remembered(this.#blocks, archive, () => this.database.blocks(archive));
  }

  points(archive: number): TimedPoints {
    return remembered(this.#points, archive, () => this.database.points(archive, { now: this.now }));
  }
}

function remembered<T>(of: Map<number, T>, archive: number, read: () => T): T {
  const known = of.get(archive) ?? read();
  of.set(archive, known);
  return known;
}
