// One run as it goes: its steps and events, and what can be done about it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, follow } from './ask.js';
import { Confirm } from './confirm.js';
import { Failure } from './controls.js';
import { took, whole } from './format.js';
import { html } from './html.js';
import { Scroll } from './scroll.js';
import { useAnswer } from './use-answer.js';

const RUN = `query Run($id: ID!) { run(id: $id) {
  id pipeline status attempt startedAt endedAt resumesAt
  progress { done total share message }
  steps { name status attempt startedAt endedAt rowsIn rowsOut rowsRejected requests }
  error { code message hint step } snapshot { id }
} }`;
const EVENTS =
  'subscription Events($id: ID!, $after: String) { runEvents(runId: $id, after: $after) { cursor at level type step message data } }';
const CANCEL =
  'mutation Cancel($id: ID!) { cancelRun(input: { runId: $id, reason: "from the studio" }) { ... on CancelRunSuccess { run { id } } ... on Error { message } } }';
const RETRY =
  'mutation Retry($id: ID!) { retryRun(input: { runId: $id, from: FAILURE }) { ... on TriggerRunSuccess { run { id } } ... on Error { message } } }';
const LATEST = '{ snapshots(first: 1) { nodes { publishedAt } } }';
const ACCEPT_LOSS = `mutation AcceptLoss {
  triggerPipeline(input: { pipeline: TRANSFORM, parameters: { acceptLoss: true } }) { ... on TriggerRunSuccess { run { id } } ... on Error { message } }
}`;

const ENDED = ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED', 'TIMED_OUT'];
/** A run that is under way, and one that ended, which may be queued again from here or elsewhere. */
const RUN_EVERY_MS = 700;
const ENDED_EVERY_MS = 2_000;
const RETRYABLE = ['FAILED', 'CANCELLED', 'CRASHED', 'TIMED_OUT', 'PARTIAL'];

/**
 * A way to ask for a change, and what was said of the last one where it was not done.
 *
 * @typedef {(operation: string, variables?: Record<string, unknown>) => Promise<any>} Act answers with the result; null: it was not done
 *
 * @param {(result: any) => void} onDone
 * @returns {[act: Act, said: string]}
 */
export function useAct(onDone) {
  const [said, setSaid] = useState('');
  const act = async (
    /** @type {string} */ operation,
    /** @type {Record<string, unknown> | undefined} */ variables,
  ) => {
    try {
      const [result] = Object.values(await ask(operation, variables));
      setSaid(result.message ?? '');
      if (result.message) return null;
      onDone(result);
      return result;
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
      return null;
    }
  };
  return [act, said];
}

/** @param {{ status: string }} props */
export const Status = ({ status }) =>
  html`<span class=${`badge ${status.toLowerCase()}`}>${status.toLowerCase().replace('_', ' ')}</span>`;

/**
 * @param {{ id: string, act: Act, isReadOnly?: boolean, onEnd?: () => void }} props isReadOnly: whoever looks may change nothing;
 *   onEnd: called when it is found to have ended
 */
export function RunCard({ id, act, isReadOnly = false, onEnd }) {
  const [everyMs, setEveryMs] = useState(RUN_EVERY_MS);
  const answer = useAnswer(RUN, { id }, { everyMs });
  const [events, setEvents] = useState(/** @type {any[]} */ ([]));
  const [failure, setFailure] = useState('');
  const run = answer.data?.run;
  const isOver = run ? ENDED.includes(run.status) : false;
  const isStopped = isOver && isLoss(run.error);
  const latest = useAnswer(LATEST, {}, { skip: !isStopped, everyMs: ENDED_EVERY_MS });
  const publishedAt = latest.data?.snapshots.nodes[0]?.publishedAt;
  // What has been published since is another build, with a loss of its own if any.
  const isLast = publishedAt !== undefined && Date.parse(publishedAt) < Date.parse(run?.endedAt);
  const attempt = run?.attempt;
  const [isAsking, setAsking] = useState(false);
  const seen = useRef(/** @type {string | null} */ (null));
  useEffect(() => {
    setEveryMs(isOver ? ENDED_EVERY_MS : RUN_EVERY_MS);
    if (isOver) onEnd?.();
  }, [isOver]);
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
  const lost = isStopped ? html`<${Lost} events=${events} />` : null;
  const underWay = run.steps.find((/** @type {any} */ { status }) => status === 'RUNNING');
  return html`<section class="card">
    <h2>${run.pipeline} <${Status} status=${run.status} /></h2>
    ${answer.error && html`<${Failure} answers=${[answer]} />`}
    <p class="quiet">${run.id} · attempt ${run.attempt} · ${took(run.startedAt, run.endedAt)} ${run.resumesAt ? `· goes on at ${run.resumesAt}` : ''}
      ${run.snapshot && html`· <a href=${`#/data/${run.snapshot.id}`}>what it published</a>`}</p>
    ${!isOver && (underWay || progress.share !== null) && html`<progress max="1" value=${progress.share ?? undefined}></progress>`}
    ${!isOver && html`<p>${underWay && progress.message === 'queued' ? `${underWay.name} began` : progress.message}</p>`}
    ${run.error && html`<p class="failure">${run.error.message} ${run.error.hint ?? ''}</p>`}
    ${lost && html`<p>More rows would ${isLast ? 'go' : 'have gone'} than may without being asked for. ${isLast ? 'What is served stays; batches that were withdrawn stay so.' : publishedAt !== undefined && 'Something has been published since.'}</p>${lost}`}
    ${
      !isReadOnly &&
      html`<p class="actions">
      ${lost && isLast && html`<button onClick=${() => setAsking(true)}>Accept the loss…</button>`}
      ${!isOver && html`<button onClick=${() => act(CANCEL, { id }).then(answer.again)}>Cancel</button>`}
      ${RETRYABLE.includes(run.status) && html`<button onClick=${() => act(RETRY, { id }).then(answer.again)}>${run.status === 'PARTIAL' ? 'Fetch what it owes' : 'Go on from the failure'}</button>`}
    </p>`
    }
    <${Scroll} label="Steps"><table><thead><tr><th>step</th><th></th><th>took</th><th>in</th><th>out</th><th>rejected</th><th>requests</th></tr></thead>
      <tbody>${run.steps.map(
        (
          /** @type {any} */ step,
        ) => html`<tr><td>${step.name}</td><td><${Status} status=${step.status} /></td><td>${took(step.startedAt, step.endedAt)}</td>
          <td>${whole(step.rowsIn)}</td><td>${whole(step.rowsOut)}</td><td>${whole(step.rowsRejected)}</td><td>${whole(step.requests)}</td></tr>`,
      )}</tbody></table><//>
    ${
      isAsking &&
      html`<${Confirm} title="Build again, and accept the loss?" action="Accept the loss" leave="Keep what is served"
      onAct=${() => act(ACCEPT_LOSS)} onLeave=${() => setAsking(false)}>
      <p>A run of TRANSFORM builds from what is not withdrawn and publishes, however many rows go.</p>${lost}<//>`
    }
    <h3>Events</h3>
    ${failure && html`<p class="failure">${failure}</p>`}
    <ol class="events">${events.map((event) => html`<li class=${event.level.toLowerCase()}><time>${event.at.slice(11, 19)}</time> ${event.step && !event.message.startsWith(event.step) ? event.step : ''} ${event.message}</li>`)}</ol>
  </section>`;
}

/** Whether a check stopped it that may be told that the loss is wanted. @param {any} error */
const isLoss = (error) =>
  error?.code === 'CHECK_FAILED' && /\b(?:volume_loss|sandbox_in_place_of_real) found\b/.test(error.message);

/** What would be lost, by relation, as far as the check says. @param {{ events: any[] }} props */
function Lost({ events }) {
  const found = events.findLast(
    ({ type, message }) => type === 'check.failed' && message.startsWith('volume_loss'),
  );
  const rows = found?.data?.sample ?? [];
  if (rows.length === 0) return null;
  const more = Number(/^volume_loss: (\d+)/.exec(found.message)?.[1] ?? 0) - rows.length;
  return html`<${Scroll} label="What would be lost"><table><thead><tr><th>relation</th><th>rows now</th><th>then</th></tr></thead>
    <tbody>${rows.map((/** @type {any} */ row) => html`<tr><td>${row.relation}</td><td>${whole(Number(row.rows_before))}</td><td>${whole(Number(row.rows_now))}</td></tr>`)}
      ${more > 0 && html`<tr><td colspan="3" class="quiet">and ${more} more ${more === 1 ? 'relation' : 'relations'}</td></tr>`}</tbody></table><//>`;
}
