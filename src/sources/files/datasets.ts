// The public data sets that can be imported: how each is recognised by its header. Columns: SOURCES 5.1.
import { InvalidInputError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';

export interface Dataset {
  /** The source of its rows. */
  readonly source: string;
  readonly title: string;
  /** Columns that must be there; they tell it from the others. */
  readonly columns: readonly string[];
}

/** Columns of audio features that the data sets from Spotify share. */
export const FEATURES = [
  'danceability',
  'energy',
  'key',
  'loudness',
  'mode',
  'speechiness',
  'acousticness',
  'instrumentalness',
  'liveness',
  'valence',
  'tempo',
];

export const DATASETS: readonly Dataset[] = [
  {
    source: 'tidytuesday',
    title: 'TidyTuesday 2020-01-21, spotify_songs.csv',
    columns: [
      'track_id',
      'track_name',
      'track_artist',
      'track_popularity',
      'track_album_id',
      'track_album_name',
      'track_album_release_date',
      'playlist_name',
      'playlist_id',
      'playlist_genre',
      'playlist_subgenre',
      ...FEATURES,
      'duration_ms',
    ],
  },
  {
    source: 'kaggle_114k',
    title: 'maharshipandya, 114 genres with 1,000 tracks each, dataset.csv',
    columns: [
      'track_id',
      'artists',
      'album_name',
      'track_name',
      'popularity',
      'duration_ms',
      'explicit',
      ...FEATURES,
      'time_signature',
      'track_genre',
    ],
  },
  {
    source: 'kaggle_1m2',
    title: 'rodolfofigueroa, 1.2 million tracks, tracks_features.csv',
    columns: [
      'id',
      'name',
      'album',
      'album_id',
      'artists',
      'artist_ids',
      'track_number',
      'disc_number',
      'explicit',
      ...FEATURES,
      'duration_ms',
      'time_signature',
      'year',
      'release_date',
    ],
  },
  {
    source: 'kaggle_1921_2020_tracks',
    title: 'yamaerenay 1921-2020, later edition, tracks.csv',
    columns: [
      'id',
      'name',
      'popularity',
      'duration_ms',
      'explicit',
      'artists',
      'id_artists',
      'release_date',
      ...FEATURES,
      'time_signature',
    ],
  },
  {
    source: 'kaggle_1921_2020_data',
    title: 'yamaerenay 1921-2020, first edition, data.csv',
    columns: [
      'id',
      'name',
      'artists',
      'duration_ms',
      'release_date',
      'year',
      ...FEATURES,
      'popularity',
      'explicit',
    ],
  },
  {
    source: 'kaggle_1921_2020_artists',
    title: 'yamaerenay 1921-2020, later edition, artists.csv',
    columns: ['id', 'followers', 'genres', 'name', 'popularity'],
  },
];

export interface Recognised {
  readonly dataset: Dataset;
  /** Key under which each cell is kept; null for an index column, which has no name and no meaning. */
  readonly keys: readonly (string | null)[];
}

/**
 * Tells which data set a header belongs to: the first whose columns are all there, whatever their order and case. Index columns
 * and unknown columns are tolerated.
 *
 * A known column is kept under the name it has in DATASETS, another one as the header has it, and the second of two equal names
 * gets ".1", as pandas does.
 *
 * @throws InvalidInputError naming the nearest data set and the columns it misses
 */
export function recogniseHeader(header: readonly string[], file: string): Recognised {
  const present = new Set(header.map(toComparable));
  const dataset = DATASETS.find(({ columns }) => columns.every((column) => present.has(column)));
  if (!dataset) throw unknownHeader(header, present, file);
  const taken = new Set<string>();
  const keys = header.map((column) => {
    if (isIndexColumn(column)) return null;
    const known = dataset.columns.find((name) => name === toComparable(column));
    const key = makeUnique(known ?? column, taken);
    taken.add(key);
    return key;
  });
  return { dataset, keys };
}

/** Name of a column as it is compared: without blanks around and in lower case. */
function toComparable(column: string): string {
  return column.trim().toLowerCase();
}

/** What pandas and R write before the first column: the number of the row. */
function isIndexColumn(column: string): boolean {
  return /^(unnamed: ?\d+)?$/.test(toComparable(column));
}

function makeUnique(name: string, taken: ReadonlySet<string>): string {
  let key = name;
  for (let n = 1; taken.has(key); n++) key = `${name}.${n}`;
  return key;
}

function unknownHeader(
  header: readonly string[],
  present: ReadonlySet<string>,
  file: string,
): InvalidInputError {
  const ranked = DATASETS.map((dataset) => ({
    dataset,
    missing: dataset.columns.filter((column) => !present.has(column)),
  })).sort(
    (a, b) => a.missing.length / a.dataset.columns.length - b.missing.length / b.dataset.columns.length,
  );
  const [nearest] = ranked;
  const shown = header.slice(0, 30).join(', ');
  const isNear = nearest !== undefined && nearest.missing.length <= nearest.dataset.columns.length / 2;
  const others = [...present].filter((column) => !nearest?.dataset.columns.includes(column));
  const near = nearest?.missing.map((column) => {
    const given = findNearMiss(column, others);
    return given ? `${column} (is it "${given}"?)` : column;
  });
  const advice = isNear
    ? `It is nearest to "${nearest.dataset.title}", but misses ${near?.join(', ')}.`
    : `Known are: ${DATASETS.map(({ title, columns }) => `${title} (${columns.join(', ')})`).join('; ')}.`;
  return new InvalidInputError(
    `"${file}" is no data set that is known here: its header is "${shown.slice(0, 500)}". ${advice}`,
    { field: 'files', given: file, expected: 'a CSV file with the header of a known data set' },
  );
}
