// What is served and what has landed: kept snapshots, what changed between two, going back to one; batches, withdrawing and restoring them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Batches } from './batches.js';
import { Failure } from './controls.js';
import { html } from './html.js';
import { RunCard, useAct } from './run-card.js';
import { Snapshots } from './snapshots.js';
import { useAnswer } from './use-answer.js';

const DATA = `query Data($id: ID, $isNamed: Boolean!, $after: String) {
  viewer { scope }
  runs(first: 1, where: { pipelines: [TRANSFORM], statuses: [QUEUED, RUNNING, CANCELLING] }) { nodes { id } }
  snapshot(id: $id) @include(if: $isNamed) { ...Kept }
  snapshots(after: $after) { pageInfo { endCursor hasNextPage hasPreviousPage } nodes { ...Kept } }
}
fragment Kept on Snapshot {
  id publishedAt isCurrent run { id pipeline }
  relations { layer name rows bytes } checks { name relation severity passed failures sample }
}`;

const EVERY_MS = 5_000;

/** @param {{ words: string[] }} props */
export function Data({ words }) {
  const [id] = words;
  // Cursors of the pages of snapshots before this one, and of this.
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const asked = { id, isNamed: id !== undefined, after: cursors.at(-1) };
  const answer = useAnswer(DATA, asked, { everyMs: EVERY_MS });
  const [runId, setRunId] = useState(/** @type {string | null} */ (null));
  const [done, setDone] = useState('');
  // Counts up when what has become of batches may be another.
  const [round, setRound] = useState(0);
  const news = useRef(/** @type {HTMLElement | null} */ (null));
  const refresh = () => {
    answer.again();
    setRound((n) => n + 1);
  };
  const [ask, said] = useAct(({ run, snapshot }) => {
    if (run) setRunId(run.id);
    setDone(snapshot ? `Snapshot ${snapshot.id} is served.` : '');
    refresh();
  });
  /** What comes of it is said at the top, wherever it was asked for. @type {import('./run-card.js').Act} */
  const act = async (operation, variables) => {
    const result = await ask(operation, variables);
    news.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
    return result;
  };
  // One that goes on already is shown to its end too.
  const underWay = answer.data?.runs.nodes[0]?.id;
  useEffect(() => {
    if (underWay) setRunId(underWay);
  }, [underWay]);
  // All that were older than the page before have been swept meanwhile.
  const isLost = answer.data?.snapshots.nodes.length === 0 && cursors.length > 0;
  useEffect(() => {
    if (isLost) setCursors([]);
  }, [isLost]);
  if (!answer.data) return html`<${Failure} answers=${[answer]} />`;
  const { viewer, snapshots, snapshot } = answer.data;
  const shown = id
    ? (snapshots.nodes.find((/** @type {any} */ each) => each.id === id) ?? snapshot)
    : snapshots.nodes.find((/** @type {any} */ { isCurrent }) => isCurrent);
  const turn = (/** @type {string[]} */ next) => {
    // What is shown stays, though another page does not list it.
    if (shown) location.hash = `#/data/${shown.id}`;
    setCursors(next);
  };
  const isReadOnly = viewer.scope === 'READ';
  return html`
    <section class="news" aria-label="What came of it" tabindex="-1" ref=${news}>
      ${isReadOnly && html`<p class="note">This key may only read. Whoever rolls back, withdraws or restores needs one of scope operate.</p>`}
      ${answer.error && html`<${Failure} answers=${[answer]} />`}
      ${said && html`<p class="failure" role="alert">${said}</p>`}
      ${!said && done && html`<p class="note" role="status">${done}</p>`}
      ${runId && html`<${RunCard} key=${runId} id=${runId} act=${act} isReadOnly=${isReadOnly} onEnd=${refresh} />`}
    </section>
    <${Snapshots} page=${snapshots} cursors=${cursors} onTurn=${turn} id=${id} shown=${shown} act=${isReadOnly ? null : act} />
    <${Batches} round=${round} act=${isReadOnly ? null : act} />
  `;
}
