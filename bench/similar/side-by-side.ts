// Neighbors of well-known tracks before (cosine over raw values, as the replaced system) and after, as a table for results.md:
// node bench/similar/side-by-side.ts [url] [spotify_songs.csv]
import { resolve } from 'node:path';
import { ask, SERVER_URL } from '../../examples/ask.ts';
import { FEATURES } from '../../src/sources/files/datasets.ts';
import { readCsv } from './tracks.ts';

const url = process.argv[2] ?? SERVER_URL;
const rows = readCsv(resolve(process.argv[3] ?? '../shared/data/spotify_songs.csv'));
/** The best-known version of each is asked about. */
const SONGS = [
  ['Bohemian Rhapsody', 'Queen'],
  ['Stairway to Heaven', 'Led Zeppelin'],
  ['Smells Like Teen Spirit', 'Nirvana'],
  ['Billie Jean', 'Michael Jackson'],
  ['Hotel California', 'Eagles'],
  ['Lose Yourself', 'Eminem'],
  ['Despacito', 'Luis Fonsi'],
  ['Blinding Lights', 'The Weeknd'],
  ['bad guy', 'Billie Eilish'],
  ['Wake Me Up', 'Avicii'],
] as const;
const SHOWN = 5;

interface Answer {
  similarTracks: {
    nodes: {
      similarity: number;
      contributions: { feature: string; value: number }[];
      track: {
        name: string;
        releaseYear: number;
        artists: { name: string }[];
        playlists: { subgenres: string[] }[];
      };
    }[];
  };
}

const tracks = [...new Map(rows.map((row) => [row.track_id, row])).values()].map((row) => ({
  row,
  raw: [
    ...['track_popularity', ...FEATURES.filter((name) => name !== 'mode')].map((name) => Number(row[name])),
    Number(row.track_album_release_date?.slice(0, 4)),
  ],
}));

for (const [name, artist] of SONGS) {
  const [seed] = tracks
    .filter(({ row }) => row.track_name?.startsWith(name) && row.track_artist === artist)
    .sort((a, b) => Number(b.row.track_popularity) - Number(a.row.track_popularity));
  if (!seed) {
    console.error(`${name} by ${artist} is not in the file`);
    continue;
  }
  const length = (values: readonly number[]) => Math.hypot(...values);
  const before = tracks
    .filter(({ row }) => row.track_id !== seed.row.track_id && row.track_artist !== artist)
    .map(({ row, raw }) => ({
      row,
      cosine:
        seed.raw.reduce((sum, value, i) => sum + value * (raw[i] ?? 0), 0) / length(seed.raw) / length(raw),
    }))
    .sort((a, b) => b.cosine - a.cosine);
  const { similarTracks } = await ask<Answer>(
    url,
    `query ($id: ID!) { similarTracks(to: [$id], first: ${SHOWN}, maxPerArtist: 1, includeSeedArtists: false) {
      nodes { similarity contributions { feature value } track { name releaseYear artists { name } playlists { subgenres } } } } }`,
    { id: seed.row.track_id },
  );
  console.log(
    `**${name}** – ${artist}, ${seed.row.track_album_release_date?.slice(0, 4)} (${seed.row.playlist_subgenre})\n`,
  );
  console.log('| before: raw cosine | after | similarity | sets it apart most |\n|---|---|--:|---|');
  for (let at = 0; at < SHOWN; at++) {
    const old = before[at]?.row;
    const now = similarTracks.nodes[at];
    if (!old || !now) continue;
    const total = now.contributions.reduce((sum, { value }) => sum + value, 0);
    const parts = now.contributions
      .slice(0, 2)
      .map(({ feature, value }) => `${feature} ${((100 * value) / total).toFixed(0)} %`);
    const year = old.track_album_release_date?.slice(0, 4);
    console.log(
      `| ${cell(old.track_name)} – ${cell(old.track_artist)}, ${year} | ${cell(now.track.name)} – ${cell(now.track.artists[0]?.name)}, ${now.track.releaseYear} | ${now.similarity.toFixed(3)} | ${parts.join(', ')} |`,
    );
  }
  console.log('');
}

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|');
}
