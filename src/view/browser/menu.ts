/** The tree stands behind a button where there is no room for it; the style sheet says where that is. */
import { byId } from './dom.js';

const menu = byId('menu');
menu.addEventListener('click', () => {
  if (document.body.classList.contains('menu-open')) closeMenu();
  else openMenu();
});

export function openMenu(): void {
  document.body.classList.add('menu-open');
  menu.setAttribute('aria-expanded', 'true');
}

export function closeMenu(): void {
  document.body.classList.remove('menu-open');
  menu.setAttribute('aria-expanded', 'false');
}
