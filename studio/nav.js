// The pages by name and address, as every page shows them.
import { html } from './html.js';

export const PAGES = [
  { path: '', title: 'Overview' },
  { path: 'explore', title: 'Explore' },
  { path: 'map', title: 'Map' },
  { path: 'listening', title: 'Listening' },
  { path: 'data', title: 'Data' },
  { path: 'runs', title: 'Runs' },
];

/** @param {{ current?: string, base?: string }} props current: path of the page that is shown; base: where the studio lies from here */
export const Nav = ({ current, base = '' }) => html`
  <a class="brand" href=${`${base}#/`}><img src=${`${base}icon.svg`} alt="" />Groovelake</a>
  <nav>
    ${PAGES.map(
      ({ path, title }) =>
        html`<a href=${`${base}#/${path}`} aria-current=${path === current ? 'page' : undefined}>${title}</a>`,
    )}
    <a href="/graphql">GraphiQL</a>
  </nav>
`;
