import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { create, open } from '../../src/index.js';
import { startViewServer, type ViewServer } from '../../src/view/server.js';
import {
  drag,
  focusedText,
  focusOutline,
  groundOf,
  hasBrowser,
  NEEDS_BROWSER,
  namelessControls,
  openBrowser,
  openPage,
  pixelsOf,
  soon,
  widthOf,
} from '../support/browser.js';
import { useFreshFolder } from '../support/cli.js';

useFreshFolder();

const BLUE = [0, 114, 178] as const;
const RED = [213, 94, 0] as const;
const LIGHT_BLUE = [86, 180, 233] as const;

/** The page has the clock of the browser beside that of the server: both are the machine's. */
const now = () => Math.floor(Date.now() / 1000);

describe.skipIf(!hasBrowser)(`the page of view${NEEDS_BROWSER}`, () => {
  let browser: Browser;
  let server: ViewServer;
  let page: Page;
  let faults: string[];
  /** When the files were written. */
  let made: number;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  function make(path: string, format: 'standard' | 'compressed' = 'standard', level = 50): void {
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    using database = create(path, { retentions: '1m:6h,10m:7d', format, xFilesFactor: 0 });
    for (let age = 5 * 86_400; age >= 0; age -= 600) {
      database.updateMany([[made - age, level + age / 86_400]], { now: made - age });
    }
  }

  async function visit(hash = '', options: BrowserContextOptions = {}): Promise<void> {
    ({ page, faults } = await openPage(browser, options));
    await page.goto(`http://localhost:${server.port}/${hash}`);
    await page.locator('[role="treeitem"]').first().waitFor({ state: 'attached' });
  }

  beforeEach(async () => {
    made = now();
    make('tree/carbon/agents/a.wsp');
    make('tree/carbon/agents/b.wsp', 'compressed', 20);
    make('tree/web1.wsp');
    server = await startViewServer({ paths: ['tree'], port: 0, clock: now });
  });
  afterEach(async () => {
    await page.context().close();
    server.close();
    expect(faults).toEqual([]);
  });

  const row = (name: string) => page.getByRole('treeitem', { name, exact: true });
  const names = () => page.getByRole('treeitem').locator('visible=true').allInnerTexts();
  const legend = () => page.locator('.legend tbody tr');
  const series = () => legend().locator('th').allInnerTexts();
  const known = async () => Number(await legend().first().getAttribute('data-known'));
  const focusedRow = () => focusedText(page);

  it('shows a tree whose folders open, and a file with its points, its info and what verify finds', async () => {
    await visit();
    expect(await names()).toEqual(['carbon', 'web1.wsp']);
    await row('carbon').click();
    await row('agents').click();
    await row('b.wsp').click();
    await soon(series).toEqual(['carbon/agents/b.wsp 10m:1w']);
    // A day of one point each ten minutes.
    await soon(known).toBeGreaterThanOrEqual(143);
    expect(await known()).toBeLessThanOrEqual(145);
    await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(200);
    await soon(() => page.locator('#info').innerText()).toMatch(/format\s+compressed/);
    expect(await page.locator('#info').innerText()).toContain('tree/carbon/agents/b.wsp');
    expect(await page.locator('#findings').innerText()).toContain('Nothing is wrong with it.');
    expect(await page.locator('#blocks .ring').count()).toBe(2);
    expect(await page.locator('#blocks .ring .current').count()).toBe(2);
    await row('web1.wsp').click();
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    await soon(() => page.locator('#blocks').isVisible()).toBe(false);
    await row('carbon').click();
    expect(await names()).toEqual(['carbon', 'web1.wsp']);
  });

  it('is used by keyboard alone', async () => {
    await visit();
    await page.keyboard.press('/');
    await page.keyboard.type('AGENTS.b');
    await soon(() => page.locator('#found').innerText()).toBe('1 file');
    await page.keyboard.press('Enter');
    await soon(focusedRow).toBe('carbon/agents/b.wsp');
    await page.keyboard.press('Enter');
    await soon(series).toEqual(['carbon/agents/b.wsp 10m:1w']);
    await page.keyboard.press('/');
    await page.keyboard.press('Escape');
    await soon(names).toEqual(['carbon', 'web1.wsp']);
    await page.keyboard.press('ArrowDown');
    await soon(focusedRow).toBe('carbon');
    await page.keyboard.press('ArrowRight');
    await soon(names).toEqual(['carbon', 'agents', 'web1.wsp']);
    await page.keyboard.press('ArrowRight');
    expect(await focusedRow()).toBe('agents');
    await page.keyboard.press('ArrowLeft');
    expect(await focusedRow()).toBe('carbon');
    await page.keyboard.press('ArrowLeft');
    expect(await names()).toEqual(['carbon', 'web1.wsp']);
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    await soon(series).toEqual(['carbon/agents/b.wsp 10m:1w', 'web1.wsp 10m:1w']);
    await page.keyboard.press('Space');
    await soon(series).toEqual(['carbon/agents/b.wsp 10m:1w']);
    await page.keyboard.press('Home');
    expect(await focusedRow()).toBe('carbon');
    expect(await focusOutline(page)).toBe('solid');
    expect(await namelessControls(page)).toEqual([]);
  });

  it('finds files, and says how many', async () => {
    await visit();
    await page.getByRole('searchbox').fill('agents');
    await soon(() => page.locator('#found').innerText()).toBe('2 files');
    expect(await names()).toEqual(['carbon/agents/a.wsp', 'carbon/agents/b.wsp']);
    await page.getByRole('searchbox').fill('nothing like it');
    await soon(() => page.locator('#found').innerText()).toBe('no file');
    await page.getByRole('searchbox').fill('');
    await soon(names).toEqual(['carbon', 'web1.wsp']);
  });

  it('zooms into the finer archive, and comes back', async () => {
    await visit('#file=0/web1.wsp');
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    await drag(page, 0.8, 1);
    await soon(series).toEqual(['web1.wsp 1m:6h']);
    await soon(known).toBeLessThan(32);
    expect(page.url()).toMatch(/from=\d+&until=\d+/);
    const zoomed = page.url();
    await page.locator('.chart').focus();
    await page.keyboard.press('ArrowLeft');
    await soon(async () => page.url()).not.toBe(zoomed);
    await page.keyboard.press('Escape');
    await soon(known).toBeGreaterThan(700);
    expect(
      await page
        .getByRole('radiogroup', { name: 'Range' })
        .getByRole('radio', { checked: true })
        .getAttribute('data-value'),
    ).toBe('all');
    await page.getByText('1h', { exact: true }).click();
    await soon(known).toBeLessThan(8);
    await page.locator('.u-over').dblclick();
    await soon(known).toBeGreaterThan(700);
  });

  it('shows the archive that is chosen, or all of them', async () => {
    await visit('#file=0/web1.wsp');
    await page.getByText('6h', { exact: true }).click();
    await soon(series).toEqual(['web1.wsp 1m:6h']);
    await page.getByRole('radio', { name: '10m:1w' }).check();
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    await page.keyboard.press('ArrowRight');
    await soon(series).toEqual(['web1.wsp 1m:6h', 'web1.wsp 10m:1w']);
    await page.reload();
    await soon(series).toEqual(['web1.wsp 1m:6h', 'web1.wsp 10m:1w']);
  });

  it('shows several files in one chart, each of which can go again', async () => {
    await visit('#file=0/web1.wsp');
    await row('carbon').click();
    await row('agents').click();
    await row('b.wsp').click({ modifiers: ['Control'] });
    await soon(series).toEqual(['web1.wsp 10m:1w', 'carbon/agents/b.wsp 10m:1w']);
    await soon(() => pixelsOf(page, RED)).toBeGreaterThan(100);
    expect(await pixelsOf(page, BLUE)).toBeGreaterThan(100);
    await soon(() => page.locator('#info').innerText()).toContain('agents/b.wsp');
    await page.getByRole('button', { name: 'web1.wsp', exact: true }).click();
    await soon(() => page.locator('#info').innerText()).toContain('tree/web1.wsp');
    await page.getByRole('button', { name: 'Remove web1.wsp' }).click();
    await soon(series).toEqual(['carbon/agents/b.wsp 10m:1w']);
    await soon(() => page.locator('#info').innerText()).toContain('agents/b.wsp');
  });

  it('shows what is written meanwhile, and leaves a zoom as it is', async () => {
    await visit('#file=0/web1.wsp');
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    await drag(page, 0.9, 1);
    await soon(series).toEqual(['web1.wsp 1m:6h']);
    const before = await known();
    const zoomed = page.url();
    const write = (path: string, value: number) => {
      using database = open(path);
      // Minutes that had none yet, in what is zoomed to.
      database.updateMany(
        [
          [made - 60, value],
          [made - 120, value],
          [made - 180, value],
        ],
        { now: now() },
      );
    };
    write('tree/web1.wsp', 777);
    await soon(known).toBe(before + 3);
    expect(await legend().innerText()).toContain('777');
    expect(page.url()).toBe(zoomed);
    make('tree/new.wsp');
    await soon(names).toEqual(['carbon', 'new.wsp', 'web1.wsp']);
    await row('carbon').click();
    make('tree/carbon/later.wsp');
    await soon(names).toEqual(['carbon', 'agents', 'later.wsp', 'new.wsp', 'web1.wsp']);
    rmSync('tree/new.wsp');
    await soon(names).toEqual(['carbon', 'agents', 'later.wsp', 'web1.wsp']);
  });

  it('shows where a file is damaged, and what is wrong with one that cannot be read', async () => {
    const bytes = readFileSync('tree/carbon/agents/b.wsp');
    using database = open('tree/carbon/agents/b.wsp', { readOnly: true });
    bytes[database.info.archives[1]!.offset + 40]! ^= 0xff;
    writeFileSync('tree/damaged.wsp', bytes);
    writeFileSync('tree/letter.wsp', 'Dear aunt, this is no database.');
    await visit('#file=0/damaged.wsp');
    await soon(() => page.locator('#findings li.damage').count()).toBeGreaterThan(0);
    const box = page.locator('.ring .damaged').first();
    await soon(() => box.count()).toBe(1);
    await box.focus();
    expect(await page.locator('.ring').nth(1).locator('.block-told').innerText()).toMatch(
      /^Block 0: .*damaged/,
    );
    await row('letter.wsp').click();
    await soon(() => page.locator('#errors').innerText()).toMatch(/^letter\.wsp: .*expected/);
    await soon(() => page.locator('#info [role="alert"]').count()).toBe(1);
    await row('web1.wsp').click();
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    expect(await page.locator('#errors').innerText()).toBe('');
    // The browser notes that some answers were no; nothing else was wrong.
    const refused = faults.filter((fault) => fault.includes('422'));
    faults.splice(0, faults.length, ...faults.filter((fault) => !refused.includes(fault)));
  });

  it('tells of a block by pointer and arrows, and shows its points', async () => {
    await visit('#file=0/carbon/agents/b.wsp');
    const ring = page.locator('.ring').nth(1);
    const current = ring.locator('.current');
    await current.hover();
    expect(await ring.locator('.block-told').innerText()).toMatch(
      /^Block \d+: .* points? · .* used .* current$/,
    );
    await ring.locator('.box').first().focus();
    await page.keyboard.press('End');
    expect(await ring.locator('.box').last().getAttribute('tabindex')).toBe('0');
    await current.click();
    await soon(async () => page.url()).toMatch(/from=\d+&until=\d+&archive=10m%3A1w/);
    await soon(known).toBeGreaterThan(100);
  });

  it('is dark where the system is', async () => {
    await visit('#file=0/web1.wsp', { colorScheme: 'dark' });
    await soon(() => pixelsOf(page, LIGHT_BLUE)).toBeGreaterThan(200);
    expect(await groundOf(page)).toBe('rgb(14, 17, 22)');
    await page.getByRole('button', { name: 'Light colours' }).click();
    await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(200);
    await page.reload();
    // What was chosen is kept.
    expect(await groundOf(page)).toBe('rgb(245, 246, 248)');
  });

  it('can be used at 400 pixels, with the tree behind a button', async () => {
    await visit('#file=0/web1.wsp', { viewport: { width: 400, height: 800 } });
    await soon(series).toEqual(['web1.wsp 10m:1w']);
    expect(await widthOf(page)).toBeLessThanOrEqual(400);
    expect(await row('web1.wsp').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Files' }).click();
    await row('carbon').click();
    await row('agents').click();
    await row('a.wsp').click();
    await soon(series).toEqual(['carbon/agents/a.wsp 10m:1w']);
    expect(await row('web1.wsp').isVisible()).toBe(false);
  });

  it('brings a long folder piece by piece', async () => {
    mkdirSync('tree/many');
    for (let i = 0; i < 1100; i++) writeFileSync(`tree/many/m${i}.wsp`, '');
    await visit();
    await row('many').click();
    await soon(() => page.getByRole('treeitem').count()).toBe(504);
    await row('600 more …').click();
    await soon(() => page.getByRole('treeitem').count()).toBe(1004);
    await row('100 more …').focus();
    await page.keyboard.press('Enter');
    await soon(focusedRow).toBe('m1000.wsp');
    expect(await page.getByRole('treeitem').count()).toBe(1103);
    writeFileSync('tree/many/m1100.wsp', '');
    await soon(() => page.getByRole('treeitem').count()).toBe(1104);
    expect(await focusedRow()).toBe('m1000.wsp');
  });

  it('looks for changes in many open folders', async () => {
    for (let i = 0; i < 90; i++)
      mkdirSync(`tree/folder-with-a-rather-long-name-${i}/${'b'.repeat(150)}`, { recursive: true });
    await visit();
    await soon(() => page.getByRole('treeitem').count()).toBe(92);
    await row('carbon').focus();
    for (let i = 0; i < 90; i++) {
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowRight');
      await soon(() => page.getByRole('treeitem').count()).toBe(93 + i);
      await page.keyboard.press('ArrowDown');
    }
    make('tree/folder-with-a-rather-long-name-89/late.wsp');
    await soon(() => row('late.wsp').count()).toBe(1);
    expect(await page.locator('#live').innerText()).toBe('live');
  });

  it('says that the server is gone, and goes on when it is back', async () => {
    await visit('#file=0/web1.wsp');
    await soon(() => page.locator('#live').innerText()).toBe('live');
    const { port } = server;
    server.close();
    await soon(() => page.locator('#live').innerText()).toBe('the server is gone');
    server = await startViewServer({ paths: ['tree'], port, clock: now });
    await soon(() => page.locator('#live').innerText()).toBe('live');
    faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes('ERR_')));
  });
});
