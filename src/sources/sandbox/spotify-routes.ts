// Spotify's Web API, as far as a crawl of the catalogue and a look at a listener go (SOURCES 1.5).
import type { Bodies } from './bodies.ts';
import type { Catalogue, SandboxAlbum, SandboxArtist } from './catalogue.ts';
import type { Lie } from './faults.ts';
import type { MeRoutes } from './me-routes.ts';
import type { Pager } from './paging.ts';
import { apiError, json, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

export interface SpotifyRoute {
  readonly family: string;
  /** What a user must have granted; null: any token will do. */
  readonly scope: string | null;
  answer(lie: Lie | null): Reply;
}

export interface SpotifyRoutesOptions {
  readonly catalogue: Catalogue;
  readonly bodies: Bodies;
  readonly pager: Pager;
  readonly search: (query: URLSearchParams, lie: Lie | null) => Reply;
  readonly me: MeRoutes;
  readonly settings: Readonly<SandboxSettings>;
}

const ID = /^[0-9A-Za-z]{22}$/;
/** Most ids in one call. */
const BATCHES = { artists: 50, albums: 20, tracks: 50, 'audio-features': 100 } as const;
type Kind = keyof typeof BATCHES;

/** Finds the route of a path below /v1; null where there is none. */
export function createSpotifyRoutes(
  options: SpotifyRoutesOptions,
): (path: string, query: URLSearchParams) => SpotifyRoute | null {
  const { catalogue, bodies, pager, me, settings } = options;
  const isNewDev = () => settings.profile === 'dev2026';
  /** Routes that an app made since February 2026 may not call. */
  const unlessNewDev = (answer: () => Reply) => () => (isNewDev() ? apiError(403, 'Forbidden') : answer());
  const unlessDev = (answer: () => Reply) => () => {
    if (settings.profile === 'extended') return answer();
    const status = settings.withheldRoutes === 'missing' ? 404 : 403;
    return { status, body: '', headers: {} };
  };

  /** How an id becomes a body of each kind; null where the source has none. */
  const find = (kind: Kind, id: string, market: string | null): object | null => {
    const artist = kind === 'artists' ? catalogue.artistById.get(id) : undefined;
    if (artist) return bodies.artist(artist);
    const album = kind === 'albums' ? catalogue.albumById.get(id) : undefined;
    if (album) return bodies.album(album, market);
    const track = kind === 'tracks' || kind === 'audio-features' ? catalogue.trackById.get(id) : undefined;
    if (!track) return null;
    return kind === 'tracks' ? bodies.track(track, market) : bodies.features(track);
  };
  const one = (kind: Kind, id: string, query: URLSearchParams): Reply => {
    if (!ID.test(id)) return apiError(400, 'Invalid base62 id');
    const body = find(kind, id, query.get('market'));
    if (body) return json(body);
    const why =
      kind === 'audio-features'
        ? 'analysis not found'
        : `Non existing id: 'spotify:${kind.slice(0, -1)}:${id}'`;
    return apiError(404, why);
  };
  /** Several by id, in the order asked for, null for an unknown one; one malformed id spoils all. */
  const many = (kind: Kind, query: URLSearchParams): Reply => {
    const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
    if (ids.length > BATCHES[kind]) return apiError(400, 'too many ids requested');
    if (ids.length === 0 || ids.some((id) => !ID.test(id))) return apiError(400, 'Invalid base62 id');
    const market = query.get('market');
    return json({ [kind.replace('-', '_')]: ids.map((id) => find(kind, id, market)) });
  };
  const features = (answer: () => Reply) => (settings.profile === 'extended' ? answer() : apiError(403));

  const artistAlbums = (id: string, query: URLSearchParams, lie: Lie | null): Reply => {
    if (!ID.test(id)) return apiError(400, 'Invalid base62 id');
    const artist = catalogue.artistById.get(id);
    if (!artist) return apiError(404, 'Resource not found');
    const groups = query.get('include_groups');
    const wanted = (groups ?? GROUPS.join()).split(',');
    if (wanted.some((group) => !GROUPS.includes(group))) return apiError(400, 'Invalid include_groups');
    const list = {
      path: `/artists/${id}/albums`,
      items: listGroups(artist, wanted),
      limits: isNewDev() ? { max: 10, usual: 5 } : { max: 50, usual: 20 },
      ...(groups ? { query: `include_groups=${encodeURIComponent(groups)}` } : {}),
      toBody: ({ album, group }: GroupedAlbum) => ({
        ...bodies.simpleAlbum(album),
        ...(isNewDev() ? {} : { album_group: group }),
      }),
    };
    return pager.reply(query, list, lie);
  };
  const albumTracks = (id: string, query: URLSearchParams, lie: Lie | null): Reply => {
    if (!ID.test(id)) return apiError(400, 'Invalid base62 id');
    const album = catalogue.albumById.get(id);
    if (!album) return apiError(404, `Non existing id: 'spotify:album:${id}'`);
    const items = bodies.trackItems(album, query.get('market'));
    const limits = { max: 50, usual: 20 };
    return pager.reply(query, { path: `/albums/${id}/tracks`, items, limits, toBody: (item) => item }, lie);
  };
  const topTracks = (id: string, query: URLSearchParams): Reply => {
    const artist = catalogue.artistById.get(id);
    if (!artist) return apiError(404, 'Resource not found');
    const tracks = artist.albums.flatMap((album) => album.tracks).sort((a, b) => b.popularity - a.popularity);
    return json({ tracks: tracks.slice(0, 10).map((track) => bodies.track(track, query.get('market'))) });
  };

  return (path, query) => {
    const [kind = '', id, sub] = path.replace(/\/$/, '').split('/').slice(1);
    const route = (
      family: string,
      answer: SpotifyRoute['answer'],
      scope: string | null = null,
    ): SpotifyRoute => ({
      family,
      scope,
      answer,
    });
    switch (id === undefined ? kind : sub === undefined ? `${kind}/*` : `${kind}/*/${sub}`) {
      case 'search':
        return route('search', (lie) => options.search(query, lie));
      case 'artists/*/albums':
        return route('artist-albums', (lie) => artistAlbums(id ?? '', query, lie));
      case 'artists/*/top-tracks':
        return route(
          'top-tracks',
          unlessNewDev(() => topTracks(id ?? '', query)),
        );
      case 'artists/*/related-artists':
        return route(
          'related-artists',
          unlessDev(() => json({ artists: [] })),
        );
      case 'recommendations':
        return route(
          'recommendations',
          unlessDev(() => json({ seeds: [], tracks: [] })),
        );
      case 'albums/*/tracks':
        return route('album-tracks', (lie) => albumTracks(id ?? '', query, lie));
      case 'artists/*':
      case 'albums/*':
      case 'tracks/*':
        return route(kind.slice(0, -1), () => one(kind as Kind, id ?? '', query));
      case 'artists':
      case 'albums':
      case 'tracks':
        return route(
          kind,
          unlessNewDev(() => many(kind as Kind, query)),
        );
      case 'audio-features/*':
        return route('features', () => features(() => one('audio-features', id ?? '', query)));
      case 'audio-features':
        return route('features', () => features(() => many('audio-features', query)));
      case 'markets':
        return route(
          'markets',
          unlessNewDev(() => json({ markets: ['DE', 'GB', 'US'] })),
        );
      case 'browse/*':
      case 'users/*':
        return route(
          kind,
          unlessNewDev(() => apiError(404, 'Resource not found')),
        );
      case 'me':
        return route('me', () => me.profile(), 'any user');
      case 'me/*/recently-played':
        return id === 'player'
          ? route('recently-played', () => me.recentlyPlayed(query), 'user-read-recently-played')
          : null;
      case 'me/*/artists':
      case 'me/*/tracks':
        return id === 'top'
          ? route('top', (lie) => me.top(sub as 'artists' | 'tracks', query, lie), 'user-top-read')
          : null;
      default:
        return null;
    }
  };
}

const GROUPS: readonly string[] = ['album', 'single', 'compilation', 'appears_on'];

interface GroupedAlbum {
  readonly album: SandboxAlbum;
  readonly group: string;
}

/** By group and not by date, as there; what an artist is only a guest on comes last. */
function listGroups(artist: SandboxArtist, groups: readonly string[]): GroupedAlbum[] {
  return GROUPS.filter((group) => groups.includes(group)).flatMap((group) => {
    const albums =
      group === 'appears_on' ? artist.appearsOn : artist.albums.filter(({ type }) => type === group);
    return albums.map((album) => ({ album, group }));
  });
}
