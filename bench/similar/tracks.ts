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

/** The CSV's tracks, by id. */
function listTracks(csv: readonly CsvRow[]): CsvRow[] {
  const tracks = [...new Map(csv.map((row) => [row.track_id, row])).values()];
  return tracks.sort((a, b) => Buffer.compare(Buffer.from(a.track_id ?? ''), Buffer.from(b.track_id ?? '')));
}

/** Each track of the CSV with the numbers of its copies, as texts in their order: ids are in order then. */
function* eachCopy(csv: readonly CsvRow[], count: number): Generator<{ row: CsvRow; copy: string }> {
  const tracks = listTracks(csv);
  for (const [at, row] of tracks.entries()) {
    const copies = Math.floor(count / tracks.length) + (at < count % tracks.length ? 1 : 0);
    for (const copy of Array.from({ length: copies }, (_, number) => String(number)).sort())
      yield { row, copy };
  }
}

/** The CSV's tracks and copies of them with jitter of a fiftieth, `count` in all, by id; every copy has artists and playlists of its own. */
export function* copyTracks(csv: readonly CsvRow[], count: number): Generator<FeatureRow> {
  const random = seededRandomness(1);
  const jitter = () => 1 + (random.next() - 0.5) / 25;
  for (const { row, copy } of eachCopy(csv, count)) {
    const number = (name: string) => Number(row[name]) * (copy === '0' ? 1 : jitter());
    const trackId = `${row.track_id}${copy}`;
    yield {
      trackId,
      name: row.track_name ?? '',
      artistId: `${row.track_artist} ${copy}`,
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
    };
  }
}

/** Which artists of the copies are met on which playlists. */
export function* copyPlaces(csv: readonly CsvRow[], count: number): Generator<ContextRow> {
  const places = new Map<string, { artist: string; playlist: string; counts: Map<string, number> }>();
  for (const { row, copy } of eachCopy(csv, count)) {
    const key = `${row.track_artist}\u0000${row.playlist_id}`;
    const place = places.get(key) ?? {
      artist: row.track_artist ?? '',
      playlist: row.playlist_id ?? '',
      counts: new Map(),
    };
    place.counts.set(copy, (place.counts.get(copy) ?? 0) + 1);
    places.set(key, place);
  }
  for (const { artist, playlist, counts } of places.values())
    for (const [copy, met] of counts)
      yield { artistId: `${artist} ${copy}`, place: `${playlist} ${copy}`, count: met };
}

export function makeTable(rows: Iterable<FeatureRow>): FeatureTable {
  const table = createFeatureTable();
  for (const row of rows) table.add(row);
  return table.finish();
}
