// The catalogue at a glance: figures with their change on the year before, the usual charts, and slicers that hold for all of them.
import { useState } from 'preact/hooks';
import { ChartView } from './chart.js';
import { colorOf, dotColorOf } from './colors.js';
import { Artists, Failure, Kpi, Slicers, toFilter } from './controls.js';
import { change, compact, fixed, minutes, total, whole } from './format.js';
import { html } from './html.js';
import { useAnswer } from './use-answer.js';

/** The year in which the catalogue ends, and whether it is whole: asked of all of it, whatever the slice. */
const LATEST =
  '{ albums(orderBy: [{ field: RELEASE_DATE, direction: DESC, nulls: LAST }], first: 1) { nodes { releaseDate } } }';
const FIGURES = `query Figures($where: TrackFilter, $whole: TrackFilter) {
  all: trackStats(where: $where) { nodes {
    count artistCount albumCount
    durationMs { avg } popularity { max } energy { avg missing } danceability { avg } valence { avg }
    acousticness { avg } speechiness { avg } liveness { avg } instrumentalness { avg }
    tempo { avg median histogram(bins: 25, min: 0, max: 250) { from to count } }
  } }
  perYear: timeline(of: TRACKS, measure: COUNT, grain: YEAR, where: $whole) {
    points { period value changeRate } trend { slope forecast(periods: 2) { period value } }
  }
  albums: timeline(of: ALBUMS, measure: COUNT, grain: YEAR, where: $whole) { points { period value changeRate } }
  duration: timeline(of: TRACKS, measure: AVG_DURATION_MS, grain: YEAR, where: $whole) { points { period value } }
}`;

const CHARTS = `query Charts($where: TrackFilter) {
  genres: trackStats(where: $where, groupBy: [GENRE], orderBy: [{ by: COUNT, direction: DESC }], first: 14) { nodes { group { label keys { value } } count } }
  modes: trackStats(where: $where, groupBy: [MODE]) { nodes { group { label keys { value } } shareOfTotal } }
  types: albumStats(groupBy: [ALBUM_TYPE]) { nodes { group { label keys { value } } shareOfTotal } }
  scatter(x: ENERGY, y: ACOUSTICNESS, where: $where, sample: 400, seed: 1) { x y track { id name artists { id name } } }
  correlation(x: ENERGY, y: ACOUSTICNESS, where: $where) { pearson slope intercept rSquared }
}`;

const TOPS = `query Tops($where: TrackFilter, $artists: ArtistFilter) {
  tracks(where: $where, first: 10) { nodes { id name popularity artists { id name } } }
  artists(where: $artists, orderBy: [{ field: FOLLOWERS, direction: DESC, nulls: LAST }, { field: POPULARITY, direction: DESC, nulls: LAST }], first: 10) {
    nodes { id name followers popularity }
  }
}`;

/** Where no source gives genres, or followers: what else is known of the kind. */
const PLAYLIST_GENRES = `query PlaylistGenres($where: TrackFilter) {
  trackStats(where: $where, groupBy: [PLAYLIST_GENRE], orderBy: [{ by: COUNT, direction: DESC }], first: 14) {
    nodes { group { label keys { value } } count }
  }
}`;
const BUSIEST = `query Busiest($where: TrackFilter) {
  trackStats(where: $where, groupBy: [ARTIST], orderBy: [{ by: COUNT, direction: DESC }], first: 10) {
    nodes { group { label artist { id name } } count popularity { avg } }
  }
}`;

/** @param {{ words: string[] }} props id and name of an artist to begin with; none for everything */
export function Overview({ words: [id, name = ''] }) {
  const [slice, setSlice] = useState(
    /** @type {import('./controls.js').Slice} */ (id ? { artist: { id, name } } : {}),
  );
  const where = toFilter(slice);
  const latest = useAnswer(LATEST);
  const partYear = latest.data && findPartYear(latest.data.albums.nodes[0]?.releaseDate ?? '');
  const whole = partYear
    ? toFilter({ ...slice, to: Math.min(slice.to ?? Number.POSITIVE_INFINITY, partYear - 1) })
    : where;
  const figures = useAnswer(FIGURES, { where, whole }, { skip: !latest.data });
  const charts = useAnswer(CHARTS, { where });
  const tops = useAnswer(TOPS, {
    where,
    artists: Object.keys(where).length ? { tracks: { some: where } } : {},
  });
  return html`
    <${Slicers} slice=${slice} onChange=${setSlice} />
    <${Failure} answers=${[latest, figures, charts, tops]} />
    ${figures.data && html`<${Figures} data=${figures.data} />`}
    <div class="grid">
      ${figures.data && html`<${Timelines} data=${figures.data} partYear=${partYear} />`}
      ${charts.data && html`<${Spread} data=${charts.data} where=${where} />`}
      ${figures.data && html`<${Sound} data=${figures.data} />`}
    </div>
    ${tops.data && html`<div class="grid"><${Tops} data=${tops.data} where=${where} /></div>`}
  `;
}

/** @param {{ data: any }} props */
function Figures({ data }) {
  const [all] = data.all.nodes;
  const year = data.perYear.points.at(-1);
  const albumYear = data.albums.points.at(-1);
  if (!all?.count) return html`<p class="card">No track passes these slicers. Widen them.</p>`;
  return html`<div class="kpis">
    <${Kpi} label="tracks" value=${total(all.count)} note=${year && `${whole(year.value)} in ${year.period} (${change(year.changeRate)})`} />
    <${Kpi} label="albums" value=${total(all.albumCount)} note=${albumYear && `${whole(albumYear.value)} in ${albumYear.period} (${change(albumYear.changeRate)})`} />
    <${Kpi} label="artists" value=${total(all.artistCount)} />
    <${Kpi} label="average length" value=${minutes(all.durationMs.avg)} />
    <${Kpi} label="average tempo" value=${fixed(all.tempo.avg, 1)} note=${`median ${fixed(all.tempo.median, 1)} BPM`} />
    <${Kpi} label="average valence" value=${fixed(all.valence.avg)} />
    <${Kpi} label="most popular" value=${whole(all.popularity.max)} note="of 100" />
    <${Kpi} label="without features" value=${total(all.energy.missing)} note=${`${((100 * all.energy.missing) / all.count).toFixed(1)} %`} />
  </div>`;
}

/**
 * The last year of the catalogue where it is not whole, else null: a year that is not over, or of whose months the last have nothing yet.
 *
 * @param {string} date of the latest release: 2020-01-29, 2020-01 or 2020
 */
function findPartYear(date, now = new Date()) {
  const [year, month] = date.split('-').map(Number);
  if (!year) return null;
  return year >= now.getFullYear() || (month !== undefined && month < 12) ? year : null;
}

/** @param {{ data: any, partYear: number | null }} props */
function Timelines({ data, partYear }) {
  if (data.perYear.points.length === 0) return null;
  const less = partYear ? `; without ${partYear}, not whole yet` : '';
  const { slope = 0, forecast = [] } = data.perYear.trend ?? {};
  const labels = [...data.perYear.points, ...forecast].map(({ period }) => period);
  const albums = new Map(data.albums.points.map((/** @type {any} */ { period, value }) => [period, value]));
  const known = data.perYear.points.length;
  // The trend is a straight line: what it forecasts says where it ran before.
  const trend = labels.map((_, at) =>
    forecast.length ? Math.max(0, forecast[0].value + (at - known) * slope) : null,
  );
  return html`
    <${ChartView} title=${`Tracks and albums per year, and where the trend leads${less}`} type="line" data=${{
      labels,
      datasets: [
        line(
          'tracks',
          labels.map((_, at) => data.perYear.points[at]?.value ?? null),
          0,
        ),
        line(
          'albums',
          labels.map((period) => albums.get(period) ?? null),
          1,
        ),
        { ...line('trend', trend, 9), borderDash: [4, 4], borderWidth: 1 },
      ],
    }} />
    <${ChartView} title=${`Average length per year, minutes${less}`} type="line" data=${{
      labels: data.duration.points.map((/** @type {any} */ { period }) => period),
      datasets: [
        line(
          'minutes',
          data.duration.points.map((/** @type {any} */ { value }) =>
            value === null ? null : value / 60_000,
          ),
          2,
        ),
      ],
    }} />
  `;
}

/** @param {string} label @param {(number | null)[]} values @param {number} color */
const line = (label, values, color) => ({
  label,
  data: values,
  borderColor: colorOf(color),
  backgroundColor: colorOf(color),
  pointRadius: 0,
  borderWidth: 2,
  cubicInterpolationMode: 'monotone',
});

/** Whether any group is of a value: tracks without one make a group of their own. @param {any[]} nodes */
const isKnown = (nodes) => nodes.some(({ group }) => group.keys[0].value !== null);

/** @param {{ data: any, where: Record<string, unknown> }} props */
function Spread({ data, where }) {
  const points = data.scatter;
  const { pearson, slope, intercept } = data.correlation ?? {};
  const fit =
    slope === null || slope === undefined ? [] : [0, 1].map((x) => ({ x, y: slope * x + intercept }));
  const shares = (/** @type {any[]} */ nodes) => ({
    labels: nodes.map(({ group }) => group.label.toLowerCase()),
    datasets: [
      {
        data: nodes.map((node) => Math.round(1000 * node.shareOfTotal) / 10),
        backgroundColor: nodes.map((_, at) => colorOf(at)),
        borderWidth: 0,
      },
    ],
  });
  return html`
    ${isKnown(data.genres.nodes) ? html`<${Genres} title="Tracks by genre" nodes=${data.genres.nodes} />` : html`<${PlaylistGenres} where=${where} />`}
    ${
      points.length > 0 &&
      html`<${ChartView} title=${`Energy and acousticness, r = ${fixed(pearson)}`} type="scatter" height=${300}
      onPick=${(/** @type {number} */ at, /** @type {number} */ dataset) => {
        if (dataset === 0) location.hash = `#/explore/${points[at].track.id}`;
      }}
      options=${{ scales: { x: { min: 0, max: 1, title: { display: true, text: 'energy' } }, y: { min: 0, max: 1, title: { display: true, text: 'acousticness' } } }, plugins: { legend: { display: false } } }}
      figures=${{
        head: ['track', 'energy', 'acousticness'],
        rows: points.map((/** @type {any} */ { x, y, track }) => [
          html`<a href=${`#/explore/${track.id}`}>${track.name || '(no name)'}</a>`,
          fixed(x, 3),
          fixed(y, 3),
        ]),
      }}
      data=${{
        datasets: [
          {
            data: points.map((/** @type {any} */ { x, y }) => ({ x, y })),
            backgroundColor: dotColorOf(2),
            pointRadius: 2.5,
          },
          { type: 'line', data: fit, borderColor: colorOf(1), borderWidth: 2, pointRadius: 0 },
        ],
      }} />`
    }
    ${isKnown(data.modes.nodes) && html`<${ChartView} title="Major and minor, % of tracks" type="doughnut" data=${shares(data.modes.nodes)} options=${{ plugins: { legend: { display: true } } }} />`}
    ${isKnown(data.types.nodes) && html`<${ChartView} title="Albums by type, %" type="doughnut" data=${shares(data.types.nodes)} options=${{ plugins: { legend: { display: true } } }} />`}
  `;
}

/** @param {{ title: string, nodes: any[] }} props */
const Genres = ({ title, nodes }) =>
  html`<${ChartView} title=${title} type="bar" height=${300} options=${{ indexAxis: 'y', scales: { y: { ticks: { autoSkip: false } } } }} data=${{
    labels: nodes.map(({ group }) => group.label),
    datasets: [{ label: 'tracks', data: nodes.map(({ count }) => count), backgroundColor: colorOf(0) }],
  }} />`;

/** @param {{ where: Record<string, unknown> }} props */
function PlaylistGenres({ where }) {
  const nodes = useAnswer(PLAYLIST_GENRES, { where }).data?.trackStats?.nodes ?? [];
  return (
    isKnown(nodes) &&
    html`<${Genres} title="Tracks by genre of the playlists they are on; no source gives their own" nodes=${nodes} />`
  );
}

/** @param {{ data: any }} props */
function Sound({ data }) {
  const [all] = data.all.nodes;
  if (!all?.count || all.energy.missing === all.count) return null;
  const names = [
    'danceability',
    'energy',
    'valence',
    'acousticness',
    'speechiness',
    'liveness',
    'instrumentalness',
  ];
  // Bins of ten from the first that any track is in.
  const bins = all.tempo.histogram;
  const tempos = bins.slice(
    Math.max(
      0,
      bins.findIndex((/** @type {any} */ { count }) => count > 0),
    ),
  );
  return html`
    <${ChartView} title="How it sounds, averages 0 to 1" type="bar" options=${{ indexAxis: 'y', scales: { x: { min: 0, max: 1 }, y: { ticks: { autoSkip: false } } } }} data=${{
      labels: names,
      datasets: [
        { data: names.map((name) => all[name].avg), backgroundColor: names.map((_, at) => colorOf(at)) },
      ],
    }} />
    <${ChartView} title=${`Tempo, mean ${fixed(all.tempo.avg, 1)}, median ${fixed(all.tempo.median, 1)} BPM`} type="bar"
      options=${{ scales: { x: { grid: { display: false } } } }} data=${{
        labels: tempos.map((/** @type {any} */ { from }) => from),
        datasets: [
          {
            data: tempos.map((/** @type {any} */ { count }) => count),
            backgroundColor: colorOf(5),
            categoryPercentage: 1,
            barPercentage: 0.95,
          },
        ],
      }} />
  `;
}

/** @param {{ data: any, where: Record<string, unknown> }} props */
function Tops({ data, where }) {
  const followed = data.artists.nodes.filter((/** @type {any} */ { followers }) => followers !== null);
  return html`
    <section class="card"><h2>Most popular tracks</h2><ol class="list">
      ${data.tracks.nodes.map(
        (
          /** @type {any} */ track,
        ) => html`<li><a href=${`#/explore/${track.id}`}>${track.name || '(no name)'}</a>
          <span class="quiet"><${Artists} artists=${track.artists} /></span><b>${whole(track.popularity)}</b></li>`,
      )}
    </ol></section>
    ${
      followed.length === 0
        ? html`<${Busiest} where=${where} />`
        : html`<section class="card"><h2>Most followed artists</h2><ol class="list">
          ${followed.map(
            (/** @type {any} */ artist) => html`<li><span><${Artists} artists=${[artist]} /></span>
          <span class="quiet">popularity ${whole(artist.popularity)}</span><b>${compact(artist.followers)}</b></li>`,
          )}
        </ol></section>`
    }
  `;
}

/** @param {{ where: Record<string, unknown> }} props */
function Busiest({ where }) {
  const nodes = useAnswer(BUSIEST, { where }).data?.trackStats?.nodes ?? [];
  const known = nodes.filter((/** @type {any} */ { group }) => group.artist);
  return (
    known.length > 0 &&
    html`<section class="card"><h2>Artists with most tracks</h2><ol class="list">
      ${known.map(
        (
          /** @type {any} */ { group, count, popularity },
        ) => html`<li><span><${Artists} artists=${[group.artist]} /></span>
          <span class="quiet">${popularity.avg === null ? '' : `average popularity ${fixed(popularity.avg, 0)}`}</span><b>${whole(count)}</b></li>`,
      )}
    </ol></section>`
  );
}
