// Batches as they landed, and taking some of them out of what is built, or in again.
import { useEffect, useState } from 'preact/hooks';
import { Confirm } from './confirm.js';
import { Failure } from './controls.js';
import { ago, whole } from './format.js';
import { html } from './html.js';
import { Pages } from './pages.js';
import { useAnswer } from './use-answer.js';

const BATCHES = `query Batches($where: BatchFilter!, $after: String) {
  batches(after: $after, where: $where) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { id source status sealedAt openedAt documents counts { kind documents } file isServed run { id pipeline } }
  }
}`;
const WITHDRAW = `mutation Withdraw($ids: [ID!]!) {
  withdrawBatches(input: { ids: $ids }) { ... on TriggerRunSuccess { run { id } } ... on Error { message } }
}`;
const RESTORE = `mutation Restore($ids: [ID!]!) {
  restoreBatches(input: { ids: $ids }) { ... on TriggerRunSuccess { run { id } } ... on Error { message } }
}`;

/** @type {Record<string, { name: string, where: Record<string, unknown> }>} */
const FILTERS = {
  all: { name: 'all', where: {} },
  served: { name: 'served', where: { isServed: true } },
  waiting: { name: 'sealed, not served', where: { statuses: ['SEALED'], isServed: false } },
  withdrawn: { name: 'withdrawn', where: { statuses: ['WITHDRAWN'] } },
  open: { name: 'open', where: { statuses: ['OPEN'] } },
};

const NAMED = 5;
const EVERY_MS = 5_000;

/** @typedef {import('./run-card.js').Act} Act */

/** @param {{ round: number, act: Act | null }} props round: another one asks anew; act: null for who may not */
export function Batches({ round, act }) {
  const [filter, setFilter] = useState('all');
  // Cursors of the pages before this one, and of this.
  const [cursors, setCursors] = useState(/** @type {string[]} */ ([]));
  const [picked, setPicked] = useState(/** @type {Map<string, any>} */ (new Map()));
  const [verb, setVerb] = useState(/** @type {'withdraw' | 'restore' | null} */ (null));
  const answer = useAnswer(
    BATCHES,
    { where: FILTERS[filter]?.where, after: cursors.at(-1) },
    { everyMs: EVERY_MS },
  );
  useEffect(() => {
    if (round > 0) answer.again();
  }, [round]);
  const page = answer.data?.batches;
  const nodes = page?.nodes ?? [];
  const pick = (/** @type {any[]} */ batches, /** @type {boolean} */ isPicked) => {
    const next = new Map(picked);
    for (const batch of batches) isPicked ? next.set(batch.id, batch) : next.delete(batch.id);
    setPicked(next);
  };
  const sealed = nodes.filter((/** @type {any} */ { status }) => status !== 'OPEN');
  const ofStatus = (/** @type {string} */ status) =>
    [...picked.values()].filter((each) => each.status === status);
  const movable = { withdraw: ofStatus('SEALED'), restore: ofStatus('WITHDRAWN') };
  const move = async (/** @type {Act} */ todo, /** @type {'withdraw' | 'restore'} */ how) => {
    const ids = movable[how].map(({ id }) => id);
    if (await todo(how === 'withdraw' ? WITHDRAW : RESTORE, { ids })) setPicked(new Map());
  };
  return html`<section class="card"><h2>Batches</h2>
    <div class="slicers">
      <label>which <select value=${filter} onChange=${(/** @type {any} */ event) => {
        setFilter(event.target.value);
        setCursors([]);
        setPicked(new Map());
      }}>${Object.entries(FILTERS).map(([key, { name }]) => html`<option value=${key}>${name}</option>`)}</select></label>
      ${
        act &&
        html`<button disabled=${movable.withdraw.length === 0} onClick=${() => setVerb('withdraw')}>${sayHowMany('Withdraw', movable.withdraw)}</button>
        <button disabled=${movable.restore.length === 0} onClick=${() => setVerb('restore')}>${sayHowMany('Restore', movable.restore)}</button>`
      }
      ${page && html`<span class="quiet">${whole(page.totalCount)} ${page.totalCount === 1 ? 'batch' : 'batches'}, newest first</span>`}
    </div>
    ${(!page || answer.error) && html`<${Failure} answers=${[answer]} />`}
    ${page?.totalCount === 0 && html`<p class="quiet">There is none${filter === 'all' ? ' yet' : ' of these'}.</p>`}
    ${
      act &&
      sealed.length > 1 &&
      html`<label class="check all"><input type="checkbox" checked=${sealed.every((/** @type {any} */ { id }) => picked.has(id))}
      onChange=${(/** @type {any} */ event) => pick(sealed, event.target.checked)} /> all of this page</label>`
    }
    <ul class="list batches">${nodes.map(
      (
        /** @type {any} */ batch,
      ) => html`<${Line} key=${batch.id} batch=${batch} isPicked=${picked.has(batch.id)}
      onPick=${act && batch.status !== 'OPEN' ? (/** @type {boolean} */ isPicked) => pick([batch], isPicked) : null} />`,
    )}</ul>
    <${Pages} cursors=${cursors} pageInfo=${page?.pageInfo} onTurn=${setCursors} />
    ${verb && act && html`<${Move} verb=${verb} batches=${movable[verb]} onAct=${() => move(act, verb)} onLeave=${() => setVerb(null)} />`}
  </section>`;
}

/** @param {string} verb @param {any[]} batches */
const sayHowMany = (verb, { length }) => (length > 0 ? `${verb} ${whole(length)}…` : verb);

/** @param {{ batch: any, isPicked: boolean, onPick: ((isPicked: boolean) => void) | null }} props */
function Line({ batch, isPicked, onPick }) {
  const { id, file, source, run, sealedAt, openedAt, documents } = batch;
  const name = html`<strong>${file ?? id}</strong> <${Standing} batch=${batch} />`;
  const when = sealedAt ? ago(sealedAt) : `begun ${ago(openedAt)}`;
  const holds = documents === null ? '' : ` · ${whole(documents)} documents: ${listKinds(batch)}`;
  return html`<li class=${isPicked ? 'picked' : ''}><div>
    ${
      onPick
        ? html`<label class="check"><input type="checkbox" checked=${isPicked} onChange=${(/** @type {any} */ event) => onPick(event.target.checked)} /><span>${name}</span></label>`
        : name
    }
    <p class="quiet">${file ? `${id} · ` : ''}${source}${run ? html`, by <a href=${`#/runs/${run.id}`}>${run.pipeline}</a>` : ''}${`, ${when}${holds}`}</p></div></li>`;
}

/** Documents by kind, most first: track 1,631, album 152. @param {any} batch */
function listKinds({ counts }) {
  /** @type {Map<string, number>} */
  const kinds = new Map();
  for (const { kind, documents } of counts) kinds.set(kind, (kinds.get(kind) ?? 0) + documents);
  return [...kinds]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, documents]) => `${kind.replace('_', ' ')}${kinds.size > 1 ? ` ${whole(documents)}` : ''}`)
    .join(', ');
}

/** @param {{ batch: any }} props */
function Standing({ batch: { status, isServed } }) {
  if (status === 'OPEN') return html`<span class="badge running">open</span>`;
  if (status === 'WITHDRAWN')
    return html`<span class=${`badge ${isServed ? 'partial' : ''}`}>${isServed ? 'withdrawn, still served' : 'withdrawn'}</span>`;
  return html`<span class=${`badge ${isServed ? 'served' : ''}`}>${isServed ? 'served' : 'not served'}</span>`;
}

/** @param {{ verb: 'withdraw' | 'restore', batches: any[], onAct: () => void, onLeave: () => void }} props */
function Move({ verb, batches, onAct, onLeave }) {
  const what = batches.length === 1 ? 'this batch' : `these ${whole(batches.length)} batches`;
  const says =
    verb === 'withdraw'
      ? 'A run of TRANSFORM builds everything anew, as though that had never landed, and publishes. What is withdrawn stays where it is, and can be restored.'
      : 'A run of TRANSFORM takes in again what was withdrawn, as what newly landed, and publishes.';
  return html`<${Confirm} title=${`${verb === 'withdraw' ? 'Withdraw' : 'Restore'} ${what}?`} action=${verb === 'withdraw' ? 'Withdraw' : 'Restore'}
    leave="Leave it as it is" onAct=${onAct} onLeave=${onLeave}>
    <ul>${batches.slice(0, NAMED).map(({ id, file, documents }) => html`<li>${file ? `${file} (${id})` : id}, ${whole(documents)} documents</li>`)}
      ${batches.length > NAMED && html`<li>and ${whole(batches.length - NAMED)} more</li>`}</ul>
    <p>${says}</p>
  <//>`;
}
