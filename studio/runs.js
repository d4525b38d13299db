// The runs as they go: what is under way, step by step; trigger, cancel, retry; and the snapshots that came of them.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, follow } from './ask.js';
import { Failure } from './controls.js';
import { ago, took, whole } from './format.js';
import { html } from './html.js';
import { Scroll } from './scroll.js';
import { useAnswer } from './use-answer.js';

const RUN_FIELDS = 'id pipeline status attempt trigger createdAt startedAt endedAt resumesAt';
const LIST = `{
  runs(first: 12) { nodes { ${RUN_FIELDS} } }
  pipelines { name description schedule { cron timeZone isEnabled nextDueAt } }
  snapshots(first: 5) { nodes { id publishedAt isCurrent run { id } relations { name layer rows } checks { name severity passed failures } } }
}`;
const RUN = `query Run($id: ID!) { run(id: $id) {
  ${RUN_FIELDS} parameters
  progress { done total share message }
  steps { name status attempt startedAt endedAt rowsIn rowsOut rowsRejected requests }
  error { code message hint step } snapshot { id }
} }`;
const EVENTS =
  'subscription Events($id: ID!, $after: String) { runEvents(runId: $id, after: $after) { cursor at level step message } }';
const FAILED = '... on Error { message }';
const TRIGGER = `mutation Trigger($pipeline: PipelineName!) {
  triggerPipeline(input: { pipeline: $pipeline }) { ... on TriggerRunSuccess { run { id } } ${FAILED} }
}`;
const CANCEL = `mutation Cancel($id: ID!) { cancelRun(input: { runId: $id, reason: "from the studio" }) { ... on CancelRunSuccess { run { id } } ${FAILED} } }`;
const RETRY = `mutation Retry($id: ID!) { retryRun(input: { runId: $id, from: FAILURE }) { ... on TriggerRunSuccess { run { id } } ${FAILED} } }`;

const ENDED = ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED', 'TIMED_OUT'];
const LIST_EVERY_MS = 2_000;
/** A run that is under way, and one that ended, which may be queued again from here or elsewhere. */
const RUN_EVERY_MS = 700;
const ENDED_EVERY_MS = 2_000;
const RETRYABLE = ['FAILED', 'CANCELLED', 'CRASHED', 'TIMED_OUT', 'PARTIAL'];

/** @param {{ words: string[] }} props */
export function Runs({ words }) {
  const list = useAnswer(LIST, {}, { everyMs: LIST_EVERY_MS });
  const [said, setSaid] = useState('');
  const act = async (/** @type {string} */ operation, /** @type {Record<string, unknown>} */ variables) => {
    try {
      const [result] = Object.values(await ask(operation, variables));
      setSaid(result.message ?? '');
      if (result.run) location.hash = `#/runs/${result.run.id}`;
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
    list.again();
  };
  const id = words[0] ?? list.data?.runs.nodes[0]?.id;
  if (!list.data) return html`<${Failure} answers=${[list]} />`;
  return html`
    <div class="slicers">
      ${['REFRESH', 'CRAWL', 'TRANSFORM', 'HISTORY'].map((pipeline) => html`<button onClick=${() => act(TRIGGER, { pipeline })}>Run ${pipeline}</button>`)}
      <span class="quiet">${
        list.data.pipelines
          .filter((/** @type {any} */ { schedule }) => schedule?.isEnabled)
          .map(
            (/** @type {any} */ { name, schedule }) => `${name} at ${schedule.cron} (${schedule.timeZone})`,
          )
          .join(', ') || 'nothing is scheduled'
      }</span>
    </div>
    ${said && html`<p class="failure" role="alert">${said}</p>`}
    <div class="columns">
      <section class="card"><h2>Runs</h2><ul class="list">${list.data.runs.nodes.map(
        (
          /** @type {any} */ run,
        ) => html`<li class=${run.id === id ? 'picked' : ''}><span><a href=${`#/runs/${run.id}`}>${run.pipeline}</a>
          <span class="quiet"> ${run.trigger.toLowerCase()}, ${ago(run.createdAt)}</span></span><${Status} status=${run.status} /></li>`,
      )}</ul></section>
      ${id && html`<${RunCard} key=${id} id=${id} act=${act} />`}
    </div>
    <section class="card"><h2>Snapshots</h2><${Scroll} label="Snapshots"><table><thead><tr><th>snapshot</th><th>published</th><th>tracks</th><th>albums</th><th>artists</th><th>checks</th></tr></thead>
      <tbody>${list.data.snapshots.nodes.map((/** @type {any} */ snapshot) => html`<${SnapshotRow} snapshot=${snapshot} />`)}</tbody></table><//></section>
  `;
}

/** @param {{ status: string }} props */
const Status = ({ status }) =>
  html`<span class=${`badge ${status.toLowerCase()}`}>${status.toLowerCase().replace('_', ' ')}</span>`;

/** @param {{ id: string, act: (operation: string, variables: Record<string, unknown>) => Promise<void> }} props */
function RunCard({ id, act }) {
  const [everyMs, setEveryMs] = useState(RUN_EVERY_MS);
  const answer = useAnswer(RUN, { id }, { everyMs });
  const [events, setEvents] = useState(/** @type {any[]} */ ([]));
  const [failure, setFailure] = useState('');
  const run = answer.data?.run;
  const isOver = run ? ENDED.includes(run.status) : false;
  const attempt = run?.attempt;
  const seen = useRef(/** @type {string | null} */ (null));
  useEffect(() => setEveryMs(isOver ? ENDED_EVERY_MS : RUN_EVERY_MS), [isOver]);
  // The stream ends with the attempt: the next one has a stream of its own, which goes on behind what was seen.
  useEffect(() => {
    if (attempt === undefined) return undefined;
    const left = new AbortController();
    setFailure('');
    follow(EVENTS, { id, after: seen.current }, left.signal, ({ runEvents }) => {
      seen.current = runEvents.cursor;
      setEvents((before) => [...before.slice(-199), runEvents]);
    })
      .catch((error) => {
        if (!left.signal.aborted) setFailure(error.message);
      })
      .finally(() => !left.signal.aborted && answer.again());
    return () => left.abort();
  }, [id, attempt]);
  if (!run)
    return html`<section class="card"><${Failure} answers=${[answer]} />${answer.data && html`<p>There is no run “${id}”.</p>`}</section>`;
  const { progress } = run;
  const underWay = run.steps.find((/** @type {any} */ { status }) => status === 'RUNNING');
  return html`<section class="card">
    <h2>${run.pipeline} <${Status} status=${run.status} /></h2>
    <p class="quiet">${run.id} · attempt ${run.attempt} · ${took(run.startedAt, run.endedAt)} ${run.resumesAt ? `· goes on at ${run.resumesAt}` : ''}</p>
    ${!isOver && (underWay || progress.share !== null) && html`<progress max="1" value=${progress.share ?? undefined}></progress>`}
    ${!isOver && html`<p>${underWay && progress.message === 'queued' ? `${underWay.name} began` : progress.message}</p>`}
    ${run.error && html`<p class="failure">${run.error.message} ${run.error.hint ?? ''}</p>`}
    <p>
      ${!isOver && html`<button onClick=${() => act(CANCEL, { id }).then(answer.again)}>Cancel</button>`}
      ${RETRYABLE.includes(run.status) && html`<button onClick=${() => act(RETRY, { id }).then(answer.again)}>${run.status === 'PARTIAL' ? 'Fetch what it owes' : 'Go on from the failure'}</button>`}
    </p>
    <${Scroll} label="Steps"><table><thead><tr><th>step</th><th></th><th>took</th><th>in</th><th>out</th><th>rejected</th><th>requests</th></tr></thead>
      <tbody>${run.steps.map(
        (
          /** @type {any} */ step,
        ) => html`<tr><td>${step.name}</td><td><${Status} status=${step.status} /></td><td>${took(step.startedAt, step.endedAt)}</td>
          <td>${whole(step.rowsIn)}</td><td>${whole(step.rowsOut)}</td><td>${whole(step.rowsRejected)}</td><td>${whole(step.requests)}</td></tr>`,
      )}</tbody></table><//>
    <h3>Events</h3>
    ${failure && html`<p class="failure">${failure}</p>`}
    <ol class="events">${events.map((event) => html`<li class=${event.level.toLowerCase()}><time>${event.at.slice(11, 19)}</time> ${event.step && !event.message.startsWith(event.step) ? event.step : ''} ${event.message}</li>`)}</ol>
  </section>`;
}

/** @param {{ snapshot: any }} props */
function SnapshotRow({ snapshot }) {
  const rows = (/** @type {string} */ name) =>
    snapshot.relations.find(
      (/** @type {any} */ relation) => relation.layer === 'GOLD' && relation.name === name,
    )?.rows;
  const failed = snapshot.checks.filter((/** @type {any} */ check) => !check.passed);
  return html`<tr><td>${snapshot.isCurrent ? html`<b>${snapshot.id}</b>` : snapshot.id}</td><td>${ago(snapshot.publishedAt)}</td>
    <td>${whole(rows('tracks'))}</td><td>${whole(rows('albums'))}</td><td>${whole(rows('artists'))}</td>
    <td title=${failed.map((/** @type {any} */ check) => check.name).join(', ')}>${snapshot.checks.length - failed.length} of ${snapshot.checks.length} pass</td></tr>`;
}
