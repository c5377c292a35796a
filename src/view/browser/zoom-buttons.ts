import { button } from './dom.js';

/** Two buttons that make the range of a chart shorter and longer; the keys of the same signs do so too. */
export function zoomButtons(zoom: (factor: number) => void): HTMLElement[] {
  return [
    button('+', () => zoom(0.5), {
      class: 'icon',
      id: 'zoom-in',
      'aria-label': 'Zoom in',
      title: 'Zoom in (+)',
    }),
    button('−', () => zoom(2), {
      class: 'icon',
      id: 'zoom-out',
      'aria-label': 'Zoom out',
      title: 'Zoom out (-)',
    }),
  ];
}
