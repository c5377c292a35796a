/** A row of which one is chosen: radio buttons that look like one switch. One of them has the tab stop, arrows choose. */
import { button, element, fill } from './dom.js';

export interface ChoiceItem<T> {
  readonly value: T;
  readonly text: string;
  readonly title?: string | undefined;
}

export class Choice<T extends string | number> {
  readonly element: HTMLElement;
  readonly #onChoose: (value: T) => void;
  #items: readonly ChoiceItem<T>[] = [];

  constructor(label: string, id: string, onChoose: (value: T) => void) {
    this.element = element('div', { class: 'choice', role: 'radiogroup', 'aria-label': label, id });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#onChoose = onChoose;
  }

  /** Shows items, of which one is chosen, or none. */
  show(items: readonly ChoiceItem<T>[], chosen: T | undefined): void {
    // The same buttons as long as they say the same, so that the one with the focus keeps it.
    const isSame =
      items.length === this.#items.length && items.every(({ value }, i) => value === this.#items[i]!.value);
    if (!isSame) fill(this.element, ...items.map((item) => this.#item(item)));
    this.#items = items;
    this.#mark(chosen);
  }

  #item({ value, text, title }: ChoiceItem<T>): HTMLElement {
    return button(text, () => this.#choose(value), { role: 'radio', title, 'data-value': value });
  }

  #choose(value: T): void {
    this.#mark(value);
    this.#onChoose(value);
  }

  #mark(chosen: T | undefined): void {
    const stop = Math.max(
      0,
      this.#items.findIndex(({ value }) => value === chosen),
    );
    for (const [i, radio] of this.#buttons().entries()) {
      radio.setAttribute('aria-checked', String(this.#items[i]!.value === chosen));
      radio.tabIndex = i === stop ? 0 : -1;
    }
  }

  #onKey(event: KeyboardEvent): void {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const buttons = this.#buttons();
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (way === undefined || at === -1) return;
    event.preventDefault();
    const next = (at + way + buttons.length) % buttons.length;
    buttons[next]!.focus();
    this.#choose(this.#items[next]!.value);
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.element.querySelectorAll('button')];
  }
}
