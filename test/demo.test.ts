import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { open } from '../src/index.js';
import { temporaryFolder } from './support/temporary-folder.js';

const inFolder = temporaryFolder();

it('the demo shows real data in three resolutions and leaves the file', () => {
  const demo = fileURLToPath(new URL('../doc/demo.js', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [demo], { cwd: inFolder(), encoding: 'utf8' });
  expect(status).toBe(0);
  expect(readdirSync(inFolder())).toEqual(['demo.wsp']);
  using database = open(inFolder('demo.wsp'), { readOnly: true });
  expect(database.info.archives.map(({ step }) => step / 86_400)).toEqual([1, 7, 28]);
  const known = database.info.archives.map(
    (_, i) => database.slots(i).timestamps.filter((time) => time > 0).length,
  );
  expect(known).toEqual([1461, 209, 52]);
  for (const title of ['days', 'weeks', 'four weeks'])
    expect(stdout).toMatch(new RegExp(`^${title}\n.*┤`, 'm'));
  expect(stdout).toContain('2014-08-11: 35.6 °C');
});
