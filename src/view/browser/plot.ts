/** The page of `sotto plot --html`: all that it shows stands in it. */
import { dayRange } from '../../tools/chart-time-axis.js';
import type { WireFile, WirePage, WireRange } from '../wire.js';
import { Chart } from './chart.js';
import { Choice } from './choice.js';
import { button, byId, element, fill } from './dom.js';
import { facts } from './facts.js';
import { Legend } from './legend.js';
import { decodeLine, type Line } from './lines.js';
import { schemeSwitch } from './scheme.js';
import { moment } from './words.js';
import { zoneSwitch } from './zone.js';
import { zoomButtons } from './zoom-buttons.js';

/** An archive by its name, or the finest that reaches back, or each as a line of its own. */
type Shown = 'auto' | 'all' | `=${string}`;

const page = JSON.parse(byId('data').textContent ?? '') as WirePage;
const lines: readonly (readonly Line[])[] = page.files.map(({ label, series }, color) =>
  series.map((wire, dash) => decodeLine(wire, { id: `${color}/${wire.archive}`, label, color, dash })),
);
const names = [...new Set(page.files.flatMap(({ series }) => series.map(({ name }) => name)))];

let zone = page.zone;
let range: WireRange = page.range;
let shown: Shown = 'auto';

const legend = new Legend();
const chart = new Chart({
  onRange: (asked) => show({ range: asked }),
  onReset: () => show({ range: page.range }),
  onTime: (time) => {
    legend.point(time);
    days(time);
  },
  limits: () => page.range,
});
const footer = element('p', { class: 'days', 'aria-live': 'off' });
const info = element('section', { class: 'cards', id: 'info', 'aria-label': 'Files' });
const archives = new Choice<Shown>('Archive', 'archives', (chosen) => show({ shown: chosen }));

byId('bar').append(
  archives.element,
  element(
    'div',
    { class: 'buttons' },
    ...zoomButtons((factor) => chart.zoom(factor)),
    button('Reset', () => show({ range: page.range }), { id: 'reset', title: 'Show all (Escape)' }),
  ),
  element('span', { class: 'space' }),
  zoneSwitch(zone, (chosen) => {
    zone = chosen;
    show({});
    describe();
  }),
  schemeSwitch(),
);
const hint = 'Drag to zoom, double click to see all; in the chart + and − zoom, ← and → move, Esc resets.';
byId('main').append(
  element(
    'div',
    { class: 'card' },
    chart.element,
    footer,
    legend.element,
    element('p', { class: 'hint' }, hint),
  ),
  info,
);
describe();
show({});

function show(change: { readonly range?: WireRange; readonly shown?: Shown }): void {
  range = change.range ?? range;
  shown = change.shown ?? shown;
  const visible = lines.flatMap((ofFile) => linesOf(ofFile));
  archives.show(choices(), shown);
  chart.show(visible, range, zone);
  legend.show(visible, range);
  days(undefined);
}

/** The lines of a file that are to be seen. */
function linesOf(ofFile: readonly Line[]): readonly Line[] {
  if (shown === 'all') return ofFile;
  const plain = (line: Line | undefined) => (line === undefined ? [] : [{ ...line, dash: 0 }]);
  if (shown !== 'auto') return plain(ofFile.find(({ archive }) => `=${archive}` === shown));
  // As a fetch chooses: the finest that reaches back to the beginning of what is seen, else the one that reaches farthest.
  // A coarse interval begins before the fine ones that it was made of: that is no reach.
  const slack = Math.max(...ofFile.map(({ step }) => step));
  const reaching = ofFile.find(({ times }) => times.length > 0 && times[0]! < range.from + slack);
  const farthest = ofFile.toSorted((a, b) => (a.times[0] ?? Infinity) - (b.times[0] ?? Infinity))[0];
  return plain(reaching ?? farthest);
}

function choices() {
  const each = names.map((name) => ({
    value: `=${name}` as const,
    text: name,
    title: `The archive ${name}`,
  }));
  if (names.length < 2) return [];
  const auto = {
    value: 'auto' as const,
    text: 'Auto',
    title: 'The finest archive that reaches back far enough',
  };
  const all = { value: 'all' as const, text: 'All', title: 'Each archive as a line of its own' };
  return [auto, ...each, all];
}

function days(time: number | undefined): void {
  footer.textContent = time === undefined ? dayRange(range.from, range.until + 1, zone) : moment(time, zone);
}

function describe(): void {
  fill(info, ...page.files.map(card));
}

function card({ label, description }: WireFile): HTMLElement {
  return element('article', { class: 'card' }, element('h2', {}, label), ...facts(description, zone));
}
