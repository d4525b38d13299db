// The shell: which page the address names, the navigation, and the question for a key.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask, KeyWanted } from './ask.js';
import { Explore } from './explore.js';
import { ago } from './format.js';
import { html } from './html.js';
import { KeyForm } from './key-form.js';
import { Listening } from './listening.js';
import { MusicMap } from './music-map.js';
import { Overview } from './overview.js';
import { Runs } from './runs.js';

const PAGES = [
  { path: '', title: 'Overview', page: Overview },
  { path: 'explore', title: 'Explore', page: Explore },
  { path: 'map', title: 'Map', page: MusicMap },
  { path: 'listening', title: 'Listening', page: Listening },
  { path: 'runs', title: 'Runs', page: Runs },
];

const HEAD = '{ snapshot { id publishedAt run { id pipeline status } } sources { name isEnabled } }';

/** The address behind the hash as words: #/explore/ID is explore, ID. */
const readWords = () => location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);

function Studio() {
  const [words, setWords] = useState(readWords);
  const [head, setHead] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const load = () =>
    ask(HEAD).then(
      (data) => {
        setHead(data);
        setError(null);
      },
      (failure) => setError(failure),
    );
  useEffect(() => {
    const onHash = () => setWords(readWords());
    addEventListener('hashchange', onHash);
    load();
    const timer = setInterval(load, 10_000);
    return () => {
      removeEventListener('hashchange', onHash);
      clearInterval(timer);
    };
  }, []);
  if (error instanceof KeyWanted)
    return html`<main class="narrow"><${KeyForm} message=${error.message} onKey=${load} /></main>`;
  const page = PAGES.find(({ path }) => path === words[0]) ?? PAGES[0];
  const isSandbox = head?.sources?.some(
    (/** @type {{name: string, isEnabled: boolean}} */ source) =>
      source.name === 'sandbox' && source.isEnabled,
  );
  return html`
    <header>
      <a class="brand" href="#/"><img src="icon.svg" alt="" />Groovelake</a>
      <nav>
        ${PAGES.map(
          ({ path, title }) =>
            html`<a href="#/${path}" aria-current=${path === page.path ? 'page' : undefined}>${title}</a>`,
        )}
        <a href="/graphql">GraphiQL</a>
      </nav>
      <span class="quiet snapshot" title=${head?.snapshot?.id}>
        ${isSandbox ? html`<span class="badge sandbox">sandbox</span>` : ''}
        ${head?.snapshot ? `published ${ago(head.snapshot.publishedAt)}` : 'no snapshot yet'}
      </span>
    </header>
    ${error && html`<p class="failure" role="alert">${error.message}</p>`}
    <main key=${`${page.path} ${head?.snapshot?.id ?? ''}`}>
      ${
        !head
          ? ''
          : !head.snapshot && page.path !== 'runs'
            ? html`<section class="card"><h2>The first snapshot is on its way</h2>
              <p>The first run is crawling and building. <a href="#/runs">Watch it</a>; this page fills by itself.</p></section>`
            : html`<${page.page} words=${words.slice(1)} />`
      }
    </main>
  `;
}

const root = document.getElementById('app');
if (root) {
  root.textContent = '';
  render(html`<${Studio} />`, root);
}
