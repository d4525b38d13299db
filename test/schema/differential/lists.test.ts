// Lists, and a model in plain TypeScript, are asked the same random filters, orders and pages.
import { describe, expect, it } from 'vitest';
import {
  type Maybe,
  type ModelAlbum,
  type ModelArtist,
  type ModelPlaylist,
  type ModelTrack,
  SCORES,
} from '../../fixtures/catalogue-model.ts';
import { matchesAlbum, matchesArtist, matchesPlaylist, matchesTrack } from '../../fixtures/model-filters.ts';
import type { RandomFilter } from '../../fixtures/random-filters.ts';
import {
  ask,
  compareTexts,
  filters,
  model,
  next,
  openDrawnCatalogue,
  pick,
  rounds,
  whole,
} from './drawn-catalogue.ts';

type Order = { field: string; direction?: string; nulls?: string };
type Key = Maybe<number | string>;

const textKey = (text: Maybe<string>) => text?.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase() ?? null;

function compareKeys(x: Key, y: Key, { direction, nulls }: Order): number {
  if (x === null || y === null) return x === y ? 0 : (x === null) === (nulls === 'FIRST') ? -1 : 1;
  const way = typeof x === 'string' ? compareTexts(x, String(y)) : x - Number(y);
  return direction === 'DESC' ? -way : way;
}

function sortBy<T extends { id: string }>(
  items: readonly T[],
  orders: readonly Order[],
  keys: Record<string, (item: T) => Key>,
): T[] {
  return items.toSorted((x, y) => {
    for (const order of orders) {
      const key = keys[order.field] as (item: T) => Key;
      const way = compareKeys(key(x), key(y), order);
      if (way !== 0) return way;
    }
    return compareTexts(x.id, y.id);
  });
}

const TRACK_KEYS: Record<string, (track: ModelTrack) => Key> = {
  NAME: (track) => textKey(track.name),
  POPULARITY: (track) => track.popularity,
  DURATION_MS: (track) => track.durationMs,
  RELEASE_YEAR: (track) => track.releaseYear,
  RELEASE_DATE: (track) => track.releaseDate,
  DISC_NUMBER: (track) => track.discNumber,
  TRACK_NUMBER: (track) => track.trackNumber,
  TEMPO: (track) => track.tempo,
  LOUDNESS: (track) => track.loudness,
  ARTIST_NAME: (track) => textKey(track.artists[0]?.name ?? null),
  ALBUM_NAME: (track) => textKey(track.album?.name ?? null),
  ...Object.fromEntries(SCORES.map((name) => [name.toUpperCase(), (track: ModelTrack) => track[name]])),
};
const ARTIST_KEYS: Record<string, (artist: ModelArtist) => Key> = {
  NAME: (artist) => textKey(artist.name),
  POPULARITY: (artist) => artist.popularity,
  FOLLOWERS: (artist) => artist.followers,
  STREAMS: (artist) => artist.streams,
  MONTHLY_LISTENERS: (artist) => artist.monthlyListeners,
  TRACK_COUNT: (artist) => artist.tracks.length,
  ALBUM_COUNT: (artist) => artist.albums.length,
};
const ALBUM_KEYS: Record<string, (album: ModelAlbum) => Key> = {
  NAME: (album) => textKey(album.name),
  POPULARITY: (album) => album.popularity,
  RELEASE_DATE: (album) => album.releaseDate,
  TOTAL_TRACKS: (album) => album.totalTracks,
};

const PLAYLIST_KEYS: Record<string, (playlist: ModelPlaylist) => Key> = {
  NAME: (playlist) => textKey(playlist.name),
  TRACK_COUNT: (playlist) => playlist.trackCount,
  FOLLOWERS: (playlist) => playlist.followers,
};

const BY_POPULARITY: readonly Order[] = [{ field: 'POPULARITY', direction: 'DESC' }];
const THEN_BY_SIZE: readonly Order[] = [
  ...BY_POPULARITY,
  { field: 'TRACK_COUNT', direction: 'DESC' },
  { field: 'NAME' },
];
/** Of albums nobody can ask for it. */
const TRACK_COUNT = ({ tracks }: ModelArtist | ModelAlbum) => tracks.length;

/** Whether an order says the same as another from its beginning on, as far as it goes. */
const begins = (asked: readonly Order[], whole: readonly Order[]) =>
  asked.every((order, at) => {
    const same = whole[at];
    const [way, otherWay] = [order.direction ?? 'ASC', same?.direction ?? 'ASC'];
    return order.field === same?.field && way === otherWay && order.nulls !== 'FIRST';
  });

interface ListCase<T> {
  readonly field: string;
  readonly type: string;
  readonly items: readonly T[];
  readonly keys: Record<string, (item: T) => Key>;
  /** Its order unless asked otherwise, and where what is asked for is how that begins. */
  readonly own: readonly Order[];
  readonly filter: () => RandomFilter;
  readonly matches: (filter: RandomFilter, item: T) => boolean;
}

const LISTS: readonly ListCase<{ id: string }>[] = [
  {
    field: 'tracks',
    type: 'Track',
    items: model.tracks,
    keys: TRACK_KEYS,
    own: BY_POPULARITY,
    filter: filters.track,
    matches: matchesTrack,
  },
  {
    field: 'artists',
    type: 'Artist',
    items: model.artists,
    keys: ARTIST_KEYS,
    own: THEN_BY_SIZE,
    filter: filters.artist,
    matches: matchesArtist,
  },
  {
    field: 'albums',
    type: 'Album',
    items: model.albums,
    keys: ALBUM_KEYS,
    own: THEN_BY_SIZE,
    filter: filters.album,
    matches: matchesAlbum,
  },
  {
    field: 'playlists',
    type: 'Playlist',
    items: model.playlists,
    keys: PLAYLIST_KEYS,
    own: [{ field: 'NAME' }],
    filter: filters.playlist,
    matches: matchesPlaylist,
  },
] as unknown as readonly ListCase<{ id: string }>[];

interface Page {
  readonly nodes: { id: string }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string;
    endCursor: string;
  };
  readonly totalCount: number;
}

openDrawnCatalogue();

describe.each(LISTS.map((list) => [list.field, list] as const))('%s', (field, list) => {
  const document = `query ($where: ${list.type}Filter, $orderBy: [${list.type}Order!], $first: Int, $after: String, $last: Int, $before: String) {
    ${field}(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;
  const page = async (variables: object) =>
    (await ask(document, { variables: variables as never }))[field] as Page;
  const drawOrder = (): Order[] =>
    Array.from({ length: whole(3) }, () => pick(Object.keys(list.keys)))
      .filter((name, at, all) => all.indexOf(name) === at)
      .map((name) => ({
        field: name,
        ...(next() < 0.7 && { direction: pick(['ASC', 'DESC']) }),
        ...(next() < 0.5 && { nulls: pick(['FIRST', 'LAST']) }),
      }));

  it('filters, orders, counts and pages both ways as the model does', async () => {
    for (const round of rounds()) {
      const where = round % 4 === 0 ? {} : list.filter();
      const orderBy = drawOrder();
      const orders = begins(orderBy, list.own) ? list.own : orderBy;
      const expected = sortBy(
        list.items.filter((item) => list.matches(where, item)),
        orders,
        { TRACK_COUNT: TRACK_COUNT as never, ...list.keys },
      ).map(({ id }) => id);
      const what = JSON.stringify({ where, orderBy });
      const size = 1 + whole(60);
      const forward = await page({ where, orderBy, first: size });
      expect([forward.totalCount, forward.nodes.map(({ id }) => id)], what).toEqual([
        expected.length,
        expected.slice(0, size),
      ]);
      const backward = await page({ where, orderBy, last: size });
      expect(
        backward.nodes.map(({ id }) => id),
        what,
      ).toEqual(expected.slice(-size));
      if (forward.pageInfo.hasNextPage) {
        const after = await page({ where, orderBy, first: size, after: forward.pageInfo.endCursor });
        expect(
          after.nodes.map(({ id }) => id),
          what,
        ).toEqual(expected.slice(size, 2 * size));
        const back = await page({ where, orderBy, last: size, before: after.pageInfo.startCursor });
        expect(back.nodes, what).toEqual(forward.nodes);
      } else expect(expected.length, what).toBeLessThanOrEqual(size);
    }
  });
});
