// Connecting a Spotify account: /auth/spotify has the button, /callback is where Spotify sends the browser back.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hasKey, KeyWanted, post, rememberKey } from './ask.js';
import { html } from './html.js';
import { KeyForm } from './key-form.js';
import { Nav } from './nav.js';

const STATE = 'groovelake-login';
const CALLBACK = '/callback';

/** What Spotify sent back, taken out of the address at once so that no history keeps it. */
function takeAnswer() {
  if (location.pathname !== CALLBACK) return null;
  const query = location.search.slice(1);
  history.replaceState(null, '', CALLBACK);
  return query;
}

const answer = takeAnswer();

/** @param {string} query */
async function finish(query) {
  const begun = sessionStorage.getItem(STATE);
  // The server knows which logins were begun; that it was in this tab only this tab knows.
  if (begun === null || new URLSearchParams(query).get('state') !== begun)
    throw new Error('Not connected: this login was not begun in this tab, or is over already. Begin again.');
  const connected = await post(CALLBACK, { query });
  sessionStorage.removeItem(STATE);
  if (connected.key && !hasKey()) rememberKey(connected.key);
  return connected;
}

async function begin() {
  const { url, state } = await post('/auth/spotify', {});
  // Spotify knows this machine by 127.0.0.1 alone, and a tab remembers by address: both must be the same.
  const back = new URL(new URL(url).searchParams.get('redirect_uri') ?? location.href);
  if (back.origin !== location.origin) return location.replace(new URL('/auth/spotify', back));
  sessionStorage.setItem(STATE, state);
  location.assign(url);
}

function Login() {
  const [connected, setConnected] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  const [isBusy, setBusy] = useState(answer !== null);
  const [isChangingKey, setChangingKey] = useState(false);
  const attempt = (/** @type {() => Promise<unknown>} */ work) => {
    setBusy(true);
    setError(null);
    work().then(
      (done) => {
        if (done) setConnected(done);
      },
      (failure) => {
        setBusy(false);
        setError(failure);
      },
    );
  };
  const check = () => post('/auth/spotify', { check: true }).then(() => setError(null), setError);
  const proceed = () => (answer === null ? check() : attempt(() => finish(answer)));
  useEffect(() => {
    proceed();
  }, []);
  return html`
    <header><${Nav} base="/studio/" />
      ${hasKey() && html`<button class="link snapshot" onClick=${() => setChangingKey(true)}>Change key</button>`}</header>
    <main class="narrow">
      ${
        isChangingKey
          ? html`<${KeyForm} message="Another key is taken in place of the one that this tab has." onKey=${() => {
              setChangingKey(false);
              proceed();
            }} onLeave=${() => setChangingKey(false)} />`
          : error instanceof KeyWanted
            ? html`<${KeyForm} message=${error.message} onKey=${proceed} />`
            : connected
              ? html`<${Done} connected=${connected} />`
              : html`<section class="card">
                <h2>Connect a Spotify account</h2>
                ${error && html`<p class="failure" role="alert">${error.message}</p>`}
                <p>Groovelake then keeps what this account plays, and asks Spotify for its last plays every half hour. It asks for two permissions:${' '}
                  <code>user-read-recently-played</code> and <code>user-top-read</code>. It cannot play or change anything.</p>
                <p class="quiet">Once the first account is connected, this server wants a key from everybody, also on this machine.</p>
                <button disabled=${isBusy} onClick=${() => attempt(begin)}>${isBusy ? 'One moment' : error && answer !== null ? 'Begin again' : 'Connect with Spotify'}</button>
              </section>`
      }
    </main>
  `;
}

/** @param {{ connected: { accountId: string, displayName: string, loginEnds: string, key: string | null } }} props */
function Done({ connected: { accountId, displayName, loginEnds, key } }) {
  return html`<section class="card">
    <h2>Connected ${displayName || 'an account'}</h2>
    <p>Account <code>${accountId}</code>. Its last plays come with the next run of HISTORY; log in again by <b style="white-space:nowrap">${loginEnds}</b>, when Spotify ends this login.</p>
    ${
      key
        ? html`<p>Its listening is seen with this key, which is shown this once:</p>
            <p><code class="key" style="overflow-wrap:anywhere">${key}</code></p>
            <p class="quiet">From now on this server wants a key from everybody. Operators make theirs on its machine:${' '}
              <code>npx groovelake keys create NAME --scope admin</code></p>`
        : html`<p>Its listening is seen with the key that it has already.</p>`
    }
    <p><a href="/studio/#/listening">To the listening</a></p>
  </section>`;
}

const root = document.getElementById('app');
if (root) {
  root.textContent = '';
  render(html`<${Login} />`, root);
}
