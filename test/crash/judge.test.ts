/** That the judge of crashes notices what it is there for: engines that write in a wrong order, or do not sync. */
import { describe, expect, it, vi } from 'vitest';
import { convert } from '../../src/index.js';
import { type Change, killedStates, powerCutStates } from '../support/crash-disk.js';
import { crashHistory } from '../support/crash-histories.js';
import { SeededRandom } from '../support/crash-random.js';
import { type CrashHandle, CrashScene, type Recording } from '../support/crash-scene.js';
import { made, NOW } from '../support/crash-tools.js';
import { type CrashKind, judge } from '../support/crash-verdict.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const { share } = new SeededRandom(1);
const powerCuts: CrashKind = (start, changes) =>
  powerCutStates(start, changes, { exhaustive: 4, samples: 4, random: share });

/** What an engine does that ought not to pass: it asks the system for something else than it should. */
interface Bad {
  readonly name: string;
  readonly format: 'standard' | 'compressed';
  readonly handle: CrashHandle;
  readonly kind: CrashKind;
  readonly each: 'point' | 'call';
  /** What it asks for in one call. */
  readonly spoil: (changes: readonly Change[]) => Change[];
}

const isJournal = (change: Change) => 'name' in change && change.name.endsWith('.journal');
const withoutSyncs = (changes: readonly Change[]) =>
  changes.filter(({ change }) => change !== 'sync' && change !== 'sync names');

const bad: readonly Bad[] = [
  {
    name: 'metadata before the blocks they tell of',
    format: 'compressed',
    handle: { durable: 'none' },
    kind: killedStates,
    each: 'point',
    spoil: (changes) => changes.toReversed(),
  },
  {
    name: 'a rewritten block without its metadata',
    format: 'compressed',
    handle: { durable: 'none' },
    kind: killedStates,
    each: 'point',
    spoil: (changes) => changes.filter(({ change }, i) => change !== 'write' || i < changes.length - 1),
  },
  {
    name: 'no sync at all',
    format: 'compressed',
    handle: { durable: 'sync' },
    kind: powerCuts,
    each: 'point',
    spoil: withoutSyncs,
  },
  {
    name: 'a journal that is not synced',
    format: 'standard',
    handle: { durable: 'journal' },
    kind: powerCuts,
    each: 'call',
    spoil: withoutSyncs,
  },
  {
    name: 'a journal that is not written',
    format: 'standard',
    handle: { durable: 'journal' },
    kind: killedStates,
    each: 'call',
    spoil: (changes) => {
      const journals = new Set(changes.flatMap((one) => (isJournal(one) && 'file' in one ? [one.file] : [])));
      return changes.filter((one) => !isJournal(one) && !('file' in one && journals.has(one.file)));
    },
  },
];

describe('a history is judged as broken', () => {
  it.each(bad)('by $name', ({ format, handle, kind, each, spoil }) => {
    using scene = new CrashScene();
    const recording = scene.run(crashHistory(format, 0, 5), handle);
    expect(judge(scene, recording, kind, { each })).toBeGreaterThan(10);
    expect(() => judge(scene, spoilt(recording, spoil), kind, { each })).toThrow(/in call \d+ of/);
  });
});

it('a file that is not synced before it is renamed is judged as broken', () => {
  using scene = new CrashScene();
  made(scene.path, 'standard', 1);
  const start = scene.disk();
  const before = scene.sight(NOW);
  scene.recorder.record(() =>
    convert(scene.path, scene.path, { to: 'compressed', overwrite: true, now: NOW }),
  );
  const changes = scene.recorder.take();
  const call = { name: 'conversion', now: NOW, end: changes.length + 1, before, after: scene.sight(NOW)! };
  expect(() => judge(scene, { start, changes, calls: [call] }, powerCuts, { each: 'call' })).toThrow(
    'rename',
  );
});

/** A recording whose calls, after the making of the file, ask for something else. */
function spoilt({ start, changes, calls }: Recording, spoil: Bad['spoil']): Recording {
  let begin = 0;
  const others: Change[] = [];
  const shifted = calls.map((call, i) => {
    const own = changes.slice(begin, call.end);
    begin = call.end;
    others.push(...(i === 0 ? own : spoil(own)));
    return { ...call, end: others.length };
  });
  return { start, changes: others, calls: shifted };
}
