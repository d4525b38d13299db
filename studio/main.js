// The shell: which page the address names, the navigation, and the question for a key.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask, codeOf, hasKey, KeyWanted } from './ask.js';
import { useScheme } from './colors.js';
import { Data } from './data.js';
import { Explore } from './explore.js';
import { ago } from './format.js';
import { html } from './html.js';
import { KeyForm } from './key-form.js';
import { Listening } from './listening.js';
import { MusicMap } from './music-map.js';
import { Nav, PAGES } from './nav.js';
import { Overview } from './overview.js';
import { Runs } from './runs.js';
import { Served, useAnswer } from './use-answer.js';
import { useTitle } from './use-title.js';

/** What each page of nav.js shows. */
const COMPONENTS = new Map(
  /** @type {[string, any][]} */ ([
    ['', Overview],
    ['artist', Overview],
    ['explore', Explore],
    ['map', MusicMap],
    ['listening', Listening],
    ['data', Data],
    ['runs', Runs],
  ]),
);

const HEAD = '{ snapshot { id publishedAt } }';
const SOURCES = '{ trackStats(groupBy: [SOURCE]) { nodes { group { label } } } }';

/** The address behind the hash as words: #/explore/ID is explore, ID. What is no escaped text is taken as it stands. */
const readWords = () =>
  location.hash
    .replace(/^#\/?/, '')
    .split('/')
    .map((word) => {
      try {
        return decodeURIComponent(word);
      } catch {
        return word;
      }
    });

function Studio() {
  const [words, setWords] = useState(readWords);
  const [head, setHead] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [isChangingKey, setChangingKey] = useState(false);
  useScheme();
  const load = () =>
    ask(HEAD).then(
      (data) => {
        setHead(data);
        setError(null);
      },
      (failure) => {
        const isStarting = codeOf(failure) === 'STARTING';
        if (isStarting) setHead({ snapshot: null });
        setError(isStarting ? null : failure);
      },
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
  const page =
    words[0] === 'artist' ? { path: 'artist', title: words[2] } : PAGES.find(({ path }) => path === words[0]);
  const isKeyWanted = error instanceof KeyWanted || isChangingKey;
  useTitle(isKeyWanted ? 'A key' : (page?.title ?? 'No such page'));
  if (isKeyWanted)
    return html`<main class="narrow"><${KeyForm} message=${isChangingKey ? 'Another key is taken in place of the one that this tab has.' : error?.message}
      onKey=${() => load().then(() => setChangingKey(false))}
      onLeave=${isChangingKey ? () => setChangingKey(false) : undefined} /></main>`;
  return html`
    <header>
      <${Nav} current=${page?.path} />
      <span class="quiet snapshot" title=${head?.snapshot?.id}>
        ${head?.snapshot && html`<${Invented} key=${head.snapshot.id} />`}
        ${head?.snapshot ? `published ${ago(head.snapshot.publishedAt)}` : 'no snapshot yet'}
        ${hasKey() && html`<button class="link" onClick=${() => setChangingKey(true)}>Change key</button>`}
      </span>
    </header>
    ${error && html`<p class="failure" role="alert">${error.message}</p>`}
    <main key=${page?.path === 'artist' ? words.join('/') : page?.path}>
      ${
        !page
          ? html`<section class="card"><h2>There is no page “${words[0]}”</h2><p><a href="#/">To the overview</a></p></section>`
          : !head
            ? ''
            : !head.snapshot && !['data', 'runs'].includes(page.path)
              ? html`<section class="card"><h2>The first snapshot is on its way</h2>
              <p>The first run is crawling and building. <a href="#/runs">Watch it</a>; this page fills by itself.</p></section>`
              : html`<${Served.Provider} value=${head.snapshot?.id ?? ''}><${COMPONENTS.get(page.path)} words=${words.slice(1)} /><//>`
      }
    </main>
  `;
}

/** Says whether the tracks that are served are the sandbox's, all of them or some. */
function Invented() {
  const { data } = useAnswer(SOURCES);
  const names = (data?.trackStats?.nodes ?? []).map((/** @type {any} */ { group }) => group.label);
  if (!names.includes('sandbox')) return null;
  return html`<span class="badge sandbox" title="Made up by the built-in sandbox">${names.length > 1 ? 'sandbox in part' : 'sandbox'}</span>`;
}

const root = document.getElementById('app');
if (root) {
  root.textContent = '';
  render(html`<${Studio} />`, root);
}
