// Small pieces that pages share: a figure, the slicers, a failure.
import { useState } from 'preact/hooks';
import { html } from './html.js';
import { useAnswer } from './use-answer.js';

/**
 * @typedef {{ from?: number, to?: number, genre?: string, playlistGenre?: string, artist?: { id: string, name: string } }} Slice
 */

/** The slice as the API's TrackFilter. @param {Slice} slice @returns {Record<string, unknown>} */
export function toFilter({ from, to, genre, playlistGenre, artist }) {
  return {
    ...(from !== undefined || to !== undefined
      ? {
          releaseYear: {
            ...(from === undefined ? {} : { gte: from }),
            ...(to === undefined ? {} : { lte: to }),
          },
        }
      : {}),
    ...(genre ? { genres: { some: { eq: genre } } } : {}),
    ...(playlistGenre ? { playlists: { some: { genre: { eq: playlistGenre } } } } : {}),
    ...(artist ? { artists: { some: { id: { eq: artist.id } } } } : {}),
  };
}

const GENRES =
  '{ genres(first: 60, orderBy: [{ field: TRACK_COUNT, direction: DESC }]) { nodes { name trackCount } } }';
const PLAYLIST_GENRES =
  '{ trackStats(groupBy: [PLAYLIST_GENRE], orderBy: [{ by: COUNT, direction: DESC }], first: 60) { nodes { group { keys { value } } } } }';
const ARTISTS = `query FindArtist($term: String!) {
  search(term: $term, types: [ARTIST], first: 6) { nodes { node { ... on Artist { id name } } } }
}`;

/** @param {{ slice: Slice, onChange: (slice: Slice) => void }} props */
export function Slicers({ slice, onChange }) {
  const { data } = useAnswer(GENRES);
  const genres = data?.genres?.nodes.map((/** @type {any} */ { name }) => name);
  // Data sets without genres may still say under which genre a playlist lists a track.
  const listed = useAnswer(PLAYLIST_GENRES, {}, { skip: genres?.length !== 0 });
  const listedGenres = listed.data?.trackStats?.nodes
    .map((/** @type {any} */ { group }) => group.keys[0].value)
    .filter((/** @type {string | null} */ value) => value !== null);
  const choice = (
    /** @type {string} */ label,
    /** @type {'genre' | 'playlistGenre'} */ key,
    /** @type {string[]} */ names,
  ) => html`<label>${label} <select value=${slice[key] ?? ''} onChange=${(/** @type {any} */ event) => onChange({ ...slice, [key]: event.target.value || undefined })}>
      <option value="">any</option>
      ${names.map((name) => html`<option value=${name}>${name}</option>`)}
    </select></label>`;
  const year = (/** @type {'from' | 'to'} */ end) => html`<label>${end}
    <input type="number" min="1900" max="2100" placeholder="any" value=${slice[end] ?? ''}
      onChange=${(/** @type {any} */ event) => {
        const text = event.target.value;
        onChange({ ...slice, [end]: /^\d{4}$/.test(text) ? Number(text) : undefined });
      }} /></label>`;
  return html`<form class="slicers" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    ${year('from')} ${year('to')}
    ${genres?.length !== 0 ? choice('genre', 'genre', genres ?? []) : listedGenres?.length > 0 && choice('genre of playlists', 'playlistGenre', listedGenres)}
    <${ArtistPicker} artist=${slice.artist} onPick=${(/** @type {Slice['artist']} */ artist) => onChange({ ...slice, artist })} />
    <button type="button" disabled=${!Object.values(slice).some((value) => value !== undefined)} onClick=${() => onChange({})}>All</button>
  </form>`;
}

/** @param {{ artist: Slice['artist'], onPick: (artist: Slice['artist']) => void }} props */
function ArtistPicker({ artist, onPick }) {
  const [term, setTerm] = useState('');
  const { data } = useAnswer(ARTISTS, { term }, { delayMs: 150, skip: term.trim().length < 2 });
  const found = (data?.search?.nodes ?? []).map((/** @type {any} */ { node }) => node);
  const pick = (/** @type {Slice['artist']} */ chosen) => {
    setTerm('');
    onPick(chosen);
  };
  return html`<label class="picker">artist
    <input type="search" placeholder=${artist?.name ?? 'any'} value=${term} onInput=${(/** @type {any} */ event) => setTerm(event.target.value)} />
    ${
      found.length > 0 &&
      html`<ul class="choices">${found.map(
        (/** @type {any} */ each) =>
          html`<li><button type="button" onClick=${() => pick(each)}>${each.name}</button></li>`,
      )}</ul>`
    }
  </label>`;
}

/** Names that lead to the overview of each artist. @param {{ artists: { id: string, name: string }[] }} props */
export const Artists = ({ artists }) =>
  artists.map(
    ({ id, name }, at) =>
      html`${at ? ', ' : ''}<a href=${`#/artist/${encodeURIComponent(id)}/${encodeURIComponent(name)}`}>${name || '(no name)'}</a>`,
  );

/** @param {{ label: string, value: string, note?: string }} props */
export const Kpi = ({ label, value, note }) =>
  html`<div class="kpi"><span class="quiet">${label}</span><b>${value}</b><span class="quiet">${note || ' '}</span></div>`;

/** What went wrong, in the server's words; nothing while all is well. @param {{ answers: import('./use-answer.js').Answer[] }} props */
export function Failure({ answers }) {
  const error = answers.find((answer) => answer.error)?.error;
  if (error) return html`<p class="failure" role="alert">${error.message}</p>`;
  return answers.some((answer) => answer.isLoading)
    ? html`<p class="quiet loading" role="status">Asking.</p>`
    : null;
}
