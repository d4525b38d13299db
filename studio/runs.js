// The runs as they go: what is under way, step by step; trigger, cancel, retry.
import { Failure } from './controls.js';
import { ago } from './format.js';
import { html } from './html.js';
import { RunCard, Status, useAct } from './run-card.js';
import { useAnswer } from './use-answer.js';

const LIST = `{
  runs(first: 12) { nodes { id pipeline status trigger createdAt } }
  pipelines { name schedule { cron timeZone isEnabled } }
}`;
const TRIGGER = `mutation Trigger($pipeline: PipelineName!) {
  triggerPipeline(input: { pipeline: $pipeline }) { ... on TriggerRunSuccess { run { id } } ... on Error { message } }
}`;

const LIST_EVERY_MS = 2_000;

/** @param {{ words: string[] }} props */
export function Runs({ words }) {
  const list = useAnswer(LIST, {}, { everyMs: LIST_EVERY_MS });
  const [act, said] = useAct(({ run }) => {
    location.hash = `#/runs/${run.id}`;
    list.again();
  });
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
    ${list.error && html`<${Failure} answers=${[list]} />`}
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
  `;
}
