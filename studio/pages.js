// Leading from page to page of a list.
import { html } from './html.js';

/**
 * Nothing where one page is all there is.
 *
 * @param {{ cursors: string[], pageInfo: any, onTurn: (cursors: string[]) => void }} props cursors: of the pages before this one, and of this
 */
export const Pages = ({ cursors, pageInfo, onTurn }) =>
  (cursors.length > 0 || pageInfo?.hasNextPage) &&
  html`<p class="actions"><button disabled=${cursors.length === 0} onClick=${() => onTurn(cursors.slice(0, -1))}>Newer</button>
    <button disabled=${!pageInfo?.hasNextPage} onClick=${() => onTurn([...cursors, pageInfo.endCursor])}>Older</button></p>`;
