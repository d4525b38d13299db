// What may be wider than its card, a table, scrolls in it.
import { html } from './html.js';

/** Takes the focus, so that keys scroll it too. @param {{ label: string, children?: any }} props */
export const Scroll = ({ label, children }) =>
  html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${children}</div>`;
