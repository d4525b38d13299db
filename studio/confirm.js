// A question before something is done that others will see.
import { useEffect, useId, useRef } from 'preact/hooks';
import { html } from './html.js';

/**
 * Keeps the keys within until it is answered; Escape answers no. The focus begins at no, and goes back to where it was.
 *
 * @param {{ title: string, action: string, leave: string, isReady?: boolean, onAct: () => void, onLeave: () => void, children?: any }} props
 *   action, leave: what yes and no say; isReady: whether all is there that must be known before yes; onLeave: called after either
 */
export function Confirm({ title, action, leave, isReady = true, onAct, onLeave, children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const answer = (/** @type {boolean} */ isYes) => {
    dialog.current?.close();
    if (isYes) onAct();
  };
  return html`<dialog ref=${dialog} aria-labelledby=${id} onClose=${onLeave}>
    <h2 id=${id}>${title}</h2>
    ${children}
    <p class="actions"><button autofocus onClick=${() => answer(false)}>${leave}</button>
      <button class="strong" disabled=${!isReady} onClick=${() => answer(true)}>${action}</button></p>
  </dialog>`;
}
