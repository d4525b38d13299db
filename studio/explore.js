// A search, and a track with how it sounds, what is near it and why, and where its row came from.
import { useState } from 'preact/hooks';
import { ChartView } from './chart.js';
import { colorOf } from './colors.js';
import { Artists, Failure } from './controls.js';
import { ago, fixed, groupDocuments, minutes, whole, wordsOf } from './format.js';
import { html } from './html.js';
import { useAnswer } from './use-answer.js';
import { useTitle } from './use-title.js';

const SEARCH = `query Search($term: String!) {
  search(term: $term, first: 20) { nodes { score node {
    __typename
    ... on Artist { id name popularity topTracks(by: POPULARITY, first: 3) { track { id name } } }
    ... on Album { id name releaseDate artists { id name } tracks(first: 3) { nodes { id name } } }
    ... on Track { id name popularity artists { id name } }
  } } }
}`;

const POPULAR = `{ tracks(first: 10) { nodes { __typename id name popularity artists { id name } } } }`;

const TRACK = `query Track($id: ID!) {
  track(id: $id) {
    id name durationMs popularity releaseYear isExplicit isrc externalUrl
    artists { id name } album { name releaseDate albumType label } genres { name }
    audioFeatures { danceability energy valence acousticness instrumentalness liveness speechiness tempo loudness keyName mode timeSignature provider }
    similarTracks(first: 8, maxPerArtist: 2) { reason isExact nodes {
      similarity distance contributions { feature value }
      track { id name releaseYear artists { id name } }
    } }
    provenance { source fetchedAt run { id pipeline } }
  }
}`;

/** @param {{ words: string[] }} props */
export function Explore({ words }) {
  const [term, setTerm] = useState('');
  const found = useAnswer(SEARCH, { term }, { delayMs: 150, skip: term.trim() === '' });
  const [id] = words;
  return html`
    <form class="slicers" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <label class="wide">search <input type="search" autofocus placeholder="an artist, an album, a track" value=${term}
        onInput=${(/** @type {any} */ event) => setTerm(event.target.value)} /></label>
    </form>
    <${Failure} answers=${[found]} />
    <div class="columns">
      ${
        found.data &&
        html`<section class="card"><h2>Found</h2>
        ${found.data.search.nodes.length === 0 && html`<p class="quiet">Nothing matches “${term}”.</p>`}
        <ul class="list">${found.data.search.nodes.map((/** @type {any} */ hit) => html`<${Hit} node=${hit.node} />`)}</ul></section>`
      }
      ${id ? html`<${TrackCard} key=${id} id=${id} />` : !found.data && html`<${Popular} />`}
    </div>
  `;
}

/** Something to begin with, before anything was typed. */
function Popular() {
  const answer = useAnswer(POPULAR);
  return html`<section class="card"><h2>Most popular</h2><${Failure} answers=${[answer]} />
    <p class="quiet">Or type words of a name, or of an artist and a title (“queen bohemian”); accents and case do not matter.</p>
    <ul class="list">${(answer.data?.tracks?.nodes ?? []).map((/** @type {any} */ node) => html`<${Hit} node=${node} />`)}</ul></section>`;
}

/** @param {{ node: any }} props */
function Hit({ node }) {
  const link = (/** @type {any} */ track) =>
    html`<a href=${`#/explore/${track.id}`}>${track.name || '(no name)'}</a>`;
  if (node.__typename === 'Track')
    return html`<li>${link(node)} <span class="quiet"><${Artists} artists=${node.artists} /></span><b>${whole(node.popularity)}</b></li>`;
  const tracks =
    node.__typename === 'Artist'
      ? node.topTracks.map((/** @type {any} */ { track }) => track)
      : node.tracks.nodes;
  const about =
    node.__typename === 'Artist'
      ? 'artist'
      : html`album, <${Artists} artists=${node.artists} />, ${node.releaseDate ?? 'undated'}`;
  return html`<li><span><strong>${node.__typename === 'Artist' ? html`<${Artists} artists=${[node]} />` : node.name || '(no name)'}</strong> <span class="badge">${about}</span><br />
    <span class="quiet">${tracks.map((/** @type {any} */ track, /** @type {number} */ at) => html`${at ? ' · ' : ''}${link(track)}`)}</span></span></li>`;
}

/** @param {{ id: string }} props */
function TrackCard({ id }) {
  const answer = useAnswer(TRACK, { id });
  const track = answer.data?.track;
  useTitle(track?.name);
  if (!track)
    return html`<section class="card"><${Failure} answers=${[answer]} />${answer.data && html`<p>There is no track “${id}”.</p>`}</section>`;
  const features = track.audioFeatures;
  const names = [
    'danceability',
    'energy',
    'valence',
    'acousticness',
    'instrumentalness',
    'liveness',
    'speechiness',
  ];
  return html`<section class="card">
    <h2>${track.name || '(no name)'}</h2>
    <p>${track.artists.length ? html`<${Artists} artists=${track.artists} />` : 'no artist known'}
      <span class="quiet"> · ${track.album?.name ?? 'no album known'} (${track.album?.releaseDate ?? 'undated'})</span></p>
    <p class="quiet">${[minutes(track.durationMs), `popularity ${whole(track.popularity)}`, track.isExplicit ? 'explicit' : '', ...track.genres.map((/** @type {any} */ { name }) => name)].filter(Boolean).join(' · ')}</p>
    ${
      features
        ? html`<p>${fixed(features.tempo, 1)} BPM · ${features.keyName ?? 'no key'} ${(features.mode ?? '').toLowerCase()} · ${fixed(features.loudness, 1)} dB
            <span class="quiet"> by ${features.provider}</span></p>
          <${ChartView} title="How it sounds, 0 to 1" type="bar" height=${160} options=${{ indexAxis: 'y', scales: { x: { min: 0, max: 1 }, y: { ticks: { autoSkip: false } } } }}
            data=${{ labels: names, datasets: [{ data: names.map((name) => features[name]), backgroundColor: names.map((_, at) => colorOf(at)) }] }} />`
        : html`<p class="quiet">No provider has audio features of it.</p>`
    }
    <h3>Near it</h3>
    ${track.similarTracks.nodes.length === 0 && html`<p class="quiet">None: ${track.similarTracks.reason ?? 'no neighbors'}.</p>`}
    <ul class="list">${track.similarTracks.nodes.map((/** @type {any} */ each) => html`<${Neighbor} neighbor=${each} />`)}</ul>
    <h3>Where it came from</h3>
    <ul class="list">${groupDocuments(track.provenance).map(
      ([each, count]) =>
        html`<li><span>${each.source}${count > 1 ? `, ${count} documents` : ''}</span><span class="quiet">fetched ${ago(each.fetchedAt)}${each.run ? html` by <a href=${`#/runs/${each.run.id}`}>${each.run.pipeline}</a>` : ''}</span></li>`,
    )}</ul>
  </section>`;
}

/** @param {{ neighbor: any }} props */
function Neighbor({ neighbor }) {
  const apart = [...neighbor.contributions]
    .sort((a, b) => b.value - a.value)
    .slice(0, 3)
    .filter(({ value }) => value > 0);
  return html`<li><span><a href=${`#/explore/${neighbor.track.id}`}>${neighbor.track.name || '(no name)'}</a>
      <span class="quiet"> <${Artists} artists=${neighbor.track.artists} />, ${neighbor.track.releaseYear ?? 'undated'}</span><br />
      <small class="quiet">differs most in ${apart.map(({ feature }) => wordsOf(feature)).join(', ') || 'nothing'}</small></span>
    <b title="similarity">${fixed(neighbor.similarity, 3)}</b></li>`;
}
