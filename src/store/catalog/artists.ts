// Artists: rows of gold.artists as entities, lists of them, and those of tracks, albums and genres.
import { DEFAULT_ORDERS } from '../serving/layout.ts';
import { findMergedIds } from './artist-merges.ts';
import type { Catalog } from './catalog.ts';
import type { Artist, Image } from './entities.ts';
import { type ArtistFilter, compileArtistFilter } from './filters.ts';
import { toImages } from './images.ts';
import {
  findByKeys,
  type Listing,
  listConnection,
  type NestedConnection,
  type NestedField,
  nestedConnection,
  nestedList,
} from './listing.ts';
import { type OrderFields, type OrderInput, toOrder } from './order.ts';
import type { Connection, PageArgs, PageLimits } from './page.ts';
import { compileQuickArtists } from './quick-filter.ts';

export type ArtistOrderField =
  | 'ID'
  | 'NAME'
  | 'POPULARITY'
  | 'FOLLOWERS'
  | 'STREAMS'
  | 'MONTHLY_LISTENERS'
  | 'TRACK_COUNT'
  | 'ALBUM_COUNT';

export interface ArtistListArgs extends PageArgs {
  readonly where?: ArtistFilter | null | undefined;
  readonly orderBy?: readonly OrderInput<ArtistOrderField>[] | null | undefined;
}

/** Popular first unless asked otherwise. */
export function listArtists(catalog: Catalog, args: ArtistListArgs, limits: PageLimits): Connection<Artist> {
  return listConnection(catalog, ARTISTS, {
    filter: compileArtistFilter(args.where),
    terms: toOrder(ORDER_FIELDS, args.orderBy, DEFAULT_ORDERS.artists, 'ID'),
    args,
    limits,
    quickFilter: compileQuickArtists(args.where),
  });
}

/** By id; one that an artist has left behind leads to the artist, which goes by another (artist-merges.ts). */
export async function findArtistsByIds(catalog: Catalog, ids: readonly string[]): Promise<(Artist | null)[]> {
  const found = await findByKeys(catalog, ARTISTS, 'a.artist_id', ids);
  const merged = await findMergedIds(
    catalog,
    ids.filter((_, at) => !found[at]),
  );
  if (merged.size === 0) return found;
  const now = [...new Set(merged.values())];
  const artists = await findByKeys(catalog, ARTISTS, 'a.artist_id', now);
  const byId = new Map(now.map((id, at) => [id, artists[at] ?? null]));
  return found.map((artist, at) => artist ?? byId.get(merged.get(ids[at] as string) as string) ?? null);
}

/** In the order the source credits them. */
export const artistsOfTrack: NestedField<readonly Artist[]> = nestedList(
  'Track.artists',
  listingFrom('gold.track_artists l join gold.artists a using (artist_id)'),
  'l.track_id',
  'l.position, a.artist_id',
  'track_artists',
);

/** In the order the source credits them. */
export const artistsOfAlbum: NestedField<readonly Artist[]> = nestedList(
  'Album.artists',
  listingFrom('gold.album_artists l join gold.artists a using (artist_id)'),
  'l.album_id',
  'l.position, a.artist_id',
  'album_artists',
);

/** The artists of genres, popular first unless asked otherwise; parents are names of genres. */
export function artistsOfGenre(args: ArtistListArgs, limits: PageLimits): NestedConnection<Artist> {
  return nestedConnection(
    `Genre.artists ${JSON.stringify(args)}`,
    listingFrom('gold.artist_genres l join gold.artists a using (artist_id)'),
    'l.genre',
    {
      filter: compileArtistFilter(args.where),
      terms: toOrder(ORDER_FIELDS, args.orderBy, DEFAULT_ORDERS.artists, 'ID'),
      args,
      limits,
      quickFilter: compileQuickArtists(args.where),
      link: { link: 'genre_artists' },
    },
  );
}

interface ArtistRow {
  readonly artist_id: string;
  readonly name: string;
  readonly uri: string | null;
  readonly popularity: number | null;
  readonly followers: number | null;
  readonly monthly_listeners: number | null;
  readonly streams: number | null;
  readonly external_url: string | null;
  readonly images: readonly Image[] | null;
  readonly track_count: number;
  readonly album_count: number;
}

const ARTISTS = listingFrom('gold.artists a');

const ORDER_FIELDS: OrderFields<ArtistOrderField> = {
  ID: { sql: 'a.artist_id', type: 'text' },
  NAME: { sql: 'a.name_key', type: 'text' },
  POPULARITY: { sql: 'a.popularity', type: 'number' },
  FOLLOWERS: { sql: 'a.followers', type: 'number' },
  STREAMS: { sql: 'a.streams', type: 'number' },
  MONTHLY_LISTENERS: { sql: 'a.monthly_listeners', type: 'number' },
  TRACK_COUNT: { sql: 'a.track_count', type: 'number' },
  ALBUM_COUNT: { sql: 'a.album_count', type: 'number' },
};

function listingFrom(from: string): Listing<ArtistRow, Artist> {
  return {
    name: 'artists',
    from,
    columns: `a.artist_id, a.name, a.uri, a.popularity, a.followers, a.monthly_listeners, a.streams, a.external_url, a.images,
      a.track_count, a.album_count`,
    toEntity: toArtist,
    quick: { entity: 'artists', alias: 'a' },
  };
}

function toArtist(row: ArtistRow): Artist {
  return {
    id: row.artist_id,
    uri: row.uri,
    name: row.name,
    popularity: row.popularity,
    followers: row.followers,
    monthlyListeners: row.monthly_listeners,
    streams: row.streams,
    externalUrl: row.external_url,
    images: toImages(row.images),
    trackCount: row.track_count,
    albumCount: row.album_count,
  };
}
