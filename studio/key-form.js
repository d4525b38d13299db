// The question for a key, where the server wants one.
import { useState } from 'preact/hooks';
import { rememberKey } from './ask.js';
import { html } from './html.js';

/** @param {{ message: string, onKey: () => void }} props */
export function KeyForm({ message, onKey }) {
  const [key, setKey] = useState('');
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    rememberKey(key.trim());
    onKey();
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>A key, please</h2>
    <p>${message} It stays in this tab.</p>
    <input type="password" autocomplete="off" aria-label="key" value=${key} onInput=${(/** @type {any} */ event) => setKey(event.target.value)} />
    <button>Enter</button>
  </form>`;
}
