import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../../src/index.js';
import { filesHere, NOW, print, printJson, sotto, useFreshFolder } from '../../support/cli.js';

useFreshFolder();

const hasFlock = spawnSync('flock', ['--version']).status === 0;

const CUT = 'damage: byte 100: the file ends here, 4116 bytes before its header says [cut-off]';

/** In `t` two sound files, one that was cut off and one that is empty; beside it one of the very old format. */
beforeEach(() => {
  mkdirSync('t/cpu', { recursive: true });
  using sound = create('t/cpu/load.wsp', { retentions: '1m:1h,5m:1d' });
  sound.update(5, NOW, { now: NOW });
  create('t/packed.wsp', { retentions: '1m:1h', format: 'compressed' }).close();
  writeFileSync('t/cut.wsp', readFileSync('t/cpu/load.wsp').subarray(0, 100));
  writeFileSync('t/empty.wsp', '');
  const old = Buffer.from(sound.toBytes());
  old.writeUInt32BE(NOW, 0);
  writeFileSync('old.wsp', old);
});

describe('verify', () => {
  it('says of a sound file that it is, and ends with 0', async () => {
    expect(await print(['verify', 't/packed.wsp', 't/cpu/load.wsp'])).toBe(
      't/packed.wsp: ok\nt/cpu/load.wsp: ok\n',
    );
    expect(await print(['verify', '--quiet', '--deep', 't/packed.wsp'])).toBe('');
  });

  it('prints a line for each finding, with its place, and ends with 1 at damage', async () => {
    expect(await sotto(['verify', 't/cut.wsp'])).toEqual({
      exitCode: 1,
      stdout: `t/cut.wsp: ${CUT}\n`,
      stderr: '',
    });
  });

  it('ends with 0 at oddities alone', async () => {
    writeFileSync('old.wsp', 'more', { flag: 'a' });
    expect(await print(['verify', 'old.wsp', '--quiet'])).toBe(
      'old.wsp: oddity: byte 0: a time stands in place of the method, which is average [very-old-format]\n' +
        'old.wsp: oddity: byte 4216: 4 bytes stand after the last archive [bytes-after-end]\n',
    );
  });

  it('looks at every .wsp file of a folder', async () => {
    writeFileSync('t/notes.txt', 'not one of them');
    const before = filesHere();
    const found = [`t/cut.wsp: ${CUT}`, 't/empty.wsp: damage: the file is empty [empty-file]'];
    expect(await sotto(['verify', 't'])).toEqual({
      exitCode: 1,
      stdout: ['t/cpu/load.wsp: ok', ...found, 't/packed.wsp: ok', ''].join('\n'),
      stderr: '',
    });
    expect((await sotto(['verify', '--quiet', 't'])).stdout).toBe([...found, ''].join('\n'));
    expect(filesHere()).toEqual(before);
  });

  it('reads slots and blocks only with --deep', async () => {
    const bytes = readFileSync('t/cpu/load.wsp');
    bytes.writeUInt32BE(NOW - (NOW % 60) + 1, 40);
    writeFileSync('a.wsp', bytes);
    expect(await print(['verify', 'a.wsp'])).toBe('a.wsp: ok\n');
    expect(await sotto(['verify', 'a.wsp', '--deep'])).toMatchObject({
      exitCode: 1,
      stdout: `a.wsp: damage: archive 0, slot 0, byte 40: the point of ${NOW - (NOW % 60) + 1} is off the step of 60 s [off-step-points]\n`,
    });
  });

  it('takes the time from --now', async () => {
    expect(await print(['verify', '--deep', '--now', `${NOW - 3600}`, 't/cpu/load.wsp'])).toMatch(
      /^t\/cpu\/load\.wsp: oddity: archive 0, slot 0, byte 40: a point lies after now, the latest 35\d\d s \[future-points\]\n$/,
    );
    expect(await print(['verify', '--deep', '--now', 'yesterday', '--now', 'now', 't/cpu/load.wsp'])).toBe(
      't/cpu/load.wsp: ok\n',
    );
    expect(await sotto(['verify', '--now', 'later', 't'])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('reads method numbers in the dialect asked for', async () => {
    create('a.wsp', { retentions: '1m:1h', aggregation: 'absmin' }).close();
    expect(await print(['verify', 'a.wsp'])).toBe('a.wsp: ok\n');
    const run = await sotto(['verify', 'a.wsp', '--dialect', 'go']);
    expect(run.stdout).toMatch(/^a\.wsp: damage: aggregation method 8 at byte 0; .* \[bad-header\]\n$/);
    expect(run.exitCode).toBe(1);
  });
});

describe('verify --json', () => {
  it('prints a list with each file, whether it is sound, and its findings', async () => {
    const run = await sotto(['verify', '--json', 't/cut.wsp', 't/packed.wsp', 'old.wsp']);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(run.stdout)).toEqual([
      {
        path: 't/cut.wsp',
        ok: false,
        findings: [
          {
            level: 'damage',
            code: 'cut-off',
            message: 'byte 100: the file ends here, 4116 bytes before its header says',
            offset: 100,
          },
        ],
      },
      { path: 't/packed.wsp', ok: true, findings: [] },
      {
        path: 'old.wsp',
        ok: true,
        findings: [expect.objectContaining({ level: 'oddity', code: 'very-old-format', timestamp: NOW })],
      },
    ]);
  });

  it('is laid out as other JSON is', async () => {
    expect(await print(['verify', '--json', 't/packed.wsp'])).toBe(
      '[\n  {\n    "path": "t/packed.wsp",\n    "ok": true,\n    "findings": []\n  }\n]\n',
    );
  });

  it('leaves sound files out if it is to be quiet', async () => {
    expect(await printJson(['verify', '--json', '--quiet', 't/packed.wsp'])).toEqual([]);
    const run = await sotto(['verify', '--json', '--quiet', 't']);
    expect((JSON.parse(run.stdout) as { path: string }[]).map(({ path }) => path)).toEqual([
      't/cut.wsp',
      't/empty.wsp',
    ]);
  });
});

describe('verify of what cannot be read', () => {
  it('reports it, goes on and ends with 4', async () => {
    symlinkSync('gone', 't/broken.wsp');
    const run = await sotto(['verify', '--quiet', 'none.wsp', 't']);
    expect(run.exitCode).toBe(4);
    expect(run.stdout).toBe(`t/cut.wsp: ${CUT}\nt/empty.wsp: damage: the file is empty [empty-file]\n`);
    expect(run.stderr.split('\n')).toEqual([
      expect.stringMatching(/^sotto: none\.wsp: cannot open it: ENOENT/),
      expect.stringMatching(/^sotto: t\/broken\.wsp: cannot open it: ENOENT/),
      '',
    ]);
  });

  it('keeps the JSON whole', async () => {
    const run = await sotto(['verify', '--json', 'none.wsp', 't/packed.wsp']);
    expect(run.exitCode).toBe(4);
    expect(JSON.parse(run.stdout)).toEqual([{ path: 't/packed.wsp', ok: true, findings: [] }]);
  });

  it.runIf(hasFlock)('looks at a file under a lock if asked to, with others that read it', async () => {
    using _reader = open('t/packed.wsp', { lock: true, readOnly: true });
    expect(await print(['verify', '--lock', 't/packed.wsp'])).toBe('t/packed.wsp: ok\n');
  });

  it('says so if folders hold no databases', async () => {
    mkdirSync('none');
    expect(await sotto(['verify', 'none'])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'sotto: none: no .wsp files\n',
    });
    expect(await sotto(['verify', 'none', '--json'])).toMatchObject({ exitCode: 0, stdout: '[]\n' });
  });

  it.each([
    { args: [], message: /missing required argument 'paths'/ },
    { args: ['t', '--repair'], message: /unknown option '--repair'/ },
    { args: ['t', ''], message: /the path is ''/ },
  ])('ends with 2 for $args', async ({ args, message }) => {
    const run = await sotto(['verify', ...args]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(message);
  });
});
