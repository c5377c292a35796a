import { cpSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create } from '../../src/index.js';
import {
  drag,
  groundOf,
  hasBrowser,
  isDrawnAt,
  labelPixels,
  NEEDS_BROWSER,
  openBrowser,
  openPage,
  pixelsOf,
  soon,
  type WatchedPage,
  widthOf,
} from '../support/browser.js';
import { NOW, print, sotto, useFreshFolder } from '../support/cli.js';

useFreshFolder();

const BLUE = [0, 114, 178] as const;
const RED = [213, 94, 0] as const;
const LIGHT_BLUE = [86, 180, 233] as const;

describe.skipIf(!hasBrowser)(`the page of plot --html${NEEDS_BROWSER}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  function make(
    name: string,
    retentions = '1m:6h,10m:7d',
    format: 'standard' | 'compressed' = 'standard',
  ): void {
    using database = create(name, { retentions, format, xFilesFactor: 0 });
    for (let age = 5 * 86_400; age >= 0; age -= 600) {
      // Two hours without values, a day ago.
      if (age > 86_400 && age <= 86_400 + 7200) continue;
      const time = NOW - age;
      database.updateMany([[time, 50 + 40 * Math.sin(age / 20_000)]], { now: time });
    }
  }

  /** Writes a page, opens it as somebody would who got it by mail, and hands it over; it must have no faults in the end. */
  async function look(
    args: readonly string[],
    work: (watched: WatchedPage['page']) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    await print(['plot', ...args, '--html', 'page.html']);
    const { page, faults } = await openPage(browser, options);
    await page.goto(pathToFileURL(resolve('page.html')).href);
    await work(page);
    expect(faults).toEqual([]);
    await page.context().close();
  }

  const legend = (page: WatchedPage['page']) => page.locator('.legend tbody tr');
  /** The range that is told below the chart while the pointer is elsewhere. */
  async function days(page: WatchedPage['page']): Promise<string> {
    await page.mouse.move(1, 1);
    await soon(() => page.locator('.days').innerText()).not.toContain(':');
    return page.locator('.days').innerText();
  }

  it('draws a line for each file, with its numbers and its info', async () => {
    make('a.wsp');
    make('b.wsp', '1m:6h,10m:7d', 'compressed');
    await look(['a.wsp', 'b.wsp'], async (page) => {
      expect(await page.title()).toBe('a.wsp, b.wsp');
      expect(await legend(page).allInnerTexts()).toEqual([
        expect.stringMatching(/^a\.wsp 10m:1w\s+10\s+/),
        expect.stringMatching(/^b\.wsp 10m:1w\s+10\s+/),
      ]);
      // The same values: the second line hides the first but in the legend.
      await soon(() => pixelsOf(page, RED)).toBeGreaterThan(200);
      const cards = await page.locator('#info .card').allInnerTexts();
      expect(cards[0]).toMatch(/a\.wsp\s+format\s+standard\s+aggregation\s+average/);
      expect(cards[1]).toMatch(/b\.wsp\s+format\s+compressed/);
      expect(await days(page)).toBe('2023-11-09 to 2023-11-14 UTC');
    });
  });

  it('leaves gaps open', async () => {
    make('a.wsp');
    await look(['a.wsp'], async (page) => {
      await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(200);
      expect(await isDrawnAt(page, 0.5)).toBe(true);
      expect(await isDrawnAt(page, (4 * 24 - 1) / 120)).toBe(false);
      expect(await isDrawnAt(page, (4 * 24 + 2) / 120)).toBe(true);
    });
  });

  it('shows by itself the finest archive that reaches back, and any that is chosen', async () => {
    make('a.wsp');
    await look(['a.wsp'], async (page) => {
      expect(await legend(page).locator('th').allInnerTexts()).toEqual(['a.wsp 10m:1w']);
      const whole = Number(await legend(page).getAttribute('data-known'));
      // The last twentieth is of 6 hours.
      await drag(page, 0.96, 1);
      expect(await legend(page).locator('th').allInnerTexts()).toEqual(['a.wsp 1m:6h']);
      await page.getByText('10m:1w', { exact: true }).first().click();
      expect(Number(await legend(page).getAttribute('data-known'))).toBeLessThan(whole / 10);
      await page.locator('#archives').getByText('All').click();
      expect(await legend(page).locator('th').allInnerTexts()).toEqual(['a.wsp 1m:6h', 'a.wsp 10m:1w']);
      await page.locator('#reset').click();
      expect(await legend(page).locator('.number').nth(5).innerText()).toBe('36');
      expect(Number(await legend(page).nth(1).getAttribute('data-known'))).toBe(whole);
    });
  });

  it('shows by itself the finest archive that has all of it, though a coarse interval begins earlier', async () => {
    using database = create('a.wsp', { retentions: '1m:6h,1h:7d', xFilesFactor: 0 });
    const points = Array.from({ length: 100 }, (_, i): [number, number] => [NOW - 60 * i, i]);
    database.updateMany(points, { now: NOW });
    database.close();
    await look(['a.wsp'], async (page) => {
      expect(await legend(page).locator('th').allInnerTexts()).toEqual(['a.wsp 1m:6h']);
      expect(await legend(page).getAttribute('data-known')).toBe('100');
    });
  });

  it('zooms by dragging, by buttons and by keys, and shows all again', async () => {
    make('a.wsp');
    await look(['a.wsp'], async (page) => {
      const all = await days(page);
      await drag(page, 0.2, 0.6);
      const zoomed = await days(page);
      expect(zoomed).toBe('2023-11-10 to 2023-11-12 UTC');
      await page.locator('.u-over').dblclick();
      expect(await days(page)).toBe(all);
      await page.locator('.chart').focus();
      for (const key of ['+', '+', 'ArrowRight']) await page.keyboard.press(key);
      const moved = await days(page);
      expect(moved).not.toBe(all);
      await page.keyboard.press('ArrowLeft');
      expect(await days(page)).not.toBe(moved);
      await page.keyboard.press('Escape');
      expect(await days(page)).toBe(all);
      await page.keyboard.press('-');
      await page.keyboard.press('ArrowRight');
      expect(await days(page)).toBe(all);
      await page.locator('#zoom-in').click();
      expect(await days(page)).not.toBe(all);
      await page.locator('#zoom-out').click();
      expect(await days(page)).toBe(all);
    });
  });

  it('tells the value at the pointer', async () => {
    using database = create('a.wsp', { retentions: '1h:7d' });
    database.updateMany(
      [
        [NOW - 7200, 1],
        [NOW - 3600, 2.5],
        [NOW, 4],
      ],
      { now: NOW },
    );
    database.close();
    await look(['a.wsp'], async (page) => {
      const box = (await page.locator('.u-over').boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
      expect(await page.locator('.legend .at').innerText()).toBe('2.5');
      expect(await page.locator('.days').innerText()).toBe('2023-11-14 21:00');
      await page.mouse.move(0, 0);
      await soon(() => page.locator('.legend .at').innerText()).toBe('');
    });
  });

  it('is light or dark as the system is, and as its switch says', async () => {
    make('a.wsp');
    await look(
      ['a.wsp'],
      async (page) => {
        const ground = () => groundOf(page);
        const dark = await ground();
        expect(dark).toBe('rgb(14, 17, 22)');
        await soon(() => pixelsOf(page, LIGHT_BLUE)).toBeGreaterThan(200);
        await page.getByRole('button', { name: 'Light colours' }).click();
        expect(await ground()).toBe('rgb(245, 246, 248)');
        await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(200);
        await page.getByRole('button', { name: 'Dark colours' }).click();
        expect(await ground()).toBe(dark);
        await page.getByRole('button', { name: 'Light colours' }).click();
        await page.emulateMedia({ colorScheme: 'light' });
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await ground()).toBe('rgb(245, 246, 248)');
      },
      { colorScheme: 'dark' },
    );
  });

  it('shows the time of whoever looks, or UTC', async () => {
    make('a.wsp');
    await look(
      ['a.wsp', '--from', '-2h'],
      async (page) => {
        expect(await days(page)).toBe('2023-11-15 Asia/Tokyo');
        await page.locator('#zone').getByText('UTC').click();
        expect(await days(page)).toBe('2023-11-14 UTC');
      },
      { timezoneId: 'Asia/Tokyo' },
    );
    await look(
      ['a.wsp', '--from', '-2h', '--time', 'utc'],
      async (page) => expect(await days(page)).toMatch(/UTC$/),
      {
        timezoneId: 'Asia/Tokyo',
      },
    );
  });

  it.each([
    {
      name: 'NaN and infinities among others',
      values: [1, Number.NaN, Infinity, 2, -Infinity, 3],
      says: '6 (NaN 1, inf 2)',
    },
    { name: 'nothing but NaN', values: [Number.NaN, Number.NaN], says: '2 (NaN 2)' },
    { name: 'nothing but infinities', values: [Infinity, -Infinity], says: '2 (inf 2)' },
    { name: 'the ends of the doubles', values: [1.7e308, -1.7e308, 0], says: '3' },
    { name: 'the least of the doubles', values: [5e-324, 0, -5e-324], says: '3' },
    { name: 'a constant', values: [42, 42, 42], says: '3' },
    { name: 'numbers of 20 digits', values: [1e20, 3e20, 2e20], says: '3' },
    { name: 'one value', values: [7], says: '1' },
    { name: 'no value', values: [], says: '0' },
  ])('draws $name', async ({ values, says }) => {
    using database = create('a.wsp', { retentions: '1m:1h' });
    database.updateMany(
      values.map((value, i): [number, number] => [NOW - 60 * i, value]),
      { now: NOW },
    );
    database.close();
    // Without a value there is a warning on stderr, which print would refuse.
    const args = values.length === 0 ? ['--from', '-30m'] : [];
    await sotto(['plot', 'a.wsp', ...args, '--html', 'odd.html']);
    const { page, faults } = await openPage(browser);
    await page.goto(pathToFileURL(resolve('odd.html')).href);
    expect(await legend(page).locator('.number').nth(5).innerText()).toBe(says);
    const isEmpty = values.every(Number.isNaN);
    expect(await page.locator('.nothing').isVisible()).toBe(isEmpty);
    if (!isEmpty) await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(3);
    expect(await labelPixels(page)).toBeGreaterThan(20);
    await page.locator('.chart').focus();
    for (const key of ['+', '+', 'ArrowRight', '-', 'Escape']) await page.keyboard.press(key);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('takes any name of a file for text', async () => {
    const name = `<img src=x onerror="document.title='run'"> & <b>'"c.wsp`;
    make(name);
    cpSync(name, 'plain.wsp');
    await look([name, 'plain.wsp'], async (page) => {
      expect(await page.title()).toBe(`${name}, plain.wsp`);
      expect(await page.locator('h1').innerText()).toBe(`${name}, plain.wsp`);
      expect(await page.locator('img, h1 b').count()).toBe(0);
    });
  });

  it('shows a point that stands alone between gaps', async () => {
    using database = create('a.wsp', { retentions: '1m:6h' });
    database.updateMany(
      [
        [NOW - 300 * 60, 1],
        [NOW - 150 * 60, 5],
        [NOW, 2],
      ],
      { now: NOW },
    );
    database.close();
    await look(['a.wsp'], async (page) => soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(10));
  });

  it('can be used at 400 pixels: nothing is wider than the window', async () => {
    make('a.wsp');
    await look(
      ['a.wsp'],
      async (page) => {
        expect(await widthOf(page)).toBeLessThanOrEqual(400);
        await soon(() => pixelsOf(page, BLUE)).toBeGreaterThan(100);
      },
      { viewport: { width: 400, height: 800 } },
    );
  });

  it('thins what is too long for a page, and says so by ≈', async () => {
    using database = create('a.wsp', { retentions: '1s:2d' });
    const points = Array.from({ length: 150_000 }, (_, i): [number, number] => [
      NOW - i,
      i === 77_777 ? 1000 : i % 10,
    ]);
    database.updateMany(points, { now: NOW });
    database.close();
    await look(['a.wsp'], async (page) => {
      expect(await legend(page).getAttribute('data-known')).toBe('150000');
      expect(await legend(page).innerText()).toContain('1k');
      await page.locator('#zoom-in').click();
      expect(await legend(page).innerText()).toContain('≈');
    });
  });
});

it('is tested in a browser wherever changes are checked', () => {
  expect(hasBrowser || process.env['CI'] === undefined).toBe(true);
});
