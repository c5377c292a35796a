/** Reads what the writer stores, without a lock, until that is done; ends with what it read, or with the first thing wrong. */
import { type Database, type DatabaseInfo, open, WhisperError } from '../../../src/index.js';
import { Checks, type Span, Wrong } from './checks.js';
import { Progress, type Told } from './progress.js';
import { pathOf, report, sceneOfArguments } from './scene.js';
import { RETENTION, randomOf, Story } from './story.js';

const scene = sceneOfArguments();
const progress = new Progress(scene.folder, 'r');
const random = randomOf(1000 + scene.number);
const checks = new Checks();
/** As every file has it, whoever writes to it meanwhile. */
let usualInfo: DatabaseInfo | undefined;

/** What can be asked of a file, and how often; each gives its answer to a check of its own. */
type WeightedRead = readonly [weight: number, name: string, read: Read];
type Read = (database: Database, now: number) => (span: Span) => void;

const FETCH: WeightedRead = [50, 'fetch', fetchBase];
/** All of the base. */
const POINTS: WeightedRead = [10, 'points', readPoints];
const INFO: WeightedRead = [10, 'info', readInfo];
const READS: readonly WeightedRead[] = [
  FETCH,
  [20, 'fetch of the coarser archive', fetchCoarse],
  POINTS,
  [5, 'slots', readSlots],
  INFO,
  [5, 'blocks', readBlocks],
];

function fetchBase(database: Database, now: number) {
  const from = now - Math.ceil(random() * RETENTION) + 1;
  const series = database.fetch(from, from + Math.ceil(random() * RETENTION), { now, archive: 0 });
  return (span: Span) => checks.base(series, span);
}

function fetchCoarse(database: Database, now: number) {
  const series = database.fetch(now - Math.ceil(random() * 2 * RETENTION), now, { now, archive: 1 });
  return (span: Span) => checks.coarse(series, span);
}

function readPoints(database: Database, now: number) {
  const points = database.points(0, { now });
  return (span: Span) => checks.points(points, span);
}

function readSlots(database: Database) {
  const slots = database.slots(0);
  return (span: Span) => checks.slots(slots, span);
}

function readInfo(database: Database) {
  const { info } = database;
  usualInfo ??= info;
  const expected = usualInfo;
  return () => checks.info(info, expected);
}

function readBlocks(database: Database) {
  const blocks = database.format === 'compressed' ? database.blocks(0) : [];
  return (span: Span) => checks.blocks(blocks, span);
}

/** A file as this reader has it open. */
class Reading {
  readonly file: number;
  readonly story: Story;
  #database: Database;

  constructor(file: number) {
    this.file = file;
    this.story = new Story(file);
    this.#database = this.#open();
  }

  #open(): Database {
    // Half of the readers might write as well, and so may settle a journal.
    return open(pathOf(scene, this.file), { readOnly: scene.number % 2 === 0 });
  }

  /** The handle: the one there is, unless the file has grown, and so was replaced; or now and then another one. */
  get database(): Database {
    if (random() < 0.02 || this.#database.isReplaced()) {
      this.#database.close();
      this.#database = this.#open();
    }
    return this.#database;
  }

  close(): void {
    this.#database.close();
  }
}

let reading: Reading | undefined;
report({ isReady: true });
for (;;) {
  const before = progress.read();
  if (before.count > 0) readOnce(before);
  // So the file is read once more as it was left, also by a reader that came late.
  if (before.isDone) break;
}
report(checks.sum);

function readOnce(before: Told): void {
  const [, name, read] = before.isDone ? POINTS : draw();
  try {
    if (reading?.file !== before.file) {
      reading?.close();
      reading = new Reading(before.file);
    }
    const { story, database } = reading;
    const check = read(database, story.batch(before.count - 1).now);
    check({ story, before: before.count, begun: begunSince(before) });
    checks.sum.reads++;
  } catch (error) {
    if (!(error instanceof WhisperError || error instanceof Wrong)) throw error;
    report({ wrong: `${name}: ${error.message}`, before, after: progress.read() });
    process.exit(1);
  }
}

/** The last batch that may have been begun by now. */
function begunSince({ file }: Told): number {
  const after = progress.read();
  const last = scene.batches - 1;
  return after.file === file ? Math.min(after.count, last) : last;
}

/** One of the readers asks for little but the metadata, so often that it comes between the parts that they are written in. */
function draw(): WeightedRead {
  if (scene.number === 3 && random() < 0.95) return INFO;
  let left = random() * READS.reduce((sum, [weight]) => sum + weight, 0);
  for (const read of READS) {
    left -= read[0];
    if (left < 0) return read;
  }
  return FETCH;
}
