// Albums: rows of gold.albums as entities, lists of them, and those of artists.
import { DEFAULT_ORDERS } from '../serving/layout.ts';
import type { Catalog } from './catalog.ts';
import type { Album, Image } from './entities.ts';
import { type AlbumFilter, compileAlbumFilter } from './filters.ts';
import { toImages } from './images.ts';
import {
  findByKeys,
  findByKeysNow,
  type Listing,
  listConnection,
  type NestedConnection,
  nestedConnection,
} from './listing.ts';
import { type OrderFields, type OrderInput, type OrderTerm, toOrder } from './order.ts';
import type { Connection, PageArgs, PageLimits } from './page.ts';
import { compileQuickAlbums } from './quick-filter.ts';

export type AlbumOrderField = 'ID' | 'NAME' | 'POPULARITY' | 'RELEASE_DATE' | 'TOTAL_TRACKS';

export interface AlbumListArgs extends PageArgs {
  readonly where?: AlbumFilter | null | undefined;
  readonly orderBy?: readonly OrderInput<AlbumOrderField>[] | null | undefined;
}

/** Popular first unless asked otherwise. */
export function listAlbums(catalog: Catalog, args: AlbumListArgs, limits: PageLimits): Connection<Album> {
  return listConnection(catalog, ALBUMS, {
    filter: compileAlbumFilter(args.where),
    terms: albumOrder(args.orderBy),
    args,
    limits,
    quickFilter: compileQuickAlbums(args.where),
  });
}

export function findAlbumsByIds(catalog: Catalog, ids: readonly string[]): Promise<(Album | null)[]> {
  return findByKeys(catalog, ALBUMS, 'b.album_id', ids);
}

/** The same without waiting, where the serving index has them and they are few; else null. */
export function findAlbumsByIdsNow(catalog: Catalog, ids: readonly string[]): (Album | null)[] | null {
  return findByKeysNow(catalog, ALBUMS, ids);
}

/** The albums artists are credited on, popular first unless asked otherwise; parents are ids of artists. */
export function albumsOfArtist(args: AlbumListArgs, limits: PageLimits): NestedConnection<Album> {
  return nestedConnection(
    `Artist.albums ${JSON.stringify(args)}`,
    listingFrom('gold.album_artists l join gold.albums b using (album_id)'),
    'l.artist_id',
    {
      filter: compileAlbumFilter(args.where),
      terms: albumOrder(args.orderBy),
      args,
      limits,
      quickFilter: compileQuickAlbums(args.where),
      link: { link: 'artist_albums' },
    },
  );
}

interface AlbumRow {
  readonly album_id: string;
  readonly name: string;
  readonly uri: string | null;
  readonly album_type: string | null;
  readonly release_date: string | null;
  readonly release_year: number | null;
  readonly label: string | null;
  readonly popularity: number | null;
  readonly total_tracks: number | null;
  readonly upc: string | null;
  readonly preferred_album_id: string;
  readonly external_url: string | null;
  readonly images: readonly Image[] | null;
}

const ALBUMS = listingFrom('gold.albums b');

const ORDER_FIELDS: OrderFields<AlbumOrderField | 'TRACK_COUNT'> = {
  ID: { sql: 'b.album_id', type: 'text' },
  NAME: { sql: 'b.name_key', type: 'text' },
  POPULARITY: { sql: 'b.popularity', type: 'number' },
  RELEASE_DATE: { sql: 'b.release_date', type: 'text' },
  TOTAL_TRACKS: { sql: 'b.total_tracks', type: 'number' },
  // Clients cannot name it.
  TRACK_COUNT: { sql: 'b.track_count', type: 'number' },
};

function albumOrder(asked: AlbumListArgs['orderBy']): OrderTerm[] {
  return toOrder(ORDER_FIELDS, asked, DEFAULT_ORDERS.albums, 'ID');
}

function listingFrom(from: string): Listing<AlbumRow, Album> {
  return {
    name: 'albums',
    from,
    columns: `b.album_id, b.name, b.uri, b.album_type, b.release_date, b.release_year, b.label, b.popularity, b.total_tracks,
      b.upc, b.preferred_album_id, b.external_url, b.images`,
    toEntity: toAlbum,
    quick: { entity: 'albums', alias: 'b' },
  };
}

function toAlbum(row: AlbumRow): Album {
  return {
    id: row.album_id,
    uri: row.uri,
    name: row.name,
    albumType: toAlbumType(row.album_type),
    releaseDate: row.release_date,
    releaseYear: row.release_year,
    label: row.label,
    popularity: row.popularity,
    totalTracks: row.total_tracks,
    upc: row.upc,
    preferredAlbumId: row.preferred_album_id,
    externalUrl: row.external_url,
    images: toImages(row.images),
  };
}

/** A type that GraphQL has no value for is as good as none; silver keeps what the source said. */
function toAlbumType(type: string | null): Album['albumType'] {
  switch (type) {
    case 'album':
      return 'ALBUM';
    case 'single':
      return 'SINGLE';
    case 'compilation':
      return 'COMPILATION';
    default:
      return null;
  }
}
