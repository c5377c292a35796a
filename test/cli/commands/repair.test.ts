import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, type Repair } from '../../../src/index.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

/** In `t` a sound file, one that was cut off, and one of noise. */
beforeEach(() => {
  mkdirSync('t/deep', { recursive: true });
  create('t/sound.wsp', { retentions: '1m:1h', format: 'compressed' }).close();
  using cut = create('t/deep/cut.wsp', { retentions: '1m:184' });
  cut.update(5, NOW, { now: NOW });
  truncateSync('t/deep/cut.wsp', 1000);
  writeFileSync('t/noise.wsp', Buffer.alloc(300, 0xa5));
});

function lines(path: string, texts: readonly string[]): string {
  return texts.map((text) => `${path}: ${text}\n`).join('');
}

describe('repair', () => {
  it('puts a sound file in the place of a damaged one and keeps the old one', async () => {
    expect(await print(['repair', 't/deep/cut.wsp', '--backup'])).toBe(
      lines('t/deep/cut.wsp', [
        'repaired, the old file is t/deep/cut.wsp.bak',
        'done: it was lengthened by 1236 bytes, all of them empty slots',
        'lost: what stood behind byte 1000, where the file was cut off',
        'archive 0: 1 point kept, 0 moved, 0 dropped',
      ]),
    );
    expect(readFileSync('t/deep/cut.wsp.bak').length).toBe(1000);
    expect(await print(['verify', '--deep', 't/deep/cut.wsp'])).toBe('t/deep/cut.wsp: ok\n');
    expect(await print(['repair', 't/deep/cut.wsp', '--backup'])).toBe('t/deep/cut.wsp: nothing to repair\n');
  });

  it('writes to another file', async () => {
    const before = filesHere();
    expect(await print(['repair', 't/deep/cut.wsp', '--output', 'new.wsp'])).toMatch(
      /^t\/deep\/cut\.wsp: repaired as new\.wsp\n/,
    );
    expect(await print(['verify', 'new.wsp'])).toBe('new.wsp: ok\n');
    const { 'new.wsp': _, ...others } = filesHere();
    expect(others).toEqual(before);
  });

  it('tells without touching anything', async () => {
    const before = filesHere();
    expect(await print(['repair', 't/deep/cut.wsp', '--dry-run'])).toMatch(
      /^t\/deep\/cut\.wsp: can be repaired\n/,
    );
    expect(filesHere()).toEqual(before);
  });

  it('ends with 1 for a file that cannot be repaired, and goes on with the others', async () => {
    const run = await sotto(['repair', '--backup', '--recursive', '--quiet', 't']);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    expect(run.stdout).toMatch(
      /^t\/deep\/cut\.wsp: repaired.*\nt\/noise\.wsp: cannot be repaired\nt\/noise\.wsp: why: its header does not tell its archives; the option retentions can\n$/s,
    );
    expect(readdirSync('t').sort()).toEqual(['deep', 'noise.wsp', 'sound.wsp']);
  });

  it('makes an empty file anew as it is told', async () => {
    writeFileSync('empty.wsp', '');
    await print([
      'repair',
      'empty.wsp',
      '--backup',
      '--retentions',
      '10s:1h,1m:1d',
      '--agg',
      'max',
      '--xff',
      '0.25',
    ]);
    expect(await print(['info', 'empty.wsp', 'aggregationMethod'])).toBe('max\n');
    expect(await print(['info', 'empty.wsp', 'xFilesFactor'])).toBe('0.25\n');
    expect(await print(['verify', 'empty.wsp'])).toBe('empty.wsp: ok\n');
  });

  it('prints the report as JSON', async () => {
    const told = await printJson<Repair[]>([
      'repair',
      't/deep/cut.wsp',
      't/sound.wsp',
      '--dry-run',
      '--json',
    ]);
    expect(told.map(({ path, outcome, format }) => ({ path, outcome, format }))).toEqual([
      { path: 't/deep/cut.wsp', outcome: 'repairable', format: 'standard' },
      { path: 't/sound.wsp', outcome: 'sound', format: 'compressed' },
    ]);
    expect(told[0]!.archives).toEqual([
      { index: 0, step: 60, points: 184, kept: 1, moved: 0, dropped: 0, rebuiltBlocks: 0 },
    ]);
    expect(told[0]!.findings.map(({ code }) => code)).toEqual(['cut-off']);
  });

  it.each([
    { args: ['t/deep/cut.wsp'], message: /was not told where/ },
    { args: ['t/deep/cut.wsp', '--output', 'a.wsp', '--backup'], message: /output and backup/ },
    { args: ['t/deep/cut.wsp', 't/sound.wsp', '--output', 'a.wsp'], message: /several files/ },
    { args: ['t', '--output', 'a.wsp', '--recursive'], message: /several files/ },
    { args: ['t', '--backup'], message: /is a folder/ },
    { args: ['t/sound.wsp', '--backup', '--retentions', '1x:5'], message: /1x:5/ },
  ])('refuses $args, and changes nothing', async ({ args, message }) => {
    const before = filesHere();
    const run = await sotto(['repair', ...args]);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(filesHere()).toEqual(before);
  });

  it('reports a file that is not there and goes on', async () => {
    const run = await sotto(['repair', 'nope.wsp', 't/sound.wsp', '--backup']);
    expect(run).toMatchObject({ exitCode: 4, stdout: 't/sound.wsp: nothing to repair\n' });
    expect(run.stderr).toMatch(/^sotto: nope\.wsp: /);
  });
});
