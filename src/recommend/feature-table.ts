// The rows a snapshot's vectors are made from, as columns: 170 bytes a track, so that 1.2 million of them fit beside the build.
import { type Credits, createCreditsBuilder } from './credits.ts';
import { grow } from './grow.ts';
import { createIdListBuilder, type IdList } from './id-list.ts';
import { COMPONENTS, type FeatureRow, OWN_DIM } from './recipe.ts';
import { createSongsBuilder } from './songs.ts';

export interface FeatureTable {
  /** Tracks; a track's place is its label, everywhere. */
  readonly count: number;
  readonly trackIds: IdList;
  /** [count x OWN_DIM]: transformed, not yet standardised; NaN where it is not known. */
  readonly values: Float64Array;
  /** The first artist of each track as a place in artistIds; -1 where there is none. */
  readonly artists: Int32Array;
  /** Those who come first on a track. */
  readonly artistIds: IdList;
  /** All artists of each track. */
  readonly credits: Credits;
  /** The label of the first indexed track of the same recording; its own label for most. */
  readonly recordings: Uint32Array;
  /** The label of the first track of the same song, whichever version it is. */
  readonly songs: Uint32Array;
}

export interface FeatureTableBuilder {
  /** Rows come in ascending order of track id (by UTF-8 bytes), each once. @throws RangeError otherwise */
  add(row: FeatureRow): void;
  /** Says of the row added last that it is by another artist too. */
  credit(artistId: string): void;
  readonly count: number;
  finish(): FeatureTable;
}

export function createFeatureTable(): FeatureTableBuilder {
  const trackIds = createIdListBuilder();
  const credits = createCreditsBuilder();
  const songs = createSongsBuilder();
  const artistNumbers = new Map<string, number>();
  /** Recordings whose first track has no features, by id: the first label seen. */
  const strays = new Map<string, number>();
  let values = new Float64Array(1_024 * OWN_DIM);
  let artists = new Int32Array(1_024);
  let recordings = new Uint32Array(1_024);

  const numberOf = (artistId: string) => {
    const known = artistNumbers.get(artistId);
    if (known !== undefined) return known;
    artistNumbers.set(artistId, artistNumbers.size);
    return artistNumbers.size - 1;
  };
  /** A recording goes by its smallest track id, so that its first track has been added before, if it is indexed at all. */
  const recordingOf = (recordingId: string, trackId: string, label: number) => {
    if (recordingId === trackId) return label;
    const first = trackIds.find(recordingId);
    if (first >= 0) return first;
    const stray = strays.get(recordingId) ?? label;
    strays.set(recordingId, stray);
    return stray;
  };

  return {
    add: (row) => {
      const label = trackIds.count;
      trackIds.add(row.trackId);
      if (label === artists.length) {
        values = grow(values);
        artists = grow(artists);
        recordings = grow(recordings);
      }
      for (const [at, { name, transform }] of COMPONENTS.entries()) {
        const value = row[name];
        values[label * OWN_DIM + at] = isKnown(value) ? transform(value) : Number.NaN;
      }
      const artist = row.artistId === null ? -1 : numberOf(row.artistId);
      artists[label] = artist;
      credits.begin();
      if (artist >= 0) credits.add(artist);
      recordings[label] = recordingOf(row.recordingId, row.trackId, label);
      songs.add(row.name);
    },
    credit: (artistId) => credits.add(numberOf(artistId)),
    get count() {
      return trackIds.count;
    },
    finish: () => {
      const count = trackIds.count;
      const sorted = sortArtists(artistNumbers, artists.subarray(0, count));
      return {
        count,
        trackIds: trackIds.finish(),
        values: values.subarray(0, count * OWN_DIM),
        artists: artists
          .subarray(0, count)
          .map((number) => (number < 0 ? -1 : (sorted.places[number] ?? -1))),
        artistIds: sorted.ids,
        credits: credits.finish(),
        recordings: recordings.subarray(0, count),
        songs: songs.finish(artists.subarray(0, count)),
      };
    },
  };
}

/** A number that can be reckoned with: sources have been seen to give NaN and infinities. */
function isKnown(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

/** Those of the artists who come first on a track, by the bytes of their ids, and the place of each by its number. */
function sortArtists(
  numbers: ReadonlyMap<string, number>,
  first: Int32Array,
): { ids: IdList; places: Int32Array } {
  const isFirst = new Uint8Array(numbers.size);
  for (const number of first) isFirst[number] = 1;
  const byBytes = [...numbers]
    .filter(([, number]) => isFirst[number] === 1)
    .map(([id, number]) => ({ id, number, bytes: Buffer.from(id, 'utf8') }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  const ids = createIdListBuilder();
  const places = new Int32Array(numbers.size);
  for (const [place, { id, number }] of byBytes.entries()) {
    places[number] = place;
    ids.add(id);
  }
  return { ids: ids.finish(), places };
}
