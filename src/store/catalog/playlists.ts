// Playlists with the genres under which they list their tracks, and those of tracks.
import { DEFAULT_ORDERS, GENRES_OF_PLAYLISTS } from '../serving/layout.ts';
import type { Catalog } from './catalog.ts';
import type { Image, Playlist } from './entities.ts';
import { compilePlaylistFilter, type PlaylistFilter } from './filters.ts';
import { toImages } from './images.ts';
import { findByKeys, type Listing, listConnection, type NestedField, nestedList } from './listing.ts';
import { type OrderFields, type OrderInput, toOrder } from './order.ts';
import type { Connection, PageArgs, PageLimits } from './page.ts';
import { compileQuickPlaylists } from './quick-filter.ts';

/** As DEFAULT_ORDERS has it: without regard to accents and case. */
const BY_NAME = 'strip_accents(lower(p.name))';

const OWN_COLUMNS = `p.playlist_id, p.name, p.track_count, p.description, p.owner_name, p.followers, p.external_url, p.images`;

export type PlaylistOrderField = 'ID' | 'NAME' | 'TRACK_COUNT' | 'FOLLOWERS';

export interface PlaylistListArgs extends PageArgs {
  readonly where?: PlaylistFilter | null | undefined;
  readonly orderBy?: readonly OrderInput<PlaylistOrderField>[] | null | undefined;
}

/** By name, then id, unless asked otherwise: sources give playlists no popularity. */
export function listPlaylists(
  catalog: Catalog,
  args: PlaylistListArgs,
  limits: PageLimits,
): Connection<Playlist> {
  return listConnection(catalog, PLAYLISTS, {
    filter: compilePlaylistFilter(args.where),
    terms: toOrder(ORDER_FIELDS, args.orderBy, DEFAULT_ORDERS.playlists, 'ID'),
    args,
    limits,
    quickFilter: compileQuickPlaylists(args.where),
  });
}

export function findPlaylistsByIds(catalog: Catalog, ids: readonly string[]): Promise<(Playlist | null)[]> {
  return findByKeys(catalog, PLAYLISTS, 'p.playlist_id', ids);
}

/** The playlists tracks are in, each once, by name. */
export const playlistsOfTrack: NestedField<readonly Playlist[]> = nestedList(
  'Track.playlists',
  listingFrom(
    `(select distinct track_id, playlist_id from gold.playlist_tracks) l join gold.playlists p using (playlist_id)`,
  ),
  'l.track_id',
  `${BY_NAME}, p.playlist_id`,
  'track_playlists',
);

interface PlaylistRow {
  readonly playlist_id: string;
  readonly name: string;
  readonly track_count: number;
  readonly description: string | null;
  readonly owner_name: string | null;
  readonly followers: number | null;
  readonly external_url: string | null;
  readonly images: readonly Image[] | null;
  readonly genres: readonly string[] | null;
  readonly subgenres: readonly string[] | null;
}

const ORDER_FIELDS: OrderFields<PlaylistOrderField> = {
  ID: { sql: 'p.playlist_id', type: 'text' },
  NAME: { sql: BY_NAME, type: 'text' },
  TRACK_COUNT: { sql: 'p.track_count', type: 'number' },
  FOLLOWERS: { sql: 'p.followers', type: 'number' },
};

const PLAYLISTS = listingFrom('gold.playlists p');

function listingFrom(from: string): Listing<PlaylistRow, Playlist> {
  return {
    name: 'playlists',
    from: `${from} left join (${GENRES_OF_PLAYLISTS}) k on k.playlist_id = p.playlist_id`,
    columns: `${OWN_COLUMNS}, k.genres, k.subgenres`,
    toEntity: toPlaylist,
    quick: { entity: 'playlists', alias: 'p', columns: `${OWN_COLUMNS}, p.genres, p.subgenres` },
  };
}

function toPlaylist(row: PlaylistRow): Playlist {
  return {
    id: row.playlist_id,
    name: row.name,
    trackCount: row.track_count,
    description: row.description,
    ownerName: row.owner_name,
    followers: row.followers,
    externalUrl: row.external_url,
    images: toImages(row.images),
    genres: row.genres ?? [],
    subgenres: row.subgenres ?? [],
  };
}
