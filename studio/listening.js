// What somebody played: the year in review, or everything.
import { useState } from 'preact/hooks';
import { ChartView } from './chart.js';
import { colorOf } from './colors.js';
import { Artists, Failure, Kpi } from './controls.js';
import { change, fixed, total, whole, wordsOf } from './format.js';
import { html } from './html.js';
import { Scroll } from './scroll.js';
import { useAnswer } from './use-answer.js';

const PERIOD = `totals { plays minutes tracks artists days newTracks newArtists skippedShare minorShare }
  before { totals { plays minutes } }
  topTracks(first: 10) { rank name artistName plays track { id } }
  topArtists(first: 10) { rank name plays artist { id name } }
  topGenres(first: 10) { name plays }
  hours: rhythm(by: HOUR) { label plays }
  weekdays: rhythm(by: WEEKDAY) { label plays }
  months: rhythm(by: MONTH) { label minutes }
  longestStreak { days from to }
  sessions { count averageMinutes longestMinutes }
  taste { feature mine catalogue }
  tempo { mean median bins { from plays } }`;

const FOR_YOU = `{ me { forYou { day reason nodes { seed { name } track { id name artists { id name } } } } } }`;
const NEXT = `{ me { recommended(first: 10) { reason nodes { seed { name } track { id name artists { id name } } } } } }`;

const YEAR = `query Wrapped($year: Int!, $timeZone: String!) { me { id displayName wrapped(year: $year, timeZone: $timeZone) { ${PERIOD} } } }`;
const EVER = `query Ever($timeZone: String!) { me { id displayName period(timeZone: $timeZone) { ${PERIOD} } exports { name rows plays podcasts audiobooks duplicates unresolved rejected unread } } }`;

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function Listening() {
  const [year, setYear] = useState(/** @type {number | null} */ (null));
  const answer = useAnswer(
    year === null ? EVER : YEAR,
    year === null ? { timeZone: ZONE } : { year, timeZone: ZONE },
  );
  const me = answer.data?.me;
  const period = me?.wrapped ?? me?.period;
  const thisYear = new Date().getFullYear();
  return html`
    <form class="slicers" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label>when <select value=${year ?? ''} onChange=${(/** @type {any} */ event) => setYear(event.target.value ? Number(event.target.value) : null)}>
        <option value="">everything</option>
        ${Array.from({ length: 12 }, (_, at) => thisYear - at).map((each) => html`<option value=${each}>${each}</option>`)}
      </select></label>
      ${me && html`<span class="quiet">${me.displayName || me.id}, clocks of ${ZONE}</span>`}
      <a href="/auth/spotify" style="margin-left:auto">Connect a Spotify account</a>
    </form>
    <${Failure} answers=${[answer]} />
    ${
      answer.data &&
      !me &&
      html`<section class="card"><h2>Nobody's listening is here yet</h2>
      <p>Import a data export of Spotify: <code>npx groovelake import my_spotify_data.zip</code></p></section>`
    }
    ${period && html`<${Period} period=${period} />`}
    ${me && html`<div class="grid"><${ForYou} /><${Next} /></div>`}
    ${me?.exports?.length > 0 && html`<${Exports} exports=${me.exports} />`}
  `;
}

/** What was chosen for the day, the same all day long. */
function ForYou() {
  const answer = useAnswer(FOR_YOU);
  const forYou = answer.data?.me?.forYou;
  return html`<section class="card"><h2>For you${forYou ? `, ${forYou.day}` : ''}</h2><${Failure} answers=${[answer]} />
    ${answer.data && !forYou && html`<p class="quiet">Nothing is chosen yet; the next run of HISTORY does it.</p>`}
    ${forYou?.nodes.length === 0 && html`<p class="quiet">Nothing near that was not played: ${forYou.reason}.</p>`}
    <${NearTracks} nodes=${(forYou?.nodes ?? []).filter((/** @type {any} */ { track }) => track)} />
  </section>`;
}

function Next() {
  const answer = useAnswer(NEXT);
  const nodes = answer.data?.me?.recommended.nodes ?? [];
  return html`<section class="card"><h2>What to play next</h2><${Failure} answers=${[answer]} />
    ${answer.data && nodes.length === 0 && html`<p class="quiet">Nothing near that was not played: ${answer.data.me?.recommended.reason}.</p>`}
    <${NearTracks} nodes=${nodes} /></section>`;
}

/** @param {{ nodes: any[] }} props */
function NearTracks({ nodes }) {
  return html`<ul class="list">${nodes.map(
    (each) => html`<li><a href=${`#/explore/${each.track.id}`}>${each.track.name || '(no name)'}</a>
      <span class="quiet"><${Artists} artists=${each.track.artists} /></span>
      <small class="quiet" style="margin-left:auto">near ${each.seed?.name ?? 'what you play'}</small></li>`,
  )}</ul>`;
}

/** @param {{ period: any }} props */
function Period({ period }) {
  const { totals, before } = period;
  const rate = before && before.totals.plays > 0 ? totals.plays / before.totals.plays - 1 : null;
  const share = (/** @type {number | null} */ value) =>
    value === null ? '–' : `${(100 * value).toFixed(0)} %`;
  if (totals.plays === 0) return html`<p class="card">Nothing was played then.</p>`;
  return html`
    <div class="kpis">
      <${Kpi} label="plays" value=${total(totals.plays)} note=${rate === null ? '' : `${change(rate)} on the year before`} />
      <${Kpi} label="minutes" value=${total(Math.round(totals.minutes))} note=${`on ${whole(totals.days)} days`} />
      <${Kpi} label="tracks" value=${total(totals.tracks)} note=${`${whole(totals.newTracks)} new`} />
      <${Kpi} label="artists" value=${total(totals.artists)} note=${`${whole(totals.newArtists)} new`} />
      <${Kpi} label="longest streak" value=${whole(period.longestStreak?.days)} note=${period.longestStreak ? `days, to ${period.longestStreak.to}` : ''} />
      <${Kpi} label="sessions" value=${whole(period.sessions.count)} note=${`${fixed(period.sessions.averageMinutes, 0)} min on average`} />
      <${Kpi} label="in minor keys" value=${share(totals.minorShare)} />
      <${Kpi} label="skipped" value=${share(totals.skippedShare)} />
    </div>
    <div class="grid">
      <section class="card"><h2>Most played</h2><ol class="list">${period.topTracks.map(
        (
          /** @type {any} */ top,
        ) => html`<li>${top.track ? html`<a href=${`#/explore/${top.track.id}`}>${top.name || '(no name)'}</a>` : html`<span>${top.name}</span>`}
          <span class="quiet">${top.artistName}</span><b>${whole(top.plays)}</b></li>`,
      )}</ol></section>
      <section class="card"><h2>Artists</h2><ol class="list">${period.topArtists.map(
        (/** @type {any} */ top) =>
          html`<li><span>${top.artist ? html`<${Artists} artists=${[top.artist]} />` : top.name}</span><b>${whole(top.plays)}</b></li>`,
      )}</ol></section>
      <${ChartView} title="Plays by hour" type="bar" data=${bars(period.hours, 'plays', 0)} />
      <${ChartView} title="Plays by weekday" type="bar" data=${bars(period.weekdays, 'plays', 5)} />
      <${ChartView} title="Minutes per month" type="bar" data=${bars(period.months, 'minutes', 2)} />
      <${ChartView} title="Genres, plays" type="bar" options=${{ indexAxis: 'y', scales: { y: { ticks: { autoSkip: false } } } }}
        data=${bars(
          period.topGenres.map((/** @type {any} */ { name, plays }) => ({ label: name, plays })),
          'plays',
          4,
        )} />
      <${Taste} taste=${period.taste} />
      <${ChartView} title=${`Tempo, mean ${fixed(period.tempo.mean, 1)}, median ${fixed(period.tempo.median, 1)} BPM`} type="bar"
        data=${bars(
          period.tempo.bins.map((/** @type {any} */ { from, plays }) => ({ label: String(from), plays })),
          'plays',
          8,
        )} />
    </div>
  `;
}

/** @param {any[]} points @param {string} measure @param {number} color */
const bars = (points, measure, color) => ({
  labels: points.map(({ label }) => label),
  datasets: [{ data: points.map((point) => point[measure]), backgroundColor: colorOf(color) }],
});

/** @param {{ taste: any[] }} props */
function Taste({ taste }) {
  const scores = taste.filter(({ feature }) => feature !== 'tempo' && feature !== 'loudness');
  const series = (/** @type {string} */ label, /** @type {string} */ key, /** @type {number} */ color) => ({
    label,
    data: scores.map((each) => each[key]),
    backgroundColor: colorOf(color),
  });
  return html`<${ChartView} title="Taste beside the whole catalogue, averages 0 to 1" type="bar" height=${260}
    options=${{ indexAxis: 'y', scales: { x: { min: 0, max: 1 }, y: { ticks: { autoSkip: false } } } }}
    data=${{ labels: scores.map(({ feature }) => wordsOf(feature)), datasets: [series('played', 'mine', 0), series('catalogue', 'catalogue', 8)] }} />`;
}

/** @param {{ exports: any[] }} props */
function Exports({ exports }) {
  const parts = ['plays', 'podcasts', 'audiobooks', 'duplicates', 'unresolved', 'rejected'];
  return html`<section class="card"><h2>Imported</h2><${Scroll} label="Imported"><table><thead><tr><th>export</th><th>rows read</th>${parts.map((name) => html`<th>${name}</th>`)}</tr></thead>
    <tbody>${exports.map((each) => html`<tr><td>${each.name}${each.unread.map((/** @type {string} */ file) => html`<div class="quiet">not read to its end: ${file}</div>`)}</td><td>${whole(each.rows)}</td>${parts.map((name) => html`<td>${whole(each[name])}</td>`)}</tr>`)}</tbody></table><//></section>`;
}
