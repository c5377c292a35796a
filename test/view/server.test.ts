import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../src/index.js';
import { startViewServer, type ViewServer } from '../../src/view/server.js';
import type {
  WireBlocks,
  WireChart,
  WireFindings,
  WireFolder,
  WireInfo,
  WireList,
  WireStamps,
} from '../../src/view/wire.js';
import { NOW, useFreshFolder } from '../support/cli.js';

useFreshFolder();

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);

let server: ViewServer;
const more: ViewServer[] = [];

function make(path: string, format: 'standard' | 'compressed' = 'standard', points = 300): void {
  mkdirSync(path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '.', { recursive: true });
  using database = create(path, { retentions: '1m:6h,10m:7d', format, xFilesFactor: 0 });
  for (let i = points - 1; i >= 0; i--) database.updateMany([[NOW - 60 * i, i]], { now: NOW - 60 * i });
}

async function serve(...paths: string[]): Promise<ViewServer> {
  const started = await startViewServer({ paths, port: 0, clock: () => NOW });
  more.push(started);
  return started;
}

beforeEach(async () => {
  make('tree/carbon/agents/a.wsp');
  make('tree/carbon/agents/b.wsp', 'compressed');
  make('tree/web10.wsp', 'standard', 2);
  make('tree/web9.wsp', 'standard', 2);
  make('outside.wsp', 'standard', 2);
  writeFileSync('tree/notes.txt', 'secret');
  make('tree/.hidden/c.wsp', 'standard', 2);
  server = await serve('tree');
});

afterEach(() => {
  for (const one of more.splice(0)) one.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** Asks as written: a fetch would put the path and the host in order. */
function ask(
  path: string,
  { method = 'GET', headers = {}, port = server.port, host = '127.0.0.1' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function record<T>(path: string, port = server.port): Promise<T> {
  const { status, text } = await ask(path, { port });
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as T;
}

const namesOf = ({ entries }: WireList) => entries.map(({ name }) => name);

describe('the server', () => {
  it('listens on both addresses of the loopback and on no other', async () => {
    expect((await ask('/')).status).toBe(200);
    if (HAS_IPV6) expect((await ask('/', { host: '::1' })).status).toBe(200);
    await expect(
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.2', port: server.port });
        socket.once('connect', () => {
          socket.destroy();
          resolve('connected');
        });
        socket.once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['localhost', 'localhost:1234', '127.0.0.1', '[::1]:80', 'LOCALHOST'])(
    'answers to the host %s',
    async (host) => {
      expect((await ask('/', { headers: { host } })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:8125',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'localhost:80@evil',
  ])('refuses the host %j, on every page', async (host) => {
    for (const path of ['/', '/api/list', '/view.js']) {
      const { status, text } = await ask(path, { headers: { host } });
      expect([status, text]).toEqual([403, expect.not.stringContaining('carbon')]);
    }
  });

  it('refuses who says no host at all', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: server.port }, () =>
        socket.write('GET / HTTP/1.0\r\n\r\n'),
      );
      let text = '';
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'])('refuses %s', async (method) => {
    const { status, headers } = await ask('/api/list', { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET');
  });

  it.each(['cross-site', 'same-site'])('refuses what a %s page asks, and lets it link here', async (site) => {
    const headers = { 'sec-fetch-site': site };
    expect((await ask('/api/list', { headers })).status).toBe(403);
    expect((await ask('/', { headers })).status).toBe(200);
  });

  it('lets its page load and run nothing of anyone else, and no inline script', async () => {
    const { headers, text } = await ask('/');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual([
      '/icon.svg',
      '/style.css',
      '/uplot.js',
      '/view.js',
    ]);
    expect(text).not.toMatch(/<script>|style=/);
    for (const path of ['/icon.svg', '/style.css', '/uplot.js', '/view.js'])
      expect((await ask(path)).status).toBe(200);
    expect((await ask('/uplot.js')).text).toContain('Copyright (c) 2022 Leon Sorokin');
  });

  it.each([
    '/nothing',
    '/api',
    '/api/nothing',
    '/constructor',
    '/tree/carbon/agents/a.wsp',
    '/../package.json',
    '//x',
    '/%00',
  ])('has no page %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it('takes a port that is given, and says that it is taken', async () => {
    const again = startViewServer({ paths: ['tree'], port: server.port, clock: () => NOW });
    await expect(again).rejects.toMatchObject({
      code: 'WSP_SYSTEM',
      fault: 'system',
      found: expect.stringContaining('in use'),
    });
    const port = server.port;
    server.close();
    more.splice(0);
    server = await startViewServer({ paths: ['tree'], port, clock: () => NOW });
    more.push(server);
    expect(server.port).toBe(port);
  });

  it.runIf(HAS_IPV6)('says that a port is taken in one family alone', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ host: '::1', port: 0 }, resolve));
    const { port } = other.address() as { port: number };
    await expect(startViewServer({ paths: ['tree'], port, clock: () => NOW })).rejects.toMatchObject({
      code: 'WSP_SYSTEM',
    });
    // And lets go of the address that was free.
    const free = createServer();
    await new Promise<void>((resolve) => free.listen({ host: '127.0.0.1', port }, resolve));
    free.close();
    other.close();
  });

  it('ends at once, whoever is still connected', async () => {
    await new Promise<void>((resolve) => {
      get(
        { host: '127.0.0.1', port: server.port, agent: false, headers: { connection: 'keep-alive' } },
        (response) => {
          response.resume();
          response.once('end', resolve);
        },
      );
    });
    server.close();
    await expect(ask('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['nowhere', 'tree/nowhere.wsp'])('refuses to start on %s', async (path) => {
    await expect(serve(path)).rejects.toMatchObject({ code: 'WSP_NOT_FOUND', path });
  });
});

describe('the tree', () => {
  it('lists folders first, numbers by size, and only what can be looked at', async () => {
    const root = await record<WireFolder>('/api/list');
    expect(namesOf(root)).toEqual(['carbon', 'web9.wsp', 'web10.wsp']);
    const { stamps } = await record<WireStamps>('/api/stamps?id=0');
    expect([root.watched, root.stamp]).toEqual(['0', stamps['0']]);
    const { entries } = await record<WireList>('/api/list?folder=0/carbon/agents');
    expect(entries).toEqual([
      { kind: 'file', id: '0/carbon/agents/a.wsp', name: 'a.wsp' },
      { kind: 'file', id: '0/carbon/agents/b.wsp', name: 'b.wsp' },
    ]);
  });

  it('has a root for each path of several, and a file that was named whatever its name', async () => {
    writeFileSync('named.dat', readFileSync('outside.wsp'));
    const { port } = await serve('tree', 'named.dat');
    const { entries } = await record<WireList>('/api/list', port);
    expect(entries).toEqual([
      { kind: 'folder', id: '0', name: 'tree' },
      { kind: 'file', id: '1', name: 'named.dat' },
    ]);
    expect((await record<WireChart>('/api/chart?file=1', port)).series).toHaveLength(1);
    expect(namesOf(await record('/api/list?folder=0', port))).toContain('web9.wsp');
  });

  it('gives a long folder in pieces', async () => {
    mkdirSync('tree/many');
    for (let i = 0; i < 1203; i++) writeFileSync(`tree/many/m${i}.wsp`, '');
    const first = await record<WireList>('/api/list?folder=0/many');
    expect([first.entries.length, first.more, first.entries[0]!.name]).toEqual([500, 703, 'm0.wsp']);
    const last = await record<WireList>('/api/list?folder=0/many&skip=1000');
    expect([last.entries.length, last.more, last.entries.at(-1)!.name]).toEqual([203, 0, 'm1202.wsp']);
  });

  it('follows links inside a root, and none that leads out of it', async () => {
    symlinkSync('carbon', 'tree/linked');
    symlinkSync('agents/a.wsp', 'tree/carbon/again.wsp');
    symlinkSync('..', 'tree/carbon/up');
    symlinkSync('../outside.wsp', 'tree/out.wsp');
    symlinkSync('/etc', 'tree/etc');
    symlinkSync('../..', 'tree/carbon/out');
    symlinkSync('notes.txt', 'tree/notes.wsp');
    symlinkSync('nowhere.wsp', 'tree/dangling.wsp');
    expect(namesOf(await record('/api/list'))).toEqual(['carbon', 'linked', 'web9.wsp', 'web10.wsp']);
    expect(namesOf(await record('/api/list?folder=0/linked'))).toEqual(['agents', 'up', 'again.wsp']);
    for (const id of [
      '0/out.wsp',
      '0/notes.wsp',
      '0/dangling.wsp',
      '0/carbon/out/outside.wsp',
      '0/etc/x.wsp',
    ]) {
      expect([id, (await ask(`/api/chart?file=${id}`)).status]).toEqual([id, 404]);
    }
    for (const id of ['0/etc', '0/carbon/out'])
      expect((await ask(`/api/list?folder=${id}`)).status).toBe(404);
    expect(namesOf(await record('/api/search?q=agents/a'))).toEqual(['carbon/agents/a.wsp']);
  });

  it.each([
    '0/../outside.wsp',
    '0/..%2Foutside.wsp',
    '0/carbon/../../outside.wsp',
    '0/./web9.wsp',
    '0//web9.wsp',
    '/web9.wsp',
    '0/notes.txt',
    '0/.hidden/c.wsp',
    '0/web9.wsp%00.txt',
    '0/web9.wsp/',
    '1/outside.wsp',
    '-1',
    '00x',
    '',
    '0',
    'constructor',
    '0/C:\\outside.wsp',
  ])('has no file %j', async (id) => {
    for (const page of ['chart', 'info', 'blocks', 'findings']) {
      const { status, text } = await ask(`/api/${page}?file=${encodeURI(id).replaceAll('%25', '%')}`);
      expect([page, status]).toEqual([page, 404]);
      expect(text).not.toContain(process.cwd());
    }
  });

  it('stays in a root that was replaced by a link meanwhile', async () => {
    mkdirSync('elsewhere');
    make('elsewhere/d.wsp', 'standard', 2);
    renameSync('tree', 'former');
    symlinkSync('elsewhere', 'tree');
    expect((await ask('/api/chart?file=0/d.wsp')).status).toBe(404);
  });
});

describe('the search', () => {
  it.each([
    { question: 'web', found: ['web10.wsp', 'web9.wsp'] },
    { question: 'WEB1', found: ['web10.wsp'] },
    { question: 'carbon.agents', found: ['carbon/agents/a.wsp', 'carbon/agents/b.wsp'] },
    { question: 'agents/b.wsp', found: ['carbon/agents/b.wsp'] },
    { question: 'car*b', found: ['carbon/agents/a.wsp', 'carbon/agents/b.wsp'] },
    { question: 'c*s.b', found: ['carbon/agents/b.wsp'] },
    { question: 'b carbon', found: ['carbon/agents/a.wsp', 'carbon/agents/b.wsp'] },
    { question: 'notes', found: [] },
    { question: 'hidden', found: [] },
    { question: '(', found: [] },
  ])('finds $found for $question', async ({ question, found }) => {
    expect(namesOf(await record(`/api/search?q=${encodeURIComponent(question)}`))).toEqual(found);
  });

  it('counts what it does not send', async () => {
    mkdirSync('tree/many');
    for (let i = 0; i < 260; i++) writeFileSync(`tree/many/m${i}.wsp`, '');
    const found = await record<WireList>('/api/search?q=many');
    expect([found.entries.length, found.more]).toEqual([200, 60]);
  });

  it('takes no time over a question of many stars', async () => {
    mkdirSync('tree/long');
    writeFileSync(`tree/long/${'a'.repeat(200)}.wsp`, '');
    expect(namesOf(await record(`/api/search?q=${'a*'.repeat(200)}b`))).toEqual([]);
  });
});

describe('a file', () => {
  it('gives the last day if there is anything in it, from the archive that a fetch would choose', async () => {
    const chart = await record<WireChart>('/api/chart?file=0/carbon/agents/a.wsp');
    expect(chart.range).toEqual({ from: NOW - 86_400, until: NOW });
    expect(chart.archives).toEqual(['1m:6h', '10m:1w']);
    expect(chart.limits).toEqual({ from: NOW - 7 * 86_400, until: NOW });
    expect(chart.series.map(({ name, slots, known }) => [name, slots, known])).toEqual([['10m:1w', 144, 31]]);
  });

  it('gives the range and the archive that are asked for, or all of them', async () => {
    const ask = (query: string) => record<WireChart>(`/api/chart?file=0/carbon/agents/a.wsp&${query}`);
    const hour = await ask(`from=${NOW - 3600}&until=${NOW}`);
    expect(hour.series.map(({ name, slots }) => [name, slots])).toEqual([['1m:6h', 60]]);
    expect(hour.series[0]!.values.at(-1)).toBe(0);
    expect(hour.series[0]!.summary).toMatchObject({ min: 0, max: 59, last: 0 });
    const coarse = await ask(`from=${NOW - 3600}&until=${NOW}&archive=10m:1w`);
    expect(coarse.series.map(({ name, slots }) => [name, slots])).toEqual([['10m:1w', 6]]);
    const each = await ask(`from=${NOW - 3600}&until=${NOW}&archive=all`);
    expect(each.series.map(({ name }) => name)).toEqual(['1m:6h', '10m:1w']);
    const all = await ask('all=1');
    expect(all.range.from).toBeGreaterThan(NOW - 6 * 3600);
    expect((await ask(`from=0&until=${NOW}`)).series.map(({ slots }) => slots)).toEqual([1008]);
    expect((await ask(`from=${NOW + 10}&until=${NOW + 20}`)).series).toEqual([]);
    expect((await ask(`from=${NOW}&until=${NOW - 20}`)).series).toEqual([]);
    expect((await ask('from=1&until=2')).series).toEqual([]);
  });

  it('gives all there is of a file that has long been silent', async () => {
    using database = create('tree/old.wsp', { retentions: '1m:30d' });
    const end = NOW - 10 * 86_400;
    database.updateMany(
      [
        [end - 3600, 1],
        [end, 2],
      ],
      { now: end },
    );
    const { range, series } = await record<WireChart>('/api/chart?file=0/old.wsp');
    expect([range.from, range.until]).toEqual([end - 3600 - 21, end - 20]);
    expect(series[0]!.known).toBe(2);
  });

  it('thins what has more slots than the screen has pixels, and keeps its peaks', async () => {
    using database = create('tree/fine.wsp', { retentions: '1s:1d' });
    const points = Array.from({ length: 80_000 }, (_, i): [number, number] => [
      NOW - i,
      i === 31_416 ? 1e6 : 1,
    ]);
    database.updateMany(points, { now: NOW });
    const { series } = await record<WireChart>('/api/chart?file=0/fine.wsp&pixels=500');
    expect(series[0]).toMatchObject({ slots: 86_400, known: 80_000, summary: { max: 1e6, min: 1 } });
    expect(series[0]!.values.length).toBeLessThanOrEqual(1000);
    expect(series[0]!.at).toHaveLength(series[0]!.values.length);
    expect(series[0]!.values).toContain(1e6);
    expect(series[0]!.values[0]).toBeNull();
  });

  it('tells what its header says, how its blocks stand, and what is wrong with it', async () => {
    const info = await record<WireInfo>('/api/info?file=0/carbon/agents/b.wsp');
    expect(info.path).toBe('tree/carbon/agents/b.wsp');
    expect(info.description).toMatchObject({ format: 'compressed', retentions: '1m:6h,10m:1w' });
    const { archives } = await record<WireBlocks>('/api/blocks?file=0/carbon/agents/b.wsp');
    expect(archives.map(({ name }) => name)).toEqual(['1m:6h', '10m:1w']);
    expect(archives[0]!.blocks.map(({ state }) => state)).toContain('current');
    expect(await record<WireFindings>('/api/findings?file=0/carbon/agents/b.wsp')).toEqual({
      isDeep: true,
      findings: [],
    });
    expect(await record<WireBlocks>('/api/blocks?file=0/web9.wsp')).toEqual({ archives: [] });
  });

  it('shows of a damaged one what can be read, and where the damage is', async () => {
    const bytes = readFileSync('tree/carbon/agents/b.wsp');
    const { archives } = await record<WireInfo>('/api/info?file=0/carbon/agents/b.wsp').then(
      ({ description }) => description,
    );
    expect(archives.length).toBe(2);
    const start = bytes.length - archives[1]!.size - archives[0]!.size;
    bytes[start + 30]! ^= 0xff;
    writeFileSync('tree/damaged.wsp', bytes);
    const { archives: rings } = await record<WireBlocks>('/api/blocks?file=0/damaged.wsp');
    expect(rings[0]!.blocks[0]).toMatchObject({ state: 'damaged', damage: expect.any(String) });
    const { findings } = await record<WireFindings>('/api/findings?file=0/damaged.wsp');
    expect(findings[0]).toMatchObject({ level: 'damage', code: 'block-crc', archive: 0, block: 0 });
    // Its points from before the damage, and those of the other blocks.
    const asked = `all=1&archive=${archives[0]!.name}`;
    const whole = await record<WireChart>(`/api/chart?file=0/carbon/agents/b.wsp&${asked}`);
    const damaged = await record<WireChart>(`/api/chart?file=0/damaged.wsp&${asked}`);
    expect(damaged.series[0]!.known).toBeLessThan(whole.series[0]!.known);
  });

  it.each([
    { name: 'empty', bytes: '' },
    { name: 'text', bytes: 'this is a letter to my aunt, not a database of anything' },
    { name: 'zeros', bytes: '\0'.repeat(4096) },
    { name: 'the beginning of a compressed one', bytes: 'whisper_compressed' },
  ])('says why it cannot show one of $name, and goes on', async ({ bytes }) => {
    writeFileSync('tree/odd.wsp', bytes);
    for (const page of ['chart', 'info', 'blocks']) {
      const { status, text } = await ask(`/api/${page}?file=0/odd.wsp`);
      expect(status).toBe(422);
      expect(JSON.parse(text)).toMatchObject({ code: 'WSP_CORRUPT', message: expect.any(String) });
      expect(text).not.toContain(process.cwd());
    }
    const { findings } = await record<WireFindings>('/api/findings?file=0/odd.wsp');
    expect(findings[0]!.level).toBe('damage');
    expect((await ask('/api/list')).status).toBe(200);
  });

  it('tells what has changed', async () => {
    const ids = ['0', '0/web9.wsp', '0/carbon', '0/nothing.wsp', '0/../outside.wsp'];
    const query = ids.map((id) => `id=${id}`).join('&');
    const before = (await record<WireStamps>(`/api/stamps?${query}`)).stamps;
    expect(Object.keys(before)).toEqual(ids);
    expect([before['0/nothing.wsp'], before['0/../outside.wsp']]).toEqual([null, null]);
    make('tree/new.wsp', 'standard', 2);
    rmSync('tree/web9.wsp');
    const after = (await record<WireStamps>(`/api/stamps?${query}`)).stamps;
    expect(after['0']).not.toBe(before['0']);
    expect(after['0/web9.wsp']).toBeNull();
    expect(after['0/carbon']).toBe(before['0/carbon']);
  });

  it.each([
    'from=x&until=5',
    'from=-5&until=5',
    'from=1e3&until=5',
    'pixels=many',
    'from=99999999999&until=99999999999',
  ])('refuses %s', async (query) => {
    expect((await ask(`/api/chart?file=0/web9.wsp&${query}`)).status).toBe(400);
  });

  it('changes nothing by being looked at', async () => {
    const before = readFileSync('tree/carbon/agents/b.wsp');
    for (const page of ['chart', 'info', 'blocks', 'findings'])
      await ask(`/api/${page}?file=0/carbon/agents/b.wsp`);
    expect(readFileSync('tree/carbon/agents/b.wsp')).toEqual(before);
  });
});
