/** Light or dark: as the system has it, until somebody chooses. */
import { button } from './dom.js';

const KEY = 'sotto-scheme';
const preference = matchMedia('(prefers-color-scheme: dark)');
const listeners: (() => void)[] = [];

/** What a canvas is painted with; everything else has its colours from the style sheet. */
export interface Paint {
  readonly axis: string;
  readonly grid: string;
  readonly lines: readonly string[];
}

/** Okabe and Ito's colours, which colour-blind readers tell apart, in the order of the SVG charts. */
const LIGHT: Paint = {
  axis: '#5b6572',
  grid: '#e8ebef',
  lines: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#1c2128', '#b8a800'],
};
const DARK: Paint = {
  axis: '#9aa4b1',
  grid: '#262b33',
  lines: ['#56b4e9', '#e8782a', '#1fc496', '#d98fb8', '#e69f00', '#3f8fd0', '#f2f2f2', '#f0e442'],
};

export function isDark(): boolean {
  const chosen = document.documentElement.dataset['scheme'];
  return chosen === undefined ? preference.matches : chosen === 'dark';
}

export function paint(): Paint {
  return isDark() ? DARK : LIGHT;
}

export function onScheme(listener: () => void): void {
  listeners.push(listener);
}

/** The switch; what was chosen is kept for the next visit where the browser allows it. */
export function schemeSwitch(): HTMLButtonElement {
  const kept = remembered();
  if (kept !== null) document.documentElement.dataset['scheme'] = kept;
  const made = button('', () => {
    const chosen = isDark() ? 'light' : 'dark';
    document.documentElement.dataset['scheme'] = chosen;
    remember(chosen);
    changed();
  });
  made.className = 'icon';
  made.id = 'scheme';
  const changed = () => {
    made.textContent = isDark() ? '☀' : '☾';
    made.setAttribute('aria-label', isDark() ? 'Light colours' : 'Dark colours');
    made.title = isDark() ? 'Light colours' : 'Dark colours';
    for (const listener of listeners) listener();
  };
  preference.addEventListener('change', changed);
  changed();
  return made;
}

function remembered(): string | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : null;
  } catch {
    return null;
  }
}

function remember(scheme: string): void {
  try {
    localStorage.setItem(KEY, scheme);
  } catch {
    // A browser that keeps nothing shows the system's scheme next time.
  }
}
