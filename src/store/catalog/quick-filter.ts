// The part of filters that the serving index can decide row by row: comparisons of a row's own columns, its genres and artists by key.
// Everything else, and whatever filters learn later, is null here and DuckDB's to answer.
import type { SQLInputValue } from 'node:sqlite';
import { isNamedId } from './artist-merges.ts';
import { compileDateFilter, type DateFilter } from './date-filter.ts';
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
  PlaylistFilter,
  TrackFilter,
} from './filter-types.ts';
import { meet, type PopularityRange, toPopularityRange } from './popularity-range.ts';
import type { Given, IdFilter, NumberFilter, StringFilter } from './predicates.ts';

export interface QuickFilter {
  readonly sql: string;
  readonly params: readonly SQLInputValue[];
  /** What deciding it for one row takes at most, in comparisons of a number; 0 where every row passes. */
  readonly work: number;
  /** A text that the name of every row that passes must hold: letters and digits in lower case, words apart by one blank. */
  readonly inName?: string;
  /** Where the popularity of every row that passes lies. */
  readonly popularity?: PopularityRange;
}

/** Comparing a text, looking a value up among others or following a link, beside a number: 150 to 360 ns, not 15 to 45. */
const DEAR = 8;
/** Filters of more than this are DuckDB's: each row that the index looks at holds the event loop. */
const MAX_WORK = 64;
/** And those of more values: SQLite keeps a list of them for each statement, and takes 32,766. */
const MAX_VALUES = 1_000;

/** A condition on one entity's row; null where only DuckDB can say, or where a row takes too long; `true` for one that always holds. */
export type CompileQuick<F> = (filter: Given<F>) => QuickFilter | null;

/** Over the alias t, as compileTrackFilter means it. */
export const compileQuickTracks: CompileQuick<TrackFilter> = (filter) =>
  compile(filter, 't', {
    id: (value) => idFilter(value as IdFilter, 't.track_id'),
    ...numbers('t', TRACK_NUMBERS),
    releaseDate: (value) => dateFilter(value as DateFilter, 't.release_date'),
    name: (value) => textFilter(value as StringFilter, 't'),
    isExplicit: (value) => holds('t.is_explicit = ?', value ? 1 : 0),
    mode: (value) => holds('t.mode = ?', value === 'MAJOR' ? 1 : 0),
    market: (value) => inMarket(value as string, 't'),
    isPreferred: (value) => holds('t.is_preferred = ?', value ? 1 : 0),
    hasAudioFeatures: (value) => holds(`t.features_provider is ${value ? 'not ' : ''}null`),
    album: (value) => onlyId(value, (id) => holds('t.album_id = ?', id)),
    artists: (value) =>
      onlySome(value, (some) =>
        onlyId(some, (id) =>
          isDear(
            // A scalar subquery, which the planner leaves where it stands: once per row that is looked at.
            `(select 1 from track_artists l where l.parent = t.rank and l.child = (select rank from artists
               where artist_id = coalesce((select artist_id from artist_merges where named_id = ?), ?))) is not null`,
            id,
            id,
          ),
        ),
      ),
  });

/** Over the alias a, as compileArtistFilter means it. */
export const compileQuickArtists: CompileQuick<ArtistFilter> = (filter) =>
  compile(filter, 'a', {
    id: (value) => artistIdFilter(value as IdFilter),
    ...numbers('a', ARTIST_NUMBERS),
    name: (value) => textFilter(value as StringFilter, 'a'),
  });

/** Over the alias b, as compileAlbumFilter means it. */
export const compileQuickAlbums: CompileQuick<AlbumFilter> = (filter) =>
  compile(filter, 'b', {
    id: (value) => idFilter(value as IdFilter, 'b.album_id'),
    isPreferred: (value) => isDear('(b.preferred_album_id = b.album_id) = ?', value ? 1 : 0),
    ...numbers('b', ALBUM_NUMBERS),
    name: (value) => textFilter(value as StringFilter, 'b'),
    releaseDate: (value) => dateFilter(value as DateFilter, 'b.release_date'),
    market: (value) => inMarket(value as string, 'b'),
    albumType: (value) => holds('b.album_type = ?', String(value).toLowerCase()),
  });

/** Over the alias p, as compilePlaylistFilter means it. */
export const compileQuickPlaylists: CompileQuick<PlaylistFilter> = (filter) =>
  compile(filter, 'p', {
    id: (value) => idFilter(value as IdFilter, 'p.playlist_id'),
    ...numbers('p', PLAYLIST_NUMBERS),
    name: (value) => textFilter(value as StringFilter, 'p'),
  });

/** Over the alias g, as compileGenreFilter means it. */
export const compileQuickGenres: CompileQuick<GenreFilter> = (filter) =>
  compile(filter, 'g', {
    ...numbers('g', GENRE_NUMBERS),
    name: (value) => textFilter(value as StringFilter, 'g'),
  });

type Part = (value: unknown) => QuickFilter | null;

function compile<F extends Combined<F>>(
  filter: Given<F>,
  alias: string,
  parts: Readonly<Record<string, Part>>,
): QuickFilter | null {
  const inner = (value: unknown) => compile(value as F, alias, parts);
  const all: Record<string, Part> = {
    ...parts,
    and: (value) => every((value as readonly F[]).map(inner), 'and', 'true'),
    or: (value) => every((value as readonly F[]).map(inner), 'or', 'false'),
    not: (value) => negate(inner(value)),
  };
  return combine(filter ?? {}, all);
}

function negate(part: QuickFilter | null): QuickFilter | null {
  return part && { ...holds(`(${part.sql}) is not true`, ...part.params), work: part.work + 1 };
}

/** Every key that is given must be known; all must hold. */
function combine(given: object, parts: Readonly<Record<string, Part>>): QuickFilter | null {
  const found = Object.entries(given)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => parts[name]?.(value) ?? null);
  return every(found, 'and', 'true');
}

function every(
  parts: readonly (QuickFilter | null)[],
  word: 'and' | 'or',
  whenEmpty: string,
): QuickFilter | null {
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  if (known.length === 0) return { ...holds(whenEmpty), work: whenEmpty === 'true' ? 0 : 1 };
  const all = {
    sql: known.map(({ sql }) => `(${sql})`).join(` ${word} `),
    params: known.flatMap(({ params }) => params),
    work: known.reduce((sum, { work }) => sum + work, 0),
  };
  if (all.work > MAX_WORK || all.params.length > MAX_VALUES) return null;
  // What each part asks of every row holds where all parts must, not where one is enough.
  if (word === 'or') return all;
  const inName = known.find((part) => part.inName)?.inName;
  const ranges = known.flatMap(({ popularity }) => popularity ?? []);
  return {
    ...all,
    ...(inName === undefined ? {} : { inName }),
    ...(ranges.length === 0 ? {} : { popularity: meet(ranges) }),
  };
}

function holds(sql: string, ...params: SQLInputValue[]): QuickFilter {
  return { sql, params, work: 1 };
}

function isDear(sql: string, ...params: SQLInputValue[]): QuickFilter {
  return { sql, params, work: DEAR };
}

function numbers(alias: string, columns: Readonly<Record<string, string>>): Record<string, Part> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      (value: unknown) => {
        const filter = numberFilter(value as NumberFilter, `${alias}.${column}`);
        return filter && name === 'popularity'
          ? { ...filter, popularity: toPopularityRange(value as NumberFilter) }
          : filter;
      },
    ]),
  );
}

function numberFilter(filter: NumberFilter, column: string): QuickFilter | null {
  const compare = (operator: string) => (value: unknown) => holds(`${column} ${operator} ?`, value as number);
  return combine(filter, {
    eq: compare('='),
    ne: compare('<>'),
    gt: compare('>'),
    gte: compare('>='),
    lt: compare('<'),
    lte: compare('<='),
    between: (ends) => holds(`${column} between ? and ?`, ...(ends as number[])),
    in: (values) => oneOf(column, values as number[]),
    isNull: (wanted) => holds(`${column} is ${wanted ? '' : 'not '}null`),
  });
}

function idFilter(filter: IdFilter, column: string): QuickFilter | null {
  return combine(filter, {
    eq: (value) => holds(`${column} = ?`, value as string),
    ne: (value) => holds(`${column} <> ?`, value as string),
    in: (values) => oneOf(column, values as string[]),
  });
}

/** Ids of artists, each of which may be one that was left behind (artist-merges.ts). */
function artistIdFilter(filter: IdFilter): QuickFilter | null {
  const isOne = (same: QuickFilter | null, ids: readonly string[]): QuickFilter | null => {
    const named = ids.filter(isNamedId);
    if (named.length === 0) return same;
    const places = named.map(() => '?').join(', ');
    const merged = `a.artist_id in (select artist_id from artist_merges where named_id in (${places}))`;
    return every([same, isDear(merged, ...named)], 'or', 'false');
  };
  const isThis = (id: unknown) => isOne(holds('a.artist_id = ?', id as string), [id as string]);
  return combine(filter, {
    eq: isThis,
    ne: (id) => negate(isThis(id)),
    in: (ids) => isOne(oneOf('a.artist_id', ids as string[]), ids as string[]),
  });
}

function dateFilter(filter: DateFilter, column: string): QuickFilter | null {
  const compare = (name: string) => (value: unknown) => {
    const { sql, params } = compileDateFilter({ [name]: value }, column, name);
    // A long list is one value, which SQLite does not know.
    const values = params.filter((param) => typeof param === 'string');
    return values.length === params.length ? isDear(sql, ...values) : null;
  };
  return combine(filter, Object.fromEntries(Object.keys(filter).map((name) => [name, compare(name)])));
}

/** Looked up for each row: sets may be many, and most rows that are looked at pass. It takes 1.1 us, of which the search in the text is half. */
function inMarket(market: string, alias: string): QuickFilter {
  const sql = `(select instr(s.markets, ?) > 0 from market_sets s where s.market_set_id = ${alias}.market_set_id)`;
  return { ...holds(sql, ` ${market} `), work: 3 * DEAR };
}

/** A text without signs beyond ASCII: in lower case it is the same to both engines. */
const isPlain = (value: unknown): value is string =>
  typeof value === 'string' && /^\p{ASCII}*$/u.test(value) && !value.includes('\0');

function textFilter(filter: StringFilter, alias: string): QuickFilter | null {
  // lower_name stands where the name has more than ASCII, the only letters that SQLite's lower knows.
  const column = `coalesce(${alias}.lower_name, lower(${alias}.name))`;
  const plain =
    (sql: (place: string) => string, uses = 1) =>
    (value: unknown) =>
      isPlain(value) ? isDear(sql('?'), ...Array.from({ length: uses }, () => value.toLowerCase())) : null;
  return combine(filter, {
    eq: plain((p) => `${column} = ${p}`),
    ne: plain((p) => `${column} <> ${p}`),
    contains: (value) => {
      const holds = plain((p) => `instr(${column}, ${p}) > 0`)(value);
      const isIndexed = /^[a-z0-9]+( [a-z0-9]+)*$/i.test(value as string) && (value as string).length >= 3;
      return holds && isIndexed ? { ...holds, inName: (value as string).toLowerCase() } : holds;
    },
    startsWith: plain((p) => `substr(${column}, 1, length(${p})) = ${p}`, 2),
    in: (values) =>
      (values as unknown[]).every(isPlain)
        ? oneOf(
            column,
            (values as string[]).map((value) => value.toLowerCase()),
          )
        : null,
    isNull: (wanted) => holds(`${alias}.name is ${wanted ? '' : 'not '}null`),
  });
}

function oneOf(column: string, values: readonly (string | number)[]): QuickFilter | null {
  if (values.length === 0) return holds('false');
  if (values.length > MAX_VALUES) return null;
  return isDear(`${column} in (${values.map(() => '?').join(', ')})`, ...values);
}

/** A filter of a related row that asks for one id and nothing else. */
function onlyId(filter: unknown, then: (id: string) => QuickFilter): QuickFilter | null {
  const { id, ...others } = withoutNulls(filter);
  const { eq, ...comparisons } = withoutNulls(id);
  const isOnly = Object.keys(others).length === 0 && Object.keys(comparisons).length === 0;
  return isOnly && typeof eq === 'string' ? then(eq) : null;
}

function onlySome(filter: unknown, then: (some: unknown) => QuickFilter | null): QuickFilter | null {
  const { some, ...others } = withoutNulls(filter);
  return some && Object.keys(others).length === 0 ? then(some) : null;
}

function withoutNulls(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, inner]) => inner !== null && inner !== undefined),
  );
}
