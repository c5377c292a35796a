/** The table below a chart: a row for each line, with its numbers in what can be seen. */
import { formatNumber } from '../../tools/chart-number.js';
import { summaryParts } from '../../tools/chart-series.js';
import type { WireRange } from '../wire.js';
import { element, fill } from './dom.js';
import { type Line, valueAt, visibleOf } from './lines.js';
import { onScheme, paint } from './scheme.js';
import { duration, whole } from './words.js';

const NUMBERS = ['min', 'avg', 'max', 'last'] as const;

export class Legend {
  readonly element: HTMLElement;
  readonly #body = element('tbody');
  #lines: readonly Line[] = [];

  constructor() {
    const heads = ['at the pointer', ...NUMBERS, 'points', 'step'].map((text) =>
      element('th', { scope: 'col', class: 'number' }, text),
    );
    const head = element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'series'), ...heads));
    this.element = element(
      'div',
      { class: 'scroll' },
      element('table', { class: 'legend' }, head, this.#body),
    );
    onScheme(() => this.#paint());
  }

  show(lines: readonly Line[], range: WireRange): void {
    this.#lines = lines;
    fill(this.#body, ...lines.map((line) => this.#row(line, range)));
    this.#paint();
  }

  /** Tells the values at a time; undefined for none. */
  point(time: number | undefined): void {
    for (const [i, cell] of [...this.#body.querySelectorAll('.at')].entries()) {
      const value = time === undefined ? undefined : valueAt(this.#lines[i]!, time);
      cell.textContent = value === undefined ? '' : value === null ? 'gap' : formatNumber(Number(value), 6);
    }
  }

  #row(line: Line, range: WireRange): HTMLElement {
    const { summary, known, isRough } = visibleOf(line, range);
    const parts = summaryParts(summary);
    const cells = NUMBERS.map((name, i) => {
      const number = parts[i]!.slice(name.length + 1);
      return element(
        'td',
        { class: 'number' },
        isRough && name === 'avg' && number !== '-' ? `≈ ${number}` : number,
      );
    });
    // What is no finite number is told beside the count of points.
    const odd = parts.slice(NUMBERS.length).join(', ');
    const count = `${isRough ? '≈ ' : ''}${whole(known)}${odd === '' ? '' : ` (${odd})`}`;
    const name = element('span', { class: 'label', title: line.label }, line.label);
    const swatch = element('i', { class: `swatch dash-${line.dash % 4}`, 'data-color': line.color });
    const label = element(
      'th',
      { scope: 'row' },
      swatch,
      name,
      element('span', { class: 'faint' }, ` ${line.archive}`),
    );
    return element(
      'tr',
      { 'data-line': line.id, 'data-known': known },
      label,
      element('td', { class: 'number at' }),
      ...cells,
      element('td', { class: 'number' }, count),
      element('td', { class: 'number' }, duration(line.step)),
    );
  }

  #paint(): void {
    const { lines } = paint();
    for (const swatch of this.#body.querySelectorAll<HTMLElement>('.swatch')) {
      swatch.style.borderColor = lines[Number(swatch.dataset['color']) % lines.length]!;
    }
  }
}
