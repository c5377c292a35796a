/** Stores a story and tells how far it is, file after file, so that each of them begins empty and has to grow. */
import { create, type Database, open } from '../../../src/index.js';
import { Progress } from './progress.js';
import { pathOf, report, sceneOfArguments } from './scene.js';
import { type Batch, Story, valueAt } from './story.js';

/** Batches that are stored however long it takes: with them a file has grown. */
const LEAST = 60;

const scene = sceneOfArguments();
const progress = new Progress(scene.folder, 'w+');
const sum = { batches: 0, points: 0, inserted: 0, growths: 0, metadataSize: 0 };
let end = 0;

progress.tell({ file: 0, count: 0, isDone: false });
report({ isReady: true });
process.stdin.once('data', () => {
  end = performance.now() + 1000 * scene.seconds;
  for (let file = 0; !isOver(); file++) writeFile(file);
  process.stdin.destroy();
});

/** Whether the time is up: but on a busy machine too there is something to read. */
function isOver(): boolean {
  return sum.batches >= LEAST && performance.now() > end;
}

function writeFile(file: number): void {
  const path = pathOf(scene, file);
  create(path, scene.create).close();
  const database = open(path, scene.handle);
  const story = new Story(file);
  let count = 0;
  while (count < scene.batches && !isOver()) {
    store(database, story.batch(count));
    count++;
    progress.tell({ file, count, isDone: false });
  }
  const { info } = database;
  if (info.format === 'compressed') {
    sum.growths += info.archives.reduce((all, { growths }) => all + growths, 0);
    sum.metadataSize = info.metadataSize;
  }
  database.close();
  if (!isOver()) return;
  progress.tell({ file, count, isDone: true });
  report(sum);
}

function store(database: Database, { now, timestamps }: Batch): void {
  const [first] = timestamps;
  if (timestamps.length === 1) database.update(valueAt(first!), first!, { now });
  else {
    const values = timestamps.map(valueAt);
    sum.inserted += database.updateMany({ timestamps, values }, { now }).inserted;
  }
  sum.batches++;
  sum.points += timestamps.length;
}
