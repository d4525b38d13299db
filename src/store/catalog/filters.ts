// What a client asks for, as a boolean SQL expression over a row of gold.
// `not` is everything else: a row that a comparison cannot decide, because the value is missing, is outside the filter and so
// inside its negation. `none` holds for an empty list, and so does `every`; `or: []` holds for nothing, `and: []` for all.
import { InvalidInputError } from '../../errors.ts';
import { compileArtistIdFilter } from './artist-merges.ts';
import type { SqlFragment } from './catalog.ts';
import { compileDateFilter } from './date-filter.ts';
import {
  ALBUM_NUMBERS,
  ARTIST_NUMBERS,
  GENRE_NUMBERS,
  PLAYLIST_NUMBERS,
  TRACK_NUMBERS,
} from './filter-numbers.ts';
import type {
  AlbumFilter,
  ArtistFilter,
  Combined,
  GenreFilter,
  ListFilter,
  PlaylistFilter,
  StringListFilter,
  TrackFilter,
} from './filter-types.ts';
import { compileMarketFilter } from './markets.ts';
import {
  compileIdFilter,
  compileNumberFilter,
  compileStringFilter,
  type Given,
  given,
  type IntFilter,
  LIST_FROM,
  type StringFilter,
} from './predicates.ts';
import { ALWAYS, allOf, anyOf, countLists, countValues, fragment, negate, wrap } from './sql-fragment.ts';

export type { AlbumFilter, ArtistFilter, GenreFilter, PlaylistFilter, TrackFilter } from './filter-types.ts';
export type { FloatFilter, IdFilter, IntFilter, LongFilter, StringFilter } from './predicates.ts';

/**
 * A boolean expression over a row of gold.tracks that goes by `alias`; `true` for an empty filter. Values are bound in the order
 * of `params`. Inside it uses the aliases f1, f2, ..., g, l, m and p, which `alias` must not be.
 *
 * @throws InvalidInputError naming the part of the filter that cannot be used
 */
export function compileTrackFilter(filter: Given<TrackFilter>, alias = 't'): SqlFragment {
  return withinLimits(filter, trackFilter, alias);
}

/** The same over a row of gold.artists. */
export function compileArtistFilter(filter: Given<ArtistFilter>, alias = 'a'): SqlFragment {
  return withinLimits(filter, artistFilter, alias);
}

/** The same over a row of gold.albums. */
export function compileAlbumFilter(filter: Given<AlbumFilter>, alias = 'b'): SqlFragment {
  return withinLimits(filter, albumFilter, alias);
}

/** The same over a row of gold.playlists. */
export function compilePlaylistFilter(filter: Given<PlaylistFilter>, alias = 'p'): SqlFragment {
  return withinLimits(filter, playlistFilter, alias);
}

/** The same over a row of gold.genres. */
export function compileGenreFilter(filter: Given<GenreFilter>, alias = 'g'): SqlFragment {
  return withinLimits(filter, genreFilter, alias);
}

/** Deeper nesting is refused: each level is a subquery that DuckDB has to plan. */
const MAX_DEPTH = 12;

/**
 * What a filter may cost to plan, in parts: one for each group of conditions, RELATION_PARTS for one that looks into another
 * relation, as a track's isPreferred, market, isEmpty, genre and subgenre of playlists together, an artist's id that was made from a
 * name and a long list do (http/limits/filter-cost.ts charges for these, and for every isPreferred, genre and subgenre alike). Measured on 28,356 tracks: 2,000 conditions plan in 0.1 s, 8,000 not in
 * 5 s; 45 relations in one "or" run for 0.2 s, 100 for a second.
 */
const MAX_PARTS = 500;
export const RELATION_PARTS = 10;

/** Values of one filter: a list of 10,000 is compared in 30 to 50 ms, and bound in 12 to 24 ms of the event loop. */
const MAX_VALUES = 10_000;

function withinLimits<F extends object>(filter: Given<F>, compile: Compile<F>, alias: string): SqlFragment {
  const place: Place = { path: 'where', depth: 0, spent: { parts: 0 } };
  const compiled = compile(filter ?? ({} as F), alias, place);
  const count = countValues(compiled);
  if (count > MAX_VALUES)
    throw new InvalidInputError(
      `The filter has ${count} values; at most ${MAX_VALUES} are expected. Ask for some of them at a time.`,
      { field: 'where', given: `${count} values`, expected: `at most ${MAX_VALUES} values` },
    );
  spend(place, RELATION_PARTS * countLists(compiled));
  return compiled;
}

/** Where in the filter the compiler is: the path for errors, the depth for its limit and for fresh aliases. */
interface Place {
  readonly path: string;
  readonly depth: number;
  /** Shared by the whole filter. */
  readonly spent: { parts: number };
}

type Compile<F> = (filter: F, alias: string, place: Place) => SqlFragment;

function trackFilter(filter: TrackFilter, t: string, place: Place): SqlFragment {
  const key = `${t}.track_id`;
  return allOf([
    ...combined(filter, trackFilter, t, place),
    compileIdFilter(filter.id, key),
    compileIdFilter(filter.recordingId, `${t}.recording_id`),
    ...given(filter.isPreferred, (value) => {
      spend(place, RELATION_PARTS);
      return fragment(`${key} ${value ? '' : 'not '}in (select preferred_track_id from gold.recordings)`);
    }),
    ...texts(filter, { name: 'name', isrc: 'isrc', source: 'source' }, t, place),
    ...numbers(filter, TRACK_NUMBERS, t, place),
    compileDateFilter(filter.releaseDate, `${t}.release_date`, `${place.path}.releaseDate`),
    ...given(filter.isExplicit, (value) => fragment(`${t}.is_explicit = ?`, value)),
    ...given(filter.mode, (mode) => fragment(`${t}.mode = ?`, mode === 'MAJOR' ? 1 : 0)),
    ...given(filter.hasAudioFeatures, (has) =>
      fragment(`${t}.features_provider is ${has ? 'not ' : ''}null`),
    ),
    ...inMarket(filter.market, t, place),
    ...genreList(filter.genres, key, 'select g.track_id from gold.track_genres g', lazily(place, 'genres')),
    ...list(
      filter.artists,
      artistFilter,
      lazily(place, 'artists'),
      key,
      (f) =>
        `select l.track_id from gold.track_artists l join gold.artists ${f} on ${f}.artist_id = l.artist_id`,
    ),
    ...given(filter.album, (album) =>
      among(
        `${t}.album_id`,
        (b) => `select ${b}.album_id from gold.albums ${b}`,
        album,
        albumFilter,
        under(place, 'album'),
      ),
    ),
    ...list(
      filter.playlists,
      placeFilter,
      lazily(place, 'playlists'),
      key,
      (f) =>
        `select ${f}.track_id from (select l.*, p.name, p.track_count, p.followers
          from gold.playlist_tracks l join gold.playlists p using (playlist_id)) ${f}`,
    ),
  ]);
}

function artistFilter(filter: ArtistFilter, a: string, place: Place): SqlFragment {
  const key = `${a}.artist_id`;
  return allOf([
    ...combined(filter, artistFilter, a, place),
    compileArtistIdFilter(filter.id, key, () => spend(place, RELATION_PARTS)),
    ...texts(filter, { name: 'name' }, a, place),
    ...numbers(filter, ARTIST_NUMBERS, a, place),
    ...genreList(filter.genres, key, 'select g.artist_id from gold.artist_genres g', lazily(place, 'genres')),
    ...list(
      filter.albums,
      albumFilter,
      lazily(place, 'albums'),
      key,
      (f) =>
        `select l.artist_id from gold.album_artists l join gold.albums ${f} on ${f}.album_id = l.album_id`,
    ),
    ...list(
      filter.tracks,
      trackFilter,
      lazily(place, 'tracks'),
      key,
      (f) =>
        `select l.artist_id from gold.track_artists l join gold.tracks ${f} on ${f}.track_id = l.track_id`,
    ),
  ]);
}

function albumFilter(filter: AlbumFilter, b: string, place: Place): SqlFragment {
  const key = `${b}.album_id`;
  return allOf([
    ...combined(filter, albumFilter, b, place),
    compileIdFilter(filter.id, key),
    ...given(filter.isPreferred, (value) => fragment(`(${b}.preferred_album_id = ${key}) = ?`, value)),
    ...texts(filter, { name: 'name', label: 'label', upc: 'upc' }, b, place),
    ...numbers(filter, ALBUM_NUMBERS, b, place),
    compileDateFilter(filter.releaseDate, `${b}.release_date`, `${place.path}.releaseDate`),
    ...inMarket(filter.market, b, place),
    ...given(filter.albumType, (type) => fragment(`${b}.album_type = ?`, type.toLowerCase())),
    ...list(
      filter.artists,
      artistFilter,
      lazily(place, 'artists'),
      key,
      (f) =>
        `select l.album_id from gold.album_artists l join gold.artists ${f} on ${f}.artist_id = l.artist_id`,
    ),
    ...list(
      filter.tracks,
      trackFilter,
      lazily(place, 'tracks'),
      key,
      (f) => `select ${f}.album_id from gold.tracks ${f}`,
    ),
  ]);
}

/** Over a row of gold.playlist_tracks with what the playlist has: genre and subgenre belong to a track's place in it. */
function placeFilter(filter: PlaylistFilter, p: string, place: Place): SqlFragment {
  return allOf([
    ...combined(filter, placeFilter, p, place),
    ...ofPlaylist(filter, p, place),
    ...texts(filter, LISTED_UNDER, p, place),
  ]);
}

/** Over a row of gold.playlists: genre and subgenre are those of one of its places. */
function playlistFilter(filter: PlaylistFilter, p: string, place: Place): SqlFragment {
  const listed = allOf(texts(filter, LISTED_UNDER, 'l', place));
  if (listed !== ALWAYS) spend(place, RELATION_PARTS);
  const select = 'select l.playlist_id from gold.playlist_tracks l where ';
  return allOf([
    ...combined(filter, playlistFilter, p, place),
    ...ofPlaylist(filter, p, place),
    listed === ALWAYS ? listed : wrap(`${p}.playlist_id in (${select}`, listed, ')'),
  ]);
}

const LISTED_UNDER = { genre: 'genre', subgenre: 'subgenre' } as const;

function ofPlaylist(filter: PlaylistFilter, p: string, place: Place): SqlFragment[] {
  return [
    compileIdFilter(filter.id, `${p}.playlist_id`),
    ...texts(filter, { name: 'name' }, p, place),
    ...numbers(filter, PLAYLIST_NUMBERS, p, place),
  ];
}

function genreFilter(filter: GenreFilter, g: string, place: Place): SqlFragment {
  return allOf([
    ...combined(filter, genreFilter, g, place),
    ...texts(filter, { name: 'name' }, g, place),
    ...numbers(filter, GENRE_NUMBERS, g, place),
  ]);
}

function combined<F extends Combined<F>>(
  filter: F,
  compile: Compile<F>,
  alias: string,
  place: Place,
): SqlFragment[] {
  const part = (name: string) => (inner: F, at: number) =>
    compile(inner, alias, under(place, `${name}[${at}]`));
  return [
    ...given(filter.and, (parts) => allOf(parts.map(part('and')))),
    ...given(filter.or, (parts) => anyOf(parts.map(part('or')))),
    ...given(filter.not, (inner) => negate(compile(inner, alias, under(place, 'not')))),
  ];
}

function texts<F>(
  filter: F,
  columns: { readonly [C in keyof F]?: string },
  alias: string,
  place: Place,
): SqlFragment[] {
  return entries(filter, columns).map(([name, column, value]) =>
    compileStringFilter(value as StringFilter, `${alias}.${column}`, `${place.path}.${name}`),
  );
}

function numbers<F>(
  filter: F,
  columns: { readonly [C in keyof F]?: string },
  alias: string,
  place: Place,
): SqlFragment[] {
  return entries(filter, columns).map(([name, column, value]) =>
    compileNumberFilter(value as IntFilter, `${alias}.${column}`, `${place.path}.${name}`),
  );
}

function entries<F>(filter: F, columns: { readonly [C in keyof F]?: string }): [string, string, unknown][] {
  return Object.entries<string | undefined>(columns)
    .map(([name, column]): [string, string, unknown] => [name, column ?? name, filter[name as keyof F]])
    .filter(([, , value]) => value !== null && value !== undefined);
}

/** A relation to many: `select` gives the keys of owners of the row that goes by the alias it is handed. */
function list<F>(
  filter: Given<ListFilter<F>>,
  compile: Compile<F>,
  place: () => Place,
  key: string,
  select: (alias: string) => string,
): SqlFragment[] {
  const some = (inner: F, name: string) => among(key, select, inner, compile, under(place(), name));
  return [
    ...given(filter?.some, (inner) => some(inner, 'some')),
    ...given(filter?.none, (inner) => negate(some(inner, 'none'))),
    ...given(filter?.every, (inner) =>
      negate(
        among(
          key,
          select,
          inner,
          (f: F, alias, at) => negate(compile(f, alias, at)),
          under(place(), 'every'),
        ),
      ),
    ),
  ];
}

function inMarket(filter: Given<string>, alias: string, place: Place): SqlFragment[] {
  return given(filter, (market) => {
    spend(place, RELATION_PARTS);
    return compileMarketFilter(market, `${alias}.market_set_id`, `${place.path}.market`);
  });
}

function genreList(
  filter: Given<StringListFilter>,
  key: string,
  select: string,
  place: () => Place,
): SqlFragment[] {
  const compile: Compile<StringFilter> = (inner, _alias, at) =>
    compileStringFilter(inner, 'g.genre', at.path);
  return [
    ...list(filter, compile, place, key, () => select),
    ...given(filter?.isEmpty, (isEmpty) => {
      spend(place(), RELATION_PARTS);
      return fragment(`(${key} in (${select})) is ${isEmpty ? 'not ' : ''}true`);
    }),
  ];
}

function among<F>(
  key: string,
  select: (alias: string) => string,
  filter: F,
  compile: Compile<F>,
  place: Place,
): SqlFragment {
  spend(place, RELATION_PARTS);
  const alias = `f${place.depth}`;
  return wrap(`${key} in (${select(alias)} where `, compile(filter, alias, place), ')');
}

function under(place: Place, name: string): Place {
  const path = `${place.path}.${name}`;
  if (place.depth >= MAX_DEPTH) {
    throw new InvalidInputError(
      `The filter is nested more than ${MAX_DEPTH} levels deep at "${path}"; at most ${MAX_DEPTH} are expected. Flatten it with "and" and "or".`,
      { field: path, expected: `at most ${MAX_DEPTH} levels` },
    );
  }
  const inner = { ...place, path, depth: place.depth + 1 };
  spend(inner, 1);
  return inner;
}

/** A place that is only entered, and paid for, when the condition there is given. */
function lazily(place: Place, name: string): () => Place {
  return () => under(place, name);
}

function spend(place: Place, parts: number): void {
  place.spent.parts += parts;
  if (place.spent.parts <= MAX_PARTS) return;
  throw new InvalidInputError(
    `The filter has more than ${MAX_PARTS} parts at "${place.path}" (one per condition group, ${RELATION_PARTS} per relation, a track's isPreferred, market, isEmpty, genre and subgenre of playlists together, an artist's id made from a name, or list of ${LIST_FROM} values); at most ${MAX_PARTS} are expected. Use "in" for many values.`,
    { field: place.path, expected: `at most ${MAX_PARTS} parts` },
  );
}
