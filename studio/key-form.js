// The question for a key, where the server wants one.
import { useState } from 'preact/hooks';
import { findUnfit, rememberKey } from './ask.js';
import { html } from './html.js';

/** @param {{ message: string, onKey: () => void, onLeave?: () => void }} props onLeave: for who has a key that is good enough */
export function KeyForm({ message, onKey, onLeave }) {
  const [key, setKey] = useState('');
  const [wrong, setWrong] = useState('');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = key.trim();
    const unfit = findUnfit(given);
    if (given === '') return setWrong('Nothing was entered.');
    if (unfit) {
      return setWrong(
        `Character ${unfit.at + 1}, “${unfit.sign}”, is in no key: they are letters, digits and signs of ASCII. Was something else pasted?`,
      );
    }
    setWrong('');
    rememberKey(given);
    onKey();
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>A key, please</h2>
    <p>${message} It stays in this tab.</p>
    ${wrong && html`<p class="failure" role="alert">${wrong}</p>`}
    <label>Key <input type="password" autocomplete="off" value=${key} onInput=${(/** @type {any} */ event) => setKey(event.target.value)} /></label>
    <p class="actions"><button>Enter</button> ${onLeave && html`<button type="button" onClick=${onLeave}>Keep the one I have</button>`}</p>
  </form>`;
}
