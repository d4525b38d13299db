// The map of the music: every dot a track, near dots sound alike, colours are clusters.
import { useState } from 'preact/hooks';
import { ChartView } from './chart.js';
import { colorOf, dotColorOf } from './colors.js';
import { Artists, Failure, Slicers, toFilter } from './controls.js';
import { whole } from './format.js';
import { html } from './html.js';
import { useAnswer } from './use-answer.js';

const MAP = `query Map($where: TrackFilter) {
  musicMap(where: $where, sample: 900) {
    points { x y cluster track { id name artists { id name } } }
    clusters { id label size x y }
  }
}`;

export function MusicMap() {
  const [slice, setSlice] = useState(/** @type {import('./controls.js').Slice} */ ({}));
  const answer = useAnswer(MAP, { where: toFilter(slice) });
  const map = answer.data?.musicMap;
  return html`<${Slicers} slice=${slice} onChange=${setSlice} /><${Failure} answers=${[answer]} />
    ${answer.data && !map && html`<p class="card">This snapshot has no map. It is drawn when a snapshot is built.</p>`}
    ${map && html`<${Drawing} map=${map} />`}`;
}

/** @param {{ map: any }} props */
function Drawing({ map }) {
  const [picked, setPicked] = useState(/** @type {any} */ (null));
  const clusters = map.clusters.map((/** @type {any} */ cluster) => ({
    ...cluster,
    points: map.points.filter((/** @type {any} */ point) => point.cluster === cluster.id),
  }));
  return html`<div class="columns map">
    <${ChartView} title="Each dot a track; near dots sound alike" type="scatter" height=${560}
      onPick=${(/** @type {number} */ at, /** @type {number} */ dataset) => setPicked(clusters[dataset].points[at].track)}
      options=${{ plugins: { legend: { display: false } }, scales: { x: { ticks: { display: false } }, y: { ticks: { display: false } } } }}
      figures=${{
        head: ['track', 'artists', 'cluster'],
        rows: clusters.flatMap((/** @type {any} */ { label, points }) =>
          points.map((/** @type {any} */ { track }) => [
            html`<a href=${`#/explore/${track.id}`}>${track.name || '(no name)'}</a>`,
            html`<${Artists} artists=${track.artists} />`,
            label,
          ]),
        ),
      }}
      data=${{
        datasets: clusters.map((/** @type {any} */ cluster, /** @type {number} */ at) => ({
          label: cluster.label,
          data: cluster.points.map((/** @type {any} */ { x, y }) => ({ x, y })),
          backgroundColor: dotColorOf(at),
          pointRadius: 3,
        })),
      }} />
    <section class="card"><h2>Clusters</h2><ul class="list">
      ${clusters.map((/** @type {any} */ cluster, /** @type {number} */ at) => html`<li><span><i class="dot" style=${`background:${colorOf(at)}`}></i>${cluster.label}</span><b>${whole(cluster.size)}</b></li>`)}
    </ul>
    ${
      picked
        ? html`<h3>Picked</h3><p><a href=${`#/explore/${picked.id}`}>${picked.name || '(no name)'}</a>
      <span class="quiet"> <${Artists} artists=${picked.artists} /></span></p>`
        : html`<p class="quiet">Click a dot to see which track it is; the figures below the map name them all.</p>`
    }
    </section></div>`;
}
