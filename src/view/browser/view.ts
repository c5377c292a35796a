/** The page of `sotto view`. What is shown stands in the address behind the #, so that it outlives a reload. */
import { dayRange } from '../../tools/chart-time-axis.js';
import type { TimeZone } from '../../tools/time-zone.js';
import type { WireChart, WireEntry, WireRange } from '../wire.js';
import { keepAddress, PRESETS, type Range, readAddress } from './address.js';
import * as api from './api.js';
import { Chart } from './chart.js';
import { Choice } from './choice.js';
import { Details } from './details.js';
import { button, byId, element, fill } from './dom.js';
import { Legend } from './legend.js';
import { decodeLine, type Line } from './lines.js';
import { closeMenu } from './menu.js';
import { onScheme, paint, schemeSwitch } from './scheme.js';
import { SearchBox } from './search-box.js';
import { Tree } from './tree.js';
import { moment } from './words.js';
import { zoneSwitch } from './zone.js';
import { zoomButtons } from './zoom-buttons.js';

/** Milliseconds between two looks at what has changed. */
const LOOK_EVERY = 1000;
/** Milliseconds that the details of a file that keeps changing stand at least. */
const DETAILS_EVERY = 6000;
/** A file that is shown. */
interface Shown {
  readonly id: string;
  readonly color: number;
}

let files: readonly Shown[] = [];
/** The one of which the details are told. */
let focused: string | undefined;
let range: Range = 'usual';
let archive = 'auto';
let zone: TimeZone = 'local';
/** What the server said last of each file that is shown, or why it said nothing. */
const answers = new Map<string, WireChart | Error>();
let visible: WireRange = { from: 0, until: 1 };
let pending: AbortController | undefined;
let detailsAt = 0;
/** The details are of an older state of the file. */
let areDetailsStale = false;
/** Names of the entries at the top of the tree: ids of files that were named themselves have none in them. */
let rootNames: ReadonlyMap<string, string> = new Map();

// Parts --------------------------------------------------------------------------------------------------

const legend = new Legend();
const chart = new Chart({
  onRange: (asked) => change({ range: asked }),
  onReset: () => change({ range: 'all' }),
  onTime: (time) => {
    legend.point(time);
    days.textContent = time === undefined ? spanText() : moment(time, zone);
  },
  limits,
});
const details = new Details({
  onBlock: (index, span) => {
    const answer = focused === undefined ? undefined : answers.get(focused);
    const names = answer instanceof Error ? undefined : answer?.archives;
    change({ range: widened(span), archive: names?.[index] ?? 'auto' });
    chart.element.scrollIntoView({ block: 'nearest' });
  },
});
const chips = element('ul', { class: 'chips', 'aria-label': 'Shown files' });
const presets = new Choice<string>('Range', 'ranges', (chosen) => {
  change({ range: chosen === 'all' ? 'all' : Number(chosen) });
});
const archives = new Choice<string>('Archive', 'archives', (chosen) => change({ archive: chosen }));
const days = element('p', { class: 'days' });
const errors = element('div', { id: 'errors', role: 'alert' });
const welcome = element(
  'div',
  { class: 'card welcome' },
  element('h2', {}, 'Choose a file'),
  element(
    'p',
    {},
    'Click on one in the tree, or press / to search and Enter to open. Ctrl and click, or Space, puts a second one beside the first.',
  ),
);
const panel = element(
  'div',
  { class: 'card', id: 'panel', hidden: true },
  chips,
  element(
    'div',
    { class: 'bar' },
    presets.element,
    archives.element,
    element('div', { class: 'buttons' }, ...zoomButtons((factor) => chart.zoom(factor))),
  ),
  errors,
  chart.element,
  days,
  legend.element,
  element(
    'p',
    { class: 'hint' },
    'Drag to zoom, double click to see all; in the chart + and − zoom, ← and → move, Esc shows all.',
  ),
);
byId('main').append(welcome, panel, details.element);
byId('switches').append(
  zoneSwitch(zone, (chosen) => {
    zone = chosen;
    draw();
    details.draw(zone);
  }),
  schemeSwitch(),
);
onScheme(drawChips);

const tree = new Tree(byId('tree'), { onChoose: choose });
const search = new SearchBox(tree, { onChoose: choose });

// Choosing -----------------------------------------------------------------------------------------------

function choose({ id }: WireEntry, isBeside: boolean): void {
  if (!isBeside || files.length === 0) {
    files = [{ id, color: 0 }];
    focused = id;
    closeMenu();
  } else if (files.some((file) => file.id === id)) {
    drop(id);
    return;
  } else {
    files = [...files, { id, color: freeColor() }];
    focused = id;
  }
  afterChoice();
}

function drop(id: string): void {
  files = files.filter((file) => file.id !== id);
  if (focused === id) focused = files.at(-1)?.id;
  afterChoice();
}

function afterChoice(): void {
  for (const id of answers.keys()) if (!files.some((file) => file.id === id)) answers.delete(id);
  const ids = new Set(files.map(({ id }) => id));
  tree.select(ids);
  search.select(ids);
  void load();
  tellDetails();
}

/** The first colour that nobody has. */
function freeColor(): number {
  const taken = new Set(files.map(({ color }) => color));
  let color = 0;
  while (taken.has(color)) color++;
  return color;
}

function change(to: { readonly range?: Range; readonly archive?: string }): void {
  range = to.range ?? range;
  archive = to.archive ?? archive;
  // What there is of it is shown at once, the rest when it comes.
  if (typeof range === 'object') visible = range;
  draw();
  void load();
}

function tellDetails(): void {
  detailsAt = performance.now();
  areDetailsStale = false;
  void details.show(focused, zone);
}

// Loading ------------------------------------------------------------------------------------------------

async function load(): Promise<void> {
  pending?.abort();
  const mine = new AbortController();
  pending = mine;
  let asked: WireRange | 'all' | 'usual' = currentRange();
  for (const { id } of files) {
    const answer = await ask(id, asked, mine.signal);
    if (mine.signal.aborted) return;
    answers.set(id, answer);
    if (answer instanceof Error) continue;
    // The first one says what all of them show.
    if (typeof asked === 'string') asked = answer.range;
  }
  if (typeof asked === 'object') visible = asked;
  tellAddress();
  draw();
}

async function ask(
  id: string,
  asked: WireRange | 'all' | 'usual',
  signal: AbortSignal,
): Promise<WireChart | Error> {
  try {
    return await api.chart(id, { range: asked, archive, pixels: chart.pixels }, signal);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function currentRange(): WireRange | 'all' | 'usual' {
  if (typeof range !== 'number') return range;
  const now = Math.floor(Date.now() / 1000);
  return { from: now - range, until: now };
}

function limits(): WireRange {
  const known = [...answers.values()].flatMap((answer) => (answer instanceof Error ? [] : [answer.limits]));
  const now = Math.floor(Date.now() / 1000);
  return {
    from: Math.min(visible.from, ...known.map(({ from }) => from)),
    until: Math.max(visible.until, now),
  };
}

/** A range with a little room on both sides. */
function widened({ from, until }: WireRange): WireRange {
  const room = Math.max(1, Math.round((until - from) / 20));
  return { from: from - room, until: until + room };
}

// Drawing ------------------------------------------------------------------------------------------------

function draw(): void {
  panel.hidden = files.length === 0;
  welcome.hidden = files.length > 0;
  document.title =
    files.length === 0 ? 'sotto view' : `${files.map(({ id }) => nameOf(id)).join(', ')} · sotto`;
  if (files.length === 0) return;
  drawChips();
  drawSwitches();
  const lines = files.flatMap(linesOf);
  chart.show(lines, visible, zone);
  legend.show(lines, visible);
  days.textContent = spanText();
  fill(
    errors,
    ...files.flatMap(({ id }) => {
      const answer = answers.get(id);
      return answer instanceof Error
        ? [element('p', { class: 'error' }, `${nameOf(id)}: ${answer.message}`)]
        : [];
    }),
  );
}

function linesOf({ id, color }: Shown): Line[] {
  const answer = answers.get(id);
  if (answer === undefined || answer instanceof Error) return [];
  const isAlone = answer.series.length === 1;
  return answer.series.map((wire) =>
    decodeLine(wire, {
      id: `${id} ${wire.archive}`,
      label: nameOf(id),
      color,
      dash: isAlone ? 0 : wire.archive,
    }),
  );
}

function drawChips(): void {
  const { lines } = paint();
  fill(chips, ...files.map((file) => chip(file, lines[file.color % lines.length]!)));
}

function chip({ id, color: _ }: Shown, color: string): HTMLElement {
  const swatch = element('i', { class: 'swatch' });
  swatch.style.borderColor = color;
  const name = button(
    '',
    () => {
      focused = id;
      drawChips();
      tellDetails();
    },
    { class: 'chip-name', 'aria-pressed': String(id === focused), title: `Details of ${id}` },
  );
  name.append(swatch, nameOf(id));
  const remove = button('×', () => drop(id), {
    class: 'icon',
    'aria-label': `Remove ${nameOf(id)}`,
    title: 'Remove',
  });
  return element('li', {}, name, remove);
}

function drawSwitches(): void {
  const steps = [...PRESETS].map(([text, seconds]) => ({ value: String(seconds), text }));
  const chosen = typeof range === 'object' ? undefined : String(range);
  presets.show([...steps, { value: 'all', text: 'All', title: 'All there is' }], chosen);
  const answer = focused === undefined ? undefined : answers.get(focused);
  if (answer === undefined || answer instanceof Error) return;
  const names = answer.archives;
  const items =
    names.length < 2
      ? []
      : [
          { value: 'auto', text: 'Auto', title: 'The finest archive that reaches back far enough' },
          ...names.map((name) => ({ value: name, text: name, title: `The archive ${name}` })),
          { value: 'all', text: 'All', title: 'Each archive as a line of its own' },
        ];
  archives.show(items, archive);
}

function spanText(): string {
  return dayRange(visible.from, visible.until + 1, zone);
}

function nameOf(id: string): string {
  const slash = id.indexOf('/');
  return slash === -1 ? (rootNames.get(id) ?? id) : id.slice(slash + 1);
}

function tellAddress(): void {
  keepAddress({ files: files.map(({ id }) => id), range, archive });
}

function goToAddress(): void {
  const address = readAddress();
  ({ range, archive } = address);
  files = address.files.map((id, color) => ({ id, color }));
  focused = files.at(-1)?.id;
}

// Looking for changes ------------------------------------------------------------------------------------

/** Of files that could not be shown the last stamp that was seen. */
const refused = new Map<string, string | null>();
const live = byId('live');

async function look(): Promise<void> {
  if (!document.hidden) {
    try {
      await lookOnce();
      live.textContent = 'live';
      live.className = 'live';
    } catch {
      live.textContent = 'the server is gone';
      live.className = 'live gone';
    }
  }
  setTimeout(() => void look(), LOOK_EVERY);
}

async function lookOnce(): Promise<void> {
  const folders = tree.openFolders;
  const shown = files.map(({ id }) => id);
  const stamps = await api.stamps([...new Set([...shown, ...folders.map(({ watched }) => watched)])]);
  for (const { id, watched, stamp } of folders) if (stamps[watched] !== stamp) await tree.refresh(id);
  const stale = files.filter(({ id }) => isStale(id, stamps[id] ?? null));
  for (const { id } of stale) refused.set(id, stamps[id] ?? null);
  if (stale.length > 0) {
    await load();
    areDetailsStale ||= stale.some(({ id }) => id === focused);
  }
  if (areDetailsStale && performance.now() - detailsAt > DETAILS_EVERY) tellDetails();
}

/** Whether there is something else by now than what was shown, or than what could not be shown. */
function isStale(id: string, stamp: string | null): boolean {
  const answer = answers.get(id);
  if (answer === undefined) return false;
  return answer instanceof Error ? refused.get(id) !== stamp : answer.stamp !== (stamp ?? '');
}

// Beginning ----------------------------------------------------------------------------------------------

goToAddress();
window.addEventListener('hashchange', () => {
  goToAddress();
  afterChoice();
});
void tree.showRoot().then((names) => {
  rootNames = names;
  draw();
  if (files.length > 0) afterChoice();
  void look();
});
