// Kept snapshots, what changed between two of them, and going back to one.
import { useState } from 'preact/hooks';
import { Confirm } from './confirm.js';
import { Failure } from './controls.js';
import { ago, megabytes, minuteOf, sayFound, total, whole } from './format.js';
import { html } from './html.js';
import { Pages } from './pages.js';
import { Scroll } from './scroll.js';
import { useAnswer } from './use-answer.js';

const CHANGES = `query Changes($id: ID!, $from: ID!) {
  snapshot(id: $id) { diff(from: $from) { layer name added removed changed } }
}`;
// A snapshot's cursor is its id.
const BEFORE = `query Before($id: String!) { snapshots(first: 1, after: $id) { nodes { id isCurrent } } }`;
const NEXT_PUBLISH = `query NextPublish($id: ID!) {
  snapshot(id: $id) {
    missingBatches(first: 5) { totalCount nodes { id file } } withdrawnBatches(first: 5) { totalCount nodes { id file } }
  }
}`;
const ROLL_BACK = `mutation RollBack($id: ID!) {
  rollbackSnapshot(input: { snapshotId: $id, reason: "from the studio" }) {
    ... on RollbackSnapshotSuccess { snapshot { id } } ... on Error { message }
  }
}`;

/** @typedef {import('./run-card.js').Act} Act */

/**
 * @param {{ page: any, cursors: string[], onTurn: (cursors: string[]) => void, id: string | undefined, shown: any, act: Act | null }} props
 *   page: newest first; id: of the one that was asked for; shown: that one, null where it is not kept, or the served one; undefined: not
 *   known yet, or none; act: null for who may not
 */
export function Snapshots({ page: { nodes, pageInfo }, cursors, onTurn, id, shown, act }) {
  return html`<div class="columns">
    <section class="card"><h2>Snapshots</h2>
      ${nodes.length === 0 && !pageInfo.hasPreviousPage && html`<p class="quiet">None has been published yet.</p>`}
      <ul class="list">${nodes.map((/** @type {any} */ each) => html`<${Line} snapshot=${each} isShown=${each.id === shown?.id} />`)}</ul>
      <${Pages} cursors=${cursors} pageInfo=${pageInfo} onTurn=${onTurn} /></section>
    ${shown && html`<${SnapshotCard} key=${shown.id} snapshot=${shown} others=${nodes} act=${act} />`}
    ${shown === null && html`<section class="card"><p>The snapshot “${id}” is not kept.</p></section>`}
  </div>`;
}

/** @param {{ snapshot: any, isShown: boolean }} props */
function Line({ snapshot, isShown }) {
  const { rows, bytes, failed } = measure(snapshot);
  return html`<li class=${isShown ? 'picked' : ''}><span><a href=${`#/data/${snapshot.id}`} aria-current=${isShown ? 'true' : undefined}>${snapshot.id}</a> ${snapshot.isCurrent && html`<span class="badge served">served</span>`}<br />
    <span class="quiet">${snapshot.run ? `${snapshot.run.pipeline}, ` : ''}${ago(snapshot.publishedAt)} · ${total(rows)} rows, ${megabytes(bytes)}${failed.length > 0 ? ` · ${failed.length} ${failed.length === 1 ? 'check' : 'checks'} failed` : ''}</span></span></li>`;
}

/** @param {any} snapshot */
function measure({ relations, checks }) {
  const sum = (/** @type {'rows' | 'bytes'} */ name) =>
    relations.reduce((/** @type {number} */ all, /** @type {any} */ relation) => all + relation[name], 0);
  return {
    rows: sum('rows'),
    bytes: sum('bytes'),
    failed: checks.filter((/** @type {any} */ { passed }) => !passed),
  };
}

/** @param {{ snapshot: any, others: any[], act: Act | null }} props */
function SnapshotCard({ snapshot, others, act }) {
  const [isAsking, setAsking] = useState(false);
  const { rows, bytes, failed } = measure(snapshot);
  const { id, run, checks, relations, isCurrent, publishedAt } = snapshot;
  const gold = (/** @type {string} */ name) =>
    relations.find((/** @type {any} */ each) => each.layer === 'GOLD' && each.name === name)?.rows ?? 0;
  return html`<section class="card">
    <h2>Snapshot ${id} ${isCurrent && html`<span class="badge served">served</span>`}</h2>
    <p class="quiet">published ${minuteOf(publishedAt)}${run ? html` by <a href=${`#/runs/${run.id}`}>${run.pipeline}</a>` : ''}</p>
    <p>${whole(gold('tracks'))} tracks, ${whole(gold('albums'))} albums, ${whole(gold('artists'))} artists; ${whole(rows)} rows in ${relations.length} relations, ${megabytes(bytes)}.</p>
    <p>${failed.length === 0 ? `All ${checks.length} checks pass.` : `${failed.length} of ${checks.length} checks failed:`}</p>
    ${failed.length > 0 && html`<ul>${failed.map((/** @type {any} */ check) => html`<li>${check.name}: ${sayFound(check)}</li>`)}</ul>`}
    ${act && !isCurrent && html`<p class="actions"><button onClick=${() => setAsking(true)}>Roll back to it…</button></p>`}
    <${Changes} id=${id} others=${others} />
    ${isAsking && act && html`<${RollBack} snapshot=${snapshot} act=${act} onLeave=${() => setAsking(false)} />`}
  </section>`;
}

/**
 * What changed since the one before, or another that is picked: since a newer one only then.
 *
 * @param {{ id: string, others: any[] }} props others: a page of them, newest first, with or without it
 */
function Changes({ id, others }) {
  const older = useAnswer(BEFORE, { id });
  const before = older.data?.snapshots.nodes[0];
  const [picked, setPicked] = useState(/** @type {string | undefined} */ (undefined));
  const choice = others.filter((each) => each.id !== id && each.id !== before?.id);
  // Ids sort by the time of publish.
  if (before) choice.splice(choice.filter((each) => each.id > before.id).length, 0, before);
  const from = choice.find((each) => each.id === picked)?.id ?? before?.id;
  const answer = useAnswer(CHANGES, { id, from }, { skip: !from });
  if (choice.length === 0 && older.data)
    return html`<h3>What changed</h3><p class="quiet">No other snapshot is kept that it could be compared with.</p>`;
  const changes = answer.data?.snapshot?.diff.filter(
    (/** @type {any} */ each) => each.added + each.removed + each.changed > 0,
  );
  return html`<h3>What changed</h3>
    <label class="inline">since <select value=${from ?? ''} onChange=${(/** @type {any} */ event) => setPicked(event.target.value)}>
      ${!from && html`<option value="">${older.isLoading ? '' : 'choose one'}</option>`}
      ${choice.map((each) => html`<option value=${each.id}>${each.id}${each.id === before?.id ? ', the one before' : ''}${each.isCurrent ? ', served' : ''}</option>`)}
    </select></label>
    <${Failure} answers=${[older, answer]} />
    ${answer.data?.snapshot === null && html`<p>The snapshot is no longer kept.</p>`}
    ${changes?.length === 0 && html`<p>Nothing: they hold the same rows.</p>`}
    ${
      changes?.length > 0 &&
      html`<${Scroll} label="What changed"><table><thead><tr><th>relation</th><th>added</th><th>removed</th><th>changed</th></tr></thead>
      <tbody>${changes.map((/** @type {any} */ each) => html`<tr><td>${each.layer.toLowerCase()}.${each.name}</td><td>${whole(each.added)}</td><td>${whole(each.removed)}</td><td>${whole(each.changed)}</td></tr>`)}</tbody></table><//>`
    }`;
}

/** @param {{ snapshot: any, act: Act, onLeave: () => void }} props */
function RollBack({ snapshot, act, onLeave }) {
  const answer = useAnswer(NEXT_PUBLISH, { id: snapshot.id });
  const next = answer.data?.snapshot;
  const comes = next?.missingBatches;
  const goes = next?.withdrawnBatches;
  return html`<${Confirm} title="Roll back to this snapshot?" action="Roll back" leave="Keep what is served" isReady=${Boolean(next)}
    onAct=${() => act(ROLL_BACK, { id: snapshot.id })} onLeave=${onLeave}>
    <p>${snapshot.id}, published ${minuteOf(snapshot.publishedAt)}, is served at once in place of what is served now. What has landed stays.</p>
    <${Failure} answers=${[answer]} />
    ${next === null && html`<p>It is no longer kept, and cannot be gone back to.</p>`}
    ${
      comes?.totalCount > 0 &&
      html`<p><strong>The next run that publishes brings back what it lacks:</strong></p><${Named} batches=${comes} />
      <p>What is to stay out: withdraw it under Batches.</p>`
    }
    ${
      goes?.totalCount > 0 &&
      html`<p><strong>The next run that publishes leaves out what it holds and has been withdrawn:</strong></p><${Named} batches=${goes} />
      <p>What is to stay: restore it under Batches.</p>`
    }
    ${comes?.totalCount === 0 && goes?.totalCount === 0 && html`<p>It lacks no batch, and holds none that has been withdrawn, so the next run that publishes brings nothing back and leaves nothing out.</p>`}
  <//>`;
}

/** @param {{ batches: any }} props */
const Named = ({ batches: { totalCount, nodes } }) =>
  html`<ul>${nodes.map((/** @type {any} */ each) => html`<li>${each.file ? `${each.file} (${each.id})` : each.id}</li>`)}
    ${totalCount > nodes.length && html`<li>and ${whole(totalCount - nodes.length)} more</li>`}</ul>`;
