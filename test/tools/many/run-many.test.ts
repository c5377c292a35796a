import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { runMany } from '../../../src/tools/many/run-many.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const inFolder = temporaryFolder();

function make(count: number): { source: string; target: string }[] {
  return Array.from({ length: count }, (_, i) => {
    const source = inFolder(`${i}.wsp`);
    create(source, { retentions: '1s:1m', overwrite: true }).close();
    return { source, target: source };
  });
}

const shareOf = (path: string) => open(path, { readOnly: true }).info.xFilesFactor;

describe('work on many files', () => {
  it('is done on each, and told of each with its result', async () => {
    const tasks = make(3);
    const told: string[] = [];
    const onDone = ({ source }: { source: string }, { change }: { change: string }) => {
      told.push(`${source} ${change}`);
    };
    expect(await runMany('resize', tasks, { xFilesFactor: 0.25 }, { onDone })).toEqual({
      done: 3,
      failed: 0,
    });
    expect(told).toEqual(tasks.map(({ source }) => `${source} settings`));
    expect(tasks.map(({ source }) => shareOf(source))).toEqual([0.25, 0.25, 0.25]);
  });

  it('goes on after one that fails', async () => {
    const tasks = make(3);
    writeFileSync(tasks[1]!.source, 'no database');
    const failed: string[] = [];
    const onFailed = ({ source }: { source: string }, { code }: { code: string }) => {
      failed.push(`${source} ${code}`);
    };
    expect(await runMany('resize', tasks, { xFilesFactor: 0.25 }, { onFailed })).toEqual({
      done: 2,
      failed: 1,
    });
    expect(failed).toEqual([`${tasks[1]!.source} WSP_CORRUPT`]);
    expect(shareOf(tasks[2]!.source)).toBe(0.25);
  });

  it('ends after the file at hand when it is told to', async () => {
    const tasks = make(3);
    const controller = new AbortController();
    const onDone = () => controller.abort();
    const { signal } = controller;
    await expect(runMany('resize', tasks, { xFilesFactor: 0.25 }, { onDone, signal })).rejects.toThrow(
      /abort/i,
    );
    expect(tasks.map(({ source }) => shareOf(source))).toEqual([0.25, 0.5, 0.5]);
    await expect(runMany('resize', tasks, { xFilesFactor: 0 }, { signal })).rejects.toThrow(/abort/i);
    expect(shareOf(tasks[0]!.source)).toBe(0.25);
  });

  it('hears of a signal that comes from elsewhere while it works', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const [task] = make(1);
    function* endless() {
      for (;;) yield task!;
    }
    await expect(
      runMany('resize', endless(), { xFilesFactor: 0.25 }, { signal: controller.signal }),
    ).rejects.toThrow(/abort/i);
  });

  it('takes paths for files that are changed where they are, and no lone path', async () => {
    const [task] = make(1);
    expect(await runMany('resize', [task!.source], { xFilesFactor: 0.25 })).toEqual({ done: 1, failed: 0 });
    expect(shareOf(task!.source)).toBe(0.25);
    await expect(runMany('resize', task!.source, {})).rejects.toMatchObject({ code: 'WSP_BAD_OPTION' });
  });

  it.each([
    ['resize', { jobz: 2 } as object, /jobz.*jobs/],
    ['rezise', {}, /there is no work 'rezise'/],
    ['resize', { jobs: 0 }, /jobs/],
    ['resize', { jobs: 1.5 }, /jobs/],
  ])('%s with %j is refused', async (name, how, words) => {
    await expect(runMany(name as 'resize', [], {}, how)).rejects.toMatchObject({
      code: 'WSP_BAD_OPTION',
      message: expect.stringMatching(words),
    });
  });
});
