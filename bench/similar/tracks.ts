// Tracks to measure with: the real CSV, and as many slightly changed copies of it as it takes.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { seededRandomness } from '../../src/clock.ts';
import type { ContextRow } from '../../src/recommend/context.ts';
import { createFeatureTable, type FeatureTable } from '../../src/recommend/feature-table.ts';
import type { FeatureRow } from '../../src/recommend/recipe.ts';

export type CsvRow = Readonly<Record<string, string>>;

export function readCsv(path: string): CsvRow[] {
  return parse(readFileSync(path), { columns: true, skip_empty_lines: true }) as CsvRow[];
}

/** Rows of the CSV's tracks, each once, copied with jitter of a fiftieth until there are `count`; every copy has artists and playlists of its own. */
export function copyTracks(
  csv: readonly CsvRow[],
  count: number,
): { rows: FeatureRow[]; context: ContextRow[] } {
  const tracks = [...new Map(csv.map((row) => [row.track_id, row])).values()];
  const random = seededRandomness(1);
  const jitter = () => 1 + (random.next() - 0.5) / 25;
  const rows: FeatureRow[] = [];
  const places = new Map<string, ContextRow>();
  for (let at = 0; at < count; at++) {
    const row = tracks[at % tracks.length] ?? {};
    const copy = Math.floor(at / tracks.length);
    const number = (name: string) => Number(row[name]) * (copy ? jitter() : 1);
    const trackId = `${row.track_id}${copy}`;
    const artistId = `${row.track_artist} ${copy}`;
    rows.push({
      trackId,
      artistId,
      recordingId: trackId,
      danceability: number('danceability'),
      energy: number('energy'),
      loudness: number('loudness'),
      valence: number('valence'),
      speechiness: number('speechiness'),
      liveness: number('liveness'),
      acousticness: number('acousticness'),
      instrumentalness: number('instrumentalness'),
      durationMs: number('duration_ms'),
      tempo: number('tempo'),
      releaseYear: Number(row.track_album_release_date?.slice(0, 4)),
      popularity: Number(row.track_popularity),
    });
    const place = `${row.playlist_id} ${copy}`;
    const met = places.get(`${artistId}\u0000${place}`);
    places.set(`${artistId}\u0000${place}`, { artistId, place, count: (met?.count ?? 0) + 1 });
  }
  rows.sort((a, b) => Buffer.compare(Buffer.from(a.trackId), Buffer.from(b.trackId)));
  return { rows, context: [...places.values()] };
}

export function makeTable(rows: readonly FeatureRow[]): FeatureTable {
  const table = createFeatureTable();
  for (const row of rows) table.add(row);
  return table.finish();
}
