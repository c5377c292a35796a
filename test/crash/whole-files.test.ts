import { describe, expect, it, vi } from 'vitest';
import type { Durability } from '../../src/index.js';
import { killedStates, powerCutStates } from '../support/crash-disk.js';
import { SeededRandom } from '../support/crash-random.js';
import { CrashScene } from '../support/crash-scene.js';
import { NOW, type WholeFileWork, wholeFileWorks } from '../support/crash-tools.js';
import { type CrashKind, judge } from '../support/crash-verdict.js';

vi.mock('node:fs', async (original) => {
  const { layeredFs } = await import('../support/crash-system.js');
  return layeredFs(await original());
});

const { share } = new SeededRandom(1);
const powerCuts: CrashKind = (start, changes) =>
  powerCutStates(start, changes, { exhaustive: 8, samples: 20, random: share });

describe.each(wholeFileWorks)('$name ($format)', (work) => {
  it('is there or not after a kill, and what was there before is whole till then', () => {
    const each = work.isPointByPoint === true ? 'point' : 'call';
    expect(crash(work, 'none', killedStates, each)).toBeGreaterThan(1);
  });

  it('is there or not after a power cut, with durable sync', () => {
    if (work.isPointByPoint === true) return;
    expect(crash(work, 'sync', powerCuts, 'call')).toBeGreaterThan(3);
  });

  it('is there or not after a power cut, with durable journal', () => {
    expect(crash(work, 'journal', powerCuts, 'call')).toBeGreaterThan(3);
  });
});

it('growth, as it is tried here, makes the file anew', () => {
  using scene = new CrashScene();
  const { prepare, act } = wholeFileWorks.find(({ name }) => name === 'growth')!;
  prepare(scene.path, '');
  const size = scene.bytes()!.length;
  act(scene.path, '', 'none');
  expect(scene.bytes()!.length).toBeGreaterThan(size);
});

/** Crashes a piece of work at every place that a kind of crash has; returns how many states that made. */
function crash(
  { name, prepare, act }: WholeFileWork,
  durable: Durability,
  kind: CrashKind,
  each: 'point' | 'call',
): number {
  using scene = new CrashScene();
  const beside = scene.path.replace('a.wsp', 'b.wsp');
  prepare(scene.path, beside);
  const start = scene.disk();
  const before = scene.sight(NOW);
  scene.recorder.record(() => act(scene.path, beside, durable));
  const after = scene.sight(NOW)!;
  const changes = scene.recorder.take();
  const call = { name, now: NOW, end: changes.length + 1, before, after };
  return judge(scene, { start, changes, calls: [call] }, kind, { each });
}
