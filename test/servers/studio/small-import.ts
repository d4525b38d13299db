// A small file of the kind of spotify_songs.csv: no followers, no genres but of playlists, no types of albums, and a last year that is not whole.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../end-to-end/process.ts';

const HEADER =
  'track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,track_album_release_date,' +
  'playlist_name,playlist_id,playlist_genre,playlist_subgenre,danceability,energy,key,loudness,mode,speechiness,' +
  'acousticness,instrumentalness,liveness,valence,tempo,duration_ms';

/** Tracks of a whole year, 2015 to 2019; of 2020 there is January with one. */
const PER_YEAR = [8, 9, 10, 11, 12];
export const TRACKS = 51;

const GENRES = ['pop', 'rock', 'latin'];

/** @param first number of the first track */
function listRows(first: number): string[] {
  const dates = PER_YEAR.flatMap((count, year) =>
    Array.from({ length: count }, (_, at) => `${2015 + year}-${String(12 - at).padStart(2, '0')}-15`),
  );
  return [...dates, '2020-01-10'].map((date, place) => {
    const at = first + place;
    const id = String(at).padStart(22, '0');
    const share = ((at * 7) % 20) / 20 + 0.01;
    const features = `${share},${(1 - share).toFixed(2)},${at % 12},-6.${at},${at % 2},0.05,${share},0,0.1,0.5,${90 + at},${180_000 + 1_000 * at}`;
    const genre = GENRES[at % 3];
    return `${id},Track ${at},Artist ${at % 9 === 0 ? 'Zero' : at % 9},${place},${id.replace('0', 'A')},Album ${at},${date},List of ${genre},${id.replace('0', 'P')},${genre},new ${genre},${features}`;
  });
}

/** Imports it into a data folder. */
export async function importSmall(dataDir: string): Promise<void> {
  await importFile(dataDir, 'songs.csv', 0);
}

/** Imports another one, of as many other tracks. */
export async function importMore(dataDir: string): Promise<void> {
  await importFile(dataDir, 'more.csv', TRACKS);
}

async function importFile(dataDir: string, name: string, first: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'groovelake-test-'));
  const file = join(folder, name);
  await writeFile(file, `${[HEADER, ...listRows(first)].join('\n')}\n`);
  const { code, output } = await runProgram(['import', file], { GROOVELAKE_DATA_DIR: dataDir });
  await rm(folder, { recursive: true });
  if (code !== 0) throw new Error(`The import ended with ${code}:\n${output}`);
}
