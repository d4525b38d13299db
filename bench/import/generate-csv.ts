// Writes a CSV in the shape of the 1.2 million track set (tracks_features.csv): `node bench/import/generate-csv.ts FILE [ROWS]`.
//
// Invented rows, the same bytes for the same count: about 10 tracks an album, 1.4 artists a track, names with quotes and commas, years
// of 0 and dates of 0000 as the real set has them. 1,204,025 rows make about 400 MB. Nothing of it belongs in the repository.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const [path, count = '1204025'] = process.argv.slice(2);
if (!path) throw new Error('usage: generate-csv.ts FILE [ROWS]');

const HEADER =
  'id,name,album,album_id,artists,artist_ids,track_number,disc_number,explicit,danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,duration_ms,time_signature,year,release_date';
const WORDS =
  'love night blue river fire heart golden shadow dance moon rain summer ghost electric velvet stone'.split(
    ' ',
  );
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const TRACKS_PER_ALBUM = 10;
const ALBUMS_PER_ARTIST = 3;

let state = 20_231_219;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};
const whole = (below: number) => Math.floor(random() * below);
const score = () => random().toFixed(3);
const words = (many: number) => Array.from({ length: many }, () => WORDS[whole(WORDS.length)]).join(' ');

/** 22 base-62 digits that could be Spotify's: the first is at most 7. */
function toId(kind: string, number: number): string {
  const bytes = createHash('md5').update(`${kind} ${number}`).digest();
  let id = String((bytes[0] ?? 0) % 8);
  for (let at = 1; at < 22; at++)
    id += DIGITS[((bytes[at % 16] ?? 0) + at * (bytes[(at * 7) % 16] ?? 0)) % 62];
  return id;
}

function toRow(number: number): string {
  const album = Math.floor(number / TRACKS_PER_ALBUM);
  const artist = Math.floor(album / ALBUMS_PER_ARTIST);
  const artists = random() < 0.3 ? [artist, whole(artist + 1)] : [artist];
  const year = random() < 0.01 ? 0 : 1950 + (album % 71);
  const names = artists.map((id) => (id % 50 === 0 ? `"Band ${id}'s"` : `'Band ${id}'`)).join(', ');
  const cells = [
    toId('track', number),
    number % 40 === 0 ? `"${words(2)}, ""live"""` : words(3),
    words(2),
    toId('album', album),
    `"[${names.replaceAll('"', '""')}]"`,
    `"[${artists.map((id) => `'${toId('artist', id)}'`).join(', ')}]"`,
    (number % TRACKS_PER_ALBUM) + 1,
    1,
    random() < 0.07 ? 'True' : 'False',
    score(),
    score(),
    whole(12),
    (-30 * random()).toFixed(3),
    whole(2),
    score(),
    score(),
    score(),
    score(),
    score(),
    (60 + 140 * random()).toFixed(3),
    60_000 + whole(340_000),
    `${3 + whole(3)}.0`,
    year,
    year === 0
      ? '0000'
      : `${year}-${String(1 + whole(12)).padStart(2, '0')}-${String(1 + whole(28)).padStart(2, '0')}`,
  ];
  return cells.join(',');
}

const out = createWriteStream(path);
out.write(`${HEADER}\n`);
for (let number = 0; number < Number(count); ) {
  const page: string[] = [];
  for (; page.length < 5_000 && number < Number(count); number++) page.push(toRow(number));
  if (!out.write(`${page.join('\n')}\n`)) await once(out, 'drain');
}
out.end();
await once(out, 'finish');
