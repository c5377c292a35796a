/** Debian's Chromium, for tests of pages. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

/** Tests of pages are skipped without it; the name of their group says why. */
export const hasBrowser = existsSync(CHROMIUM);
export const NEEDS_BROWSER = hasBrowser ? '' : ` (skipped: there is no ${CHROMIUM})`;

/** A browser with a profile of its own, which goes when it is closed. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page, and what it did that no page of ours may do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on its console, exceptions, and requests that leave the machine. */
  readonly faults: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    colorScheme: 'light',
    timezoneId: 'UTC',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on('console', (message) => {
    // How pixelsOf looks is no fault of the page's.
    const isOurs = message.text().startsWith('Canvas2D: Multiple readback');
    if (['error', 'warning'].includes(message.type()) && !isOurs) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('request', (request) => {
    const isNear = /^(file:|data:|blob:|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/.test(request.url());
    if (!isNear) faults.push(`request to ${request.url()}`);
  });
  return { page, faults };
}

// What runs in the page is text here: the tests are checked without the types of a browser.

/** How many pixels of the chart have the colour of a line, or come near to it. */
export function pixelsOf(
  page: Page,
  color: readonly [red: number, green: number, blue: number],
): Promise<number> {
  return page.evaluate<number>(`(() => {
    const canvas = document.querySelector('.uplot canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const color = [${color}];
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const far = color.reduce((sum, part, j) => sum + Math.abs(data[i + j] - part), 0);
      if (far < 40 && data[i + 3] > 200) count++;
    }
    return count;
  })()`);
}

/** Whether a line of the first colour crosses the plot at a share of its width. */
export function isDrawnAt(page: Page, share: number): Promise<boolean> {
  return page.evaluate<boolean>(`(() => {
    const plot = document.querySelector('.u-over').getBoundingClientRect();
    const canvas = document.querySelector('.uplot canvas');
    const x = Math.round(plot.left - canvas.getBoundingClientRect().left + ${share} * plot.width);
    const { data } = canvas.getContext('2d').getImageData(x, 0, 1, canvas.height);
    for (let i = 0; i < data.length; i += 4) if (data[i] < 60 && data[i + 2] > 120) return true;
    return false;
  })()`);
}

/** How many pixels of the axis of values are inked: its labels. */
export function labelPixels(page: Page): Promise<number> {
  return page.evaluate<number>(`(() => {
    const plot = document.querySelector('.u-over').getBoundingClientRect();
    const canvas = document.querySelector('.uplot canvas');
    const box = canvas.getBoundingClientRect();
    // Beside the plot, since what is below it are the labels of the times.
    const [width, height] = [Math.floor(plot.left - box.left) - 8, Math.floor(plot.bottom - box.top)];
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  })()`);
}

/** The colour behind everything. */
export function groundOf(page: Page): Promise<string> {
  return page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
}

/** Pixels from side to side of all there is, in sight or not. */
export function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

/** The text of what has the focus. */
export function focusedText(page: Page): Promise<string> {
  return page.evaluate<string>("document.activeElement?.textContent ?? ''");
}

/** The outline of what has the focus. */
export function focusOutline(page: Page): Promise<string> {
  return page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');
}

/** Everything that can be used and has no name, as markup. */
export function namelessControls(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const all = [...document.querySelectorAll('button, input, [role="treeitem"], [role="tree"], [role="radio"]')];
    const nameOf = (one) => one.getAttribute('aria-label') ?? one.textContent ?? '';
    return all.filter((one) => nameOf(one).trim() === '').map((one) => one.outerHTML);
  })()`);
}

/** Drags over the plot, from one share of its width to another. */
export async function drag(page: Page, from: number, until: number): Promise<void> {
  const box = (await page.locator('.u-over').boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * until, y + 5, { steps: 4 });
  await page.mouse.up();
}

/** Waits until something holds that a page comes to by and by. */
export function soon<T>(look: () => Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: 15_000, interval: 50 });
}
