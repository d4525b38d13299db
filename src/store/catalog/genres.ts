// Genres with their counts, and those of artists and tracks. A genre's name is its id.
import { DEFAULT_ORDERS } from '../serving/layout.ts';
import type { Catalog } from './catalog.ts';
import type { Genre } from './entities.ts';
import { compileGenreFilter, type GenreFilter } from './filters.ts';
import { type Listing, listConnection, type NestedField, nestedList } from './listing.ts';
import { type OrderFields, type OrderInput, toOrder } from './order.ts';
import type { Connection, PageArgs, PageLimits } from './page.ts';
import { compileQuickGenres } from './quick-filter.ts';
import { textList } from './sql-fragment.ts';

const BY_NAME = 'strip_accents(lower(g.name))';

export type GenreOrderField = 'NAME' | 'ARTIST_COUNT' | 'TRACK_COUNT';

export interface GenreListArgs extends PageArgs {
  readonly where?: GenreFilter | null | undefined;
  readonly orderBy?: readonly OrderInput<GenreOrderField>[] | null | undefined;
}

/** The genre with the most tracks first unless asked otherwise. */
export function listGenres(catalog: Catalog, args: GenreListArgs, limits: PageLimits): Connection<Genre> {
  return listConnection(catalog, listingFrom('gold.genres g'), {
    filter: compileGenreFilter(args.where),
    terms: toOrder(ORDER_FIELDS, args.orderBy, DEFAULT_ORDERS.genres, 'ID'),
    args,
    limits,
    quickFilter: compileQuickGenres(args.where),
  });
}

/** Genres by name without regard to case; the one spelled as asked where several differ in case only. */
export async function findGenresByNames(
  catalog: Catalog,
  names: readonly string[],
): Promise<(Genre | null)[]> {
  const rows = await catalog.all<GenreRow & { asked: string }>(
    `select g.name, g.artist_count, g.track_count, n.asked
     from (select unnest(?) as asked) n join gold.genres g on lower(g.name) = lower(n.asked)
     order by g.name = n.asked, g.name`,
    [textList(names)],
  );
  const found = new Map(rows.map((row) => [row.asked, toGenre(row)]));
  return names.map((name) => found.get(name) ?? null);
}

export const genresOfArtist: NestedField<readonly Genre[]> = nestedList(
  'Artist.genres',
  listingFrom('gold.artist_genres l join gold.genres g on g.name = l.genre'),
  'l.artist_id',
  `${BY_NAME}, g.name`,
  'artist_genres',
);

/** Those of the track itself, then those only its artists have. */
export const genresOfTrack: NestedField<readonly Genre[]> = nestedList(
  'Track.genres',
  listingFrom('gold.track_genres l join gold.genres g on g.name = l.genre'),
  'l.track_id',
  `l.is_own desc, ${BY_NAME}, g.name`,
  'track_genres',
);

interface GenreRow {
  readonly name: string;
  readonly artist_count: number;
  readonly track_count: number;
}

/** By the id too, which is the name as it is spelled: names that differ in accents and case alone. */
const ORDER_FIELDS: OrderFields<GenreOrderField | 'ID'> = {
  ID: { sql: 'g.name', type: 'text' },
  NAME: { sql: BY_NAME, type: 'text' },
  ARTIST_COUNT: { sql: 'g.artist_count', type: 'number' },
  TRACK_COUNT: { sql: 'g.track_count', type: 'number' },
};

function listingFrom(from: string): Listing<GenreRow, Genre> {
  return {
    name: 'genres',
    from,
    columns: 'g.name, g.artist_count, g.track_count',
    toEntity: toGenre,
    quick: { entity: 'genres', alias: 'g' },
  };
}

function toGenre(row: GenreRow): Genre {
  return { name: row.name, artistCount: row.artist_count, trackCount: row.track_count };
}
