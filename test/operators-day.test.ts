/**
 * An operator's day from the shell: a thousand files, and every tool in turn. Beside them a model is kept of what each file
 * must hold; nothing may be lost or shifted on the way.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { open } from '../src/index.js';
import { expectFile, historyOf, type Model, modelOf, resized, type Steps } from './support/operator-model.js';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const BIN = fileURLToPath(new URL('../dist/cli/bin.js', import.meta.url));
/** One folder for the whole day: each part goes on with what the one before has left. */
const folder = mkdtempSync(join(tmpdir(), 'sotto-day-'));
const inFolder = (name = '') => join(folder, name);

const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;
/** The end of an hour: 2023-11-14 22:00. */
const NOW = 1_699_999_200;
const METRICS = 1000;

const OLD_STEPS: Steps = [
  [MINUTE, 2 * HOUR],
  [5 * MINUTE, DAY],
];

/** What came of a command line. */
interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line in the shell, where `sotto` is the built command. */
function shell(line: string): Ran {
  const env = {
    ...process.env,
    PATH: `${inFolder('bin')}${delimiter}${process.env['PATH']}`,
    TZ: 'UTC',
    NO_COLOR: '1',
  };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: inFolder(),
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** The same where all must go well; returns what was printed. */
function run(line: string): string {
  const { status, stdout, stderr } = shell(line);
  expect([line, status, status === 0 ? '' : stderr]).toEqual([line, 0, '']);
  return stdout;
}

/** What each file must hold, by its path. */
const models = new Map<string, Model>();

function expectAll(paths: Iterable<string> = models.keys()): void {
  for (const path of paths) expectFile(inFolder(path), models.get(path)!);
}

/** Points of some whole hours up to `end`, a minute apart; an hour is left out now and then. */
function pointsOf(serial: number, end: number, hours: number): Map<number, number> {
  const points = new Map<number, number>();
  for (let hour = hours; hour > 0; hour--) {
    if ((serial + hour) % 7 === 0) continue;
    for (let minute = 0; minute < 60; minute++) {
      const time = end - hour * HOUR + minute * MINUTE;
      points.set(time, (serial * 31 + time / MINUTE) % 1000);
    }
  }
  return points;
}

interface Metric {
  readonly name: string;
  readonly path: string;
  readonly points: ReadonlyMap<number, number>;
}

/** Servers whose files are compressed and those whose are not; some have not reported for days. */
const metrics: readonly Metric[] = Array.from({ length: METRICS }, (_, i) => {
  const name = `${['web', 'db', 'misc'][i % 3]}.${i % 2 === 0 ? 'std' : 'cwh'}${i}.requests`;
  const end = i % 5 === 0 ? NOW - (1 + (i % 4)) * DAY : NOW;
  return { name, path: `whisper/${name.replaceAll('.', '/')}.wsp`, points: pointsOf(i, end, 3 + (i % 2)) };
});

beforeAll(() => {
  mkdirSync(inFolder('bin'));
  writeFileSync(inFolder('bin/sotto'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`, {
    mode: 0o755,
  });
  const lines = metrics.flatMap(({ name, points }) =>
    [...points].map(([time, value]) => `${name} ${value} ${time}\n`),
  );
  writeFileSync(inFolder('lines.txt'), lines.join(''));
  writeFileSync(
    inFolder('old-schemas.conf'),
    '[compressed]\npattern = \\.cwh\\d+\\.\nretentions = 1m:2h,5m:1d\ncompressed = true\n\n' +
      '[all]\npattern = .*\nretentions = 1m:2h,5m:1d\n',
  );
  writeFileSync(
    inFolder('old-aggregation.conf'),
    '[all]\npattern = .*\nxFilesFactor = 0.5\naggregationMethod = sum\n',
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("an operator's day", () => {
  it('begins with an rrd dump', () => {
    writeFileSync(inFolder('load.xml'), rrdDump());
    run('sotto import rrd load.xml load.wsp');
    models.set('load.wsp', {
      method: 'max',
      xFilesFactor: 0.5,
      newest: NOW,
      archives: [
        { step: 300, retention: 300 * 20, values: new Map(rrdRows(300, 20)) },
        { step: 3600, retention: 3600 * 10, values: new Map(rrdRows(3600, 10)) },
      ],
    });
    expectAll();
  });

  it('and a table of two servers', () => {
    const [a, b] = [pointsOf(5, NOW, 5), pointsOf(6, NOW, 5)];
    const times = [...new Set([...a.keys(), ...b.keys()])].sort((x, y) => x - y);
    const rows = times.map(
      (time) => `${new Date(time * 1000).toISOString()},${a.get(time) ?? ''},${b.get(time) ?? ''}`,
    );
    writeFileSync(inFolder('table.csv'), `\ufefftime,alpha,"be,ta"\r\n${rows.join('\r\n')}\r\n`);
    run('sotto import csv table.csv --into table --retentions 1m:2h,5m:1d --agg max --xff 0.5');
    models.set('table/alpha.wsp', modelOf(a, OLD_STEPS, 'max', 0.5));
    models.set('table/be,ta.wsp', modelOf(b, OLD_STEPS, 'max', 0.5));
    expectAll();
  });

  it('and a thousand metrics from a carbon, of both formats, some of them days old', () => {
    run(
      'sotto import graphite lines.txt --into whisper --schemas old-schemas.conf --aggregation old-aggregation.conf --quiet',
    );
    for (const { path, points } of metrics) models.set(path, modelOf(points, OLD_STEPS, 'sum', 0.5));
    expectAll();
    const formats = new Set(metrics.map(({ path }) => open(inFolder(path), { readOnly: true }).format));
    expect([...formats].sort()).toEqual(['compressed', 'standard']);
    expect(run('sotto list whisper --names').trim().split('\n')).toHaveLength(METRICS);
  });

  it('goes on with a file that gets other archives', () => {
    const path = 'table/alpha.wsp';
    run(`sotto resize ${path} 1m:3h 15m:2d --backup`);
    models.set(
      path,
      resized(models.get(path)!, [
        [MINUTE, 3 * HOUR],
        [15 * MINUTE, 2 * DAY],
      ]),
    );
    expectAll([path]);
  });

  it('with gaps that a replica fills, in both formats', () => {
    cpSync(inFolder('whisper/web'), inFolder('replica/web'), { recursive: true });
    const damaged = metrics.filter(({ name }) => name.startsWith('web.')).slice(0, 10);
    for (const [i, { path, points }] of damaged.entries()) {
      const newest = Math.max(...points.keys());
      const [from, until] =
        i < 5 ? [newest - 40 * MINUTE, newest] : [newest - 100 * MINUTE, newest - 35 * MINUTE];
      run(`sotto erase ${path} --now ${newest} --from ${from} --until ${until}`);
      expect(() => expectFile(inFolder(path), models.get(path)!)).toThrow();
      run(`sotto fill replica/${path.slice('whisper/'.length)} ${path} --now ${newest}`);
    }
    expectAll(damaged.map(({ path }) => path));
  });

  it('with a changed schema for the whole tree', () => {
    writeFileSync(
      inFolder('schemas.conf'),
      '# changed today\n[web]\npattern = ^web\\.\nretentions = 1m:4h,10m:7d\n\n' +
        '[db; coarse]\npattern = ^db\\.\nretentions = 300:2d\n\n[std only]\npattern = ^misc\\.std\nretentions = 1m:3h,5m:2d\n',
    );
    writeFileSync(
      inFolder('aggregation.conf'),
      '[db]\npattern = ^db\\.\nxFilesFactor = 0.25\naggregationMethod = max\n\n' +
        '[all]\npattern = .*\nxFilesFactor = 0.5\naggregationMethod = sum\n',
    );
    const command =
      'sotto apply-schema --schemas schemas.conf --aggregation aggregation.conf --jobs 2 whisper';
    const planned = run(`${command} --dry-run`);
    expectAll();
    const changed = metrics.filter(({ name }) => !name.startsWith('misc.cwh'));
    expect(planned.trim().split('\n')).toHaveLength(changed.length);
    expect(sorted(run(command))).toEqual(sorted(planned));
    for (const { name, path } of changed) {
      const before = models.get(path)!;
      if (name.startsWith('web.'))
        models.set(
          path,
          resized(before, [
            [MINUTE, 4 * HOUR],
            [10 * MINUTE, 7 * DAY],
          ]),
        );
      else if (name.startsWith('db.'))
        models.set(path, resized(before, [[5 * MINUTE, 2 * DAY]], { method: 'max', xFilesFactor: 0.25 }));
      else
        models.set(
          path,
          resized(before, [
            [MINUTE, 3 * HOUR],
            [5 * MINUTE, 2 * DAY],
          ]),
        );
    }
    expectAll();
    expect(run(command)).toBe('');
  });

  it('with three differently damaged files, that are found and repaired', () => {
    const ofKind = (kind: string) =>
      metrics.filter(({ name }) => name.startsWith(kind)).map(({ path }) => path);
    const [cut, strayed] = ofKind('web.std') as [string, string];
    const [torn] = ofKind('web.cwh') as [string];
    // Its coarsest ring ends with slots that were never written.
    truncateSync(inFolder(cut), readFileSync(inFolder(cut)).length - 100);
    change(strayed, (bytes, view) => {
      // A point in the slot of another time, as writers with a wrong header leave it.
      const slot = 16 + 24 + 12 * 230;
      view.setUint32(slot, NOW - 7 * MINUTE + 30);
      bytes.fill(0x40, slot + 4, slot + 12);
    });
    change(torn, (bytes) => bytes.fill(0xff, 43, 47));
    const found = shell('sotto verify --deep --quiet whisper');
    expect(found.status).not.toBe(0);
    const named = new Set(`${found.stdout}${found.stderr}`.match(/whisper\/\S+?\.wsp/g));
    expect([...named].sort()).toEqual([cut, strayed, torn].sort());
    run(`sotto repair --backup ${cut} ${strayed} ${torn}`);
    expect(run('sotto verify --deep --quiet whisper')).toBe('');
    expectAll();
  });

  it('with the conversion of the tree, and back', () => {
    for (const format of ['compressed', 'standard']) {
      // What has not reported for days is converted as of its newest point, and keeps what it has.
      run(`sotto convert --to ${format} --recursive --jobs 2 --now newest --quiet whisper`);
      expectAll();
      const formats = metrics.map(({ path }) => open(inFolder(path), { readOnly: true }).format);
      expect(new Set(formats)).toEqual(new Set([format]));
    }
  });

  it('and ends with a metric that is exported, comes back, and is drawn', () => {
    const path = metrics.find(({ name }) => name.startsWith('web.std'))!.path;
    const model = models.get(path)!;
    const rows = run(`sotto export ${path} --to csv`).trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').map(Number))).toEqual(historyOf(model));
    copyFileSync(inFolder(path), inFolder('copy.wsp'));
    run(
      `sotto dump copy.wsp --slots --format json > dump.json && sotto restore dump.json again.wsp && cmp copy.wsp again.wsp`,
    );
    run(
      `sotto plot ${path} --now newest --svg chart.svg && sotto plot ${path} --now newest --html chart.html`,
    );
    expect(readFileSync(inFolder('chart.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<path[\s\S]*<\/svg>\s*$/);
    expect(readFileSync(inFolder('chart.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/i);
    expect(run(`sotto plot ${path} --now newest --spark`)).toMatch(/[▁-█]/);
    expect(run(`sotto diff ${path} copy.wsp --now ${model.newest}`)).not.toMatch(/differ.*[1-9]/);
  });
});

function sorted(text: string): string[] {
  return text.trim().split('\n').sort();
}

function change(path: string, work: (bytes: Buffer, view: DataView) => void): void {
  const bytes = readFileSync(inFolder(path));
  work(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  writeFileSync(inFolder(path), bytes);
}

/** Rows of an archive of the dump: some values, one of them missing. */
function* rrdRows(step: number, rows: number): Generator<readonly [number, number]> {
  for (let row = 0; row < rows; row++) {
    if (row !== 3) yield [NOW - (rows - 1 - row) * step, row * 1.5 + step];
  }
}

/** What rrdtool prints of a file with one data source and two archives. */
function rrdDump(): string {
  const archive = (pdpPerRow: number, rows: number) => {
    const values = new Map(rrdRows(300 * pdpPerRow, rows));
    const lines = Array.from({ length: rows }, (_, row) => {
      const time = NOW - (rows - 1 - row) * 300 * pdpPerRow;
      const value =
        values
          .get(time)
          ?.toExponential(10)
          .replace(/e([+-])(\d)$/, 'e$10$2') ?? 'NaN';
      return `\t\t\t<!-- ${new Date(time * 1000).toISOString()} / ${time} --> <row><v>${value}</v></row>\n`;
    });
    return (
      `\t<rra>\n\t\t<cf>MAX</cf>\n\t\t<pdp_per_row>${pdpPerRow}</pdp_per_row> <!-- ${300 * pdpPerRow} seconds -->\n\n` +
      '\t\t<params>\n\t\t<xff>5.0000000000e-01</xff>\n\t\t</params>\n\t\t<cdp_prep>\n\t\t\t<ds>\n' +
      '\t\t\t<primary_value>0.0000000000e+00</primary_value>\n\t\t\t<secondary_value>0.0000000000e+00</secondary_value>\n' +
      '\t\t\t<value>NaN</value>\n\t\t\t<unknown_datapoints>0</unknown_datapoints>\n\t\t\t</ds>\n\t\t</cdp_prep>\n' +
      `\t\t<database>\n${lines.join('')}\t\t</database>\n\t</rra>\n`
    );
  };
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE rrd SYSTEM "https://oss.oetiker.ch/rrdtool/rrdtool.dtd">\n' +
    '<!-- Round Robin Database Dump -->\n<rrd>\n\t<version>0003</version>\n\t<step>300</step> <!-- Seconds -->\n' +
    `\t<lastupdate>${NOW + 17}</lastupdate> <!-- of it -->\n\n\t<ds>\n\t\t<name> load </name>\n\t\t<type> GAUGE </type>\n` +
    '\t\t<minimal_heartbeat>600</minimal_heartbeat>\n\t\t<min>NaN</min>\n\t\t<max>NaN</max>\n\n\t\t<!-- PDP Status -->\n' +
    '\t\t<last_ds>1</last_ds>\n\t\t<value>0.0000000000e+00</value>\n\t\t<unknown_sec> 0 </unknown_sec>\n\t</ds>\n\n' +
    `\t<!-- Round Robin Archives -->\n${archive(1, 20)}${archive(12, 10)}</rrd>\n`
  );
}
