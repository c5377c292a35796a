/**
 * Makes the pictures of the README from what the command really prints and serves: `npm run pictures`. It takes Chromium,
 * and the data of fixtures/seattle-weather.csv: two databases of it, of the warmest and of the coldest day of each week.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HERE = join(ROOT, 'doc/pictures');
const CSV = join(ROOT, 'fixtures/seattle-weather.csv');
const BYTES = 150_000;
/** ANSI colours, as a group so that a split keeps them. */
const CODES = new RegExp(`(${'\u001b'}\\[\\d+m)`);
/** The evening of the last day of the data. */
const NOW = Date.UTC(2015, 11, 31, 20) / 1000;

const work = mkdtempSync(join(tmpdir(), 'sotto-pictures-'));
process.chdir(work);
process.env.TZ = 'UTC';
const sotto = (...args) =>
  execFileSync(process.execPath, [join(ROOT, 'dist/cli/bin.js'), ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const folder = 'weather/seattle/daily-high';
  mkdirSync(folder, { recursive: true });
  const points = ['--file', CSV, '--now', `${NOW}`];
  const blocks = ['--compressed', '--points-per-block', '90', '--point-size', '9'];
  for (const [name, aggregation] of [
    ['warmest', 'max'],
    ['coldest', 'min'],
  ]) {
    const path = `${folder}/${name}.wsp`;
    sotto('create', path, '1d:5y', '1w:10y', '--agg', aggregation, ...blocks);
    sotto('update', path, ...points);
  }
  for (const year of [2012, 2013, 2014, 2015]) {
    const path = `weather/seattle/years/${year}.wsp`;
    sotto('create', path, '1d:1y', '--mkdir');
    const now = `${year}-12-31T20:00`;
    sotto('update', path, '--file', CSV, '--now', now, '--on-old', 'drop', '--on-future', 'drop');
  }
  sotto('create', 'weather/seattle/mean.wsp', '1d:5y', '1w:10y');
  sotto('update', 'weather/seattle/mean.wsp', ...points);
  await shootPage();
  await shootTerminal(folder);
  await shootView();
} finally {
  await browser.close();
  rmSync(work, { recursive: true });
}

/** `plot --html`, zoomed to two years, with the pointer on a warm day. */
async function shootPage() {
  sotto(
    'plot',
    'weather/seattle/mean.wsp',
    '--now',
    `${NOW}`,
    '--html',
    'page.html',
    '--title',
    'Seattle, highest temperature of the day, °C',
  );
  const page = await open({ colorScheme: 'light', viewport: { width: 1240, height: 640 } });
  await page.goto(pathToFileURL('page.html').href);
  await page.addStyleTag({ content: '.plot-page .plot-area { height: 340px }' });
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.77, box.y + 100, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(box.x + box.width * 0.56, box.y + 90);
  await shoot(page, 'plot-html.png');
}

/** `plot` of two files on a terminal with colours. */
async function shootTerminal(folder) {
  const words = [
    'plot',
    'warmest.wsp',
    'coldest.wsp',
    '--archive',
    '1',
    '--now',
    'newest',
    '--from',
    '2013-01-01',
    '--height',
    '16',
  ];
  process.chdir(folder);
  const printed = sotto(...words, '--color', '--width', '96');
  process.chdir(work);
  const page = await open({ viewport: { width: 960, height: 500 } });
  await page.setContent(terminalPage(`sotto ${words.join(' ')}`, printed));
  const window = await page.locator('.window').boundingBox();
  await shoot(page, 'plot.png', {
    x: 0,
    y: 0,
    width: window.x * 2 + window.width,
    height: window.y * 2 + window.height,
  });
}

/** `view` of the tree, with both files in one chart and the blocks of one. */
async function shootView() {
  const { startViewServer } = await import(pathToFileURL(join(ROOT, 'dist/view/server.js')).href);
  const server = await startViewServer({ paths: ['weather'], port: 0, clock: () => NOW });
  const page = await open({ colorScheme: 'dark', viewport: { width: 1240, height: 840 } });
  await page.clock.setFixedTime(NOW * 1000);
  const files = ['coldest', 'warmest'].map((name) => `file=0/seattle/daily-high/${name}.wsp`).join('&');
  await page.goto(`http://127.0.0.1:${server.port}/#${files}&range=all&archive=1w:521w`);
  await page.locator('.plot-area').evaluate((area) => {
    area.style.height = '270px';
  });
  await page.getByRole('treeitem', { name: 'daily-high', exact: true }).click();
  await page.locator('.ring').nth(1).waitFor();
  // Only where the path is shown would the folder of this run be seen.
  await page.locator('h1 .faint').evaluate((path) => {
    path.textContent = '/var/lib/graphite/weather';
  });
  const box = await page.locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.63, box.y + 90);
  await shoot(page, 'view.png');
  server.close();
}

async function open(options) {
  const context = await browser.newContext({ deviceScaleFactor: 1, timezoneId: 'UTC', ...options });
  return context.newPage();
}

async function shoot(page, name, clip) {
  // A drawn chart, and fonts.
  await page.waitForTimeout(600);
  const path = join(HERE, name);
  await page.screenshot({ path, ...(clip === undefined ? {} : { clip }) });
  const { size } = statSync(path);
  console.log(`${name}: ${size} bytes`);
  if (size > BYTES) throw new Error(`${name} has ${size} bytes; expected at most ${BYTES}`);
  await page.context().close();
}

/** A terminal of our own: each character stands in a cell, as it would there, whatever font it comes from. */
function terminalPage(command, printed) {
  const colors = { 36: '#4fc3f7', 33: '#f6c344', 39: '' };
  let color = '';
  const cell = (character) => {
    const text = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }[character] ?? character;
    return `<b${color === '' ? '' : ` style="color:${color}"`}>${dots(character) ?? text}</b>`;
  };
  const lineOf = (line) =>
    line
      .split(CODES)
      .map((part) => {
        const code = part.match(CODES)?.[0].slice(2, -1);
        if (code === undefined) return Array.from(part, cell).join('');
        color = colors[code] ?? '';
        return '';
      })
      .join('');
  const lines = [`$ ${command}`, ...printed.trimEnd().split('\n')].map(
    (line) => `<div>${lineOf(line)}</div>`,
  );
  return `<!doctype html><meta charset="utf-8"><style>
    body { margin: 0; padding: 14px; background: #e9edf2; width: max-content }
    .window { padding: 14px 20px 18px; border-radius: 10px; background: #12161c; color: #d5dae1;
      font: 15px/18px "DejaVu Sans Mono", monospace; box-shadow: 0 6px 22px rgb(0 0 0 / 28%) }
    .buttons { display: flex; gap: 8px; margin-bottom: 12px } .buttons i { width: 12px; height: 12px; border-radius: 50% }
    .window div:not(.buttons) { display: flex; height: 18px }
    b { display: block; width: 9px; height: 18px; font-weight: 400; text-align: center; white-space: pre }
    svg { display: block }
  </style><div class="window"><div class="buttons"><i style="background:#ff5f57"></i><i style="background:#febc2e"></i><i style="background:#28c840"></i></div>${lines.join('')}</div>`;
}

/** The dots of a braille character, evenly spaced from cell to cell as good terminals draw them; undefined for others. */
function dots(character) {
  const bits = character.codePointAt(0) - 0x2800;
  if (bits < 0 || bits > 0xff) return undefined;
  const places = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];
  const circles = places.flatMap((bit, i) =>
    bits & bit ? [`<circle cx="${i < 4 ? 2.25 : 6.75}" cy="${2.25 + 4.5 * (i % 4)}" r="1.7"/>`] : [],
  );
  return `<svg width="9" height="18" fill="currentColor">${circles.join('')}</svg>`;
}
