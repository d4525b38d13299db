// Spotify's Web API and accounts service, as far as a crawl of the catalogue goes (SOURCES 1).
import type { Clock } from '../../clock.ts';
import type { Bodies, Profile } from './bodies.ts';
import type { Catalogue, SandboxAlbum, SandboxArtist } from './catalogue.ts';
import { apiError, json, type Reply } from './reply.ts';

export interface SpotifyRoutes {
  token(authorization: string | undefined, contentType: string | undefined, form: URLSearchParams): Reply;
  /** Null: no such route. */
  api(
    path: string,
    query: URLSearchParams,
    authorization: string | undefined,
  ): { family: string; answer: () => Reply } | null;
}

export interface SpotifyOptions {
  readonly catalogue: Catalogue;
  readonly bodies: Bodies;
  readonly profile: () => Profile;
  readonly clock: Clock;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly makeToken: () => string;
}

const TOKEN_SECONDS = 3_600;
const ID = /^[0-9A-Za-z]{22}$/;

export function createSpotifyRoutes(options: SpotifyOptions): SpotifyRoutes {
  const { catalogue, bodies, profile, clock } = options;
  const tokens = new Map<string, number>();
  const isDev = () => profile() === 'dev2026';

  const checkToken = (authorization: string | undefined): Reply | null => {
    if (authorization !== undefined && !authorization.startsWith('Bearer '))
      return apiError(400, 'Only valid bearer authentication supported');
    const until = tokens.get(authorization?.slice('Bearer '.length) ?? '');
    if (until !== undefined && until > clock.now()) return null;
    const why =
      authorization === undefined
        ? ['missing_token', 'No token provided']
        : ['invalid_token', 'Invalid access token'];
    return apiError(
      401,
      'Missing/invalid/expired access token',
      {},
      {
        'www-authenticate': `Bearer realm="spotify", error="${why[0]}", error_description="${why[1]}"`,
      },
    );
  };

  const one = <T>(
    id: string,
    found: ReadonlyMap<string, T>,
    kind: string,
    toBody: (item: T) => object | null,
  ): Reply => {
    if (!ID.test(id)) return apiError(400, 'Invalid base62 id');
    const item = found.get(id);
    const body = item && toBody(item);
    return body
      ? json(body)
      : apiError(
          404,
          kind === 'audio-features' ? 'analysis not found' : `Non existing id: 'spotify:${kind}:${id}'`,
        );
  };

  /** Several by id, in the order asked for, null for an unknown one; one malformed id spoils all. */
  const many = <T>(
    query: URLSearchParams,
    key: string,
    max: number,
    found: ReadonlyMap<string, T>,
    toBody: (item: T) => object | null,
  ): Reply => {
    const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
    if (ids.length > max) return apiError(400, 'too many ids requested');
    if (ids.length === 0 || ids.some((id) => !ID.test(id))) return apiError(400, 'Invalid base62 id');
    return json({
      [key]: ids.map((id) => {
        const item = found.get(id);
        return item ? toBody(item) : null;
      }),
    });
  };

  const paged = <T>(
    path: string,
    query: URLSearchParams,
    items: readonly T[],
    limits: { max: number; usual: number },
    toBody: (item: T) => unknown,
  ): Reply => {
    const place = readPlace(query, limits);
    if (!place) return apiError(400, 'Invalid limit');
    const { limit, offset } = place;
    const groups = query.get('include_groups');
    return json(
      bodies.page(path, items.slice(offset, offset + limit).map(toBody), {
        limit,
        offset,
        total: items.length,
        ...(groups ? { query: `include_groups=${encodeURIComponent(groups)}` } : {}),
      }),
    );
  };

  const artistAlbums = (id: string, query: URLSearchParams): Reply => {
    if (!ID.test(id)) return apiError(400, 'Invalid base62 id');
    const artist = catalogue.artistById.get(id);
    if (!artist) return apiError(404, 'Resource not found');
    const listed = listGroups(
      artist,
      (query.get('include_groups') ?? 'album,single,appears_on,compilation').split(','),
    );
    const limits = isDev() ? { max: 10, usual: 5 } : { max: 50, usual: 20 };
    return paged(`/artists/${id}/albums`, query, listed, limits, ({ album, group }) => ({
      ...bodies.simpleAlbum(album),
      ...(isDev() ? {} : { album_group: group }),
    }));
  };

  const search = (query: URLSearchParams): Reply => {
    const place = readPlace(query, isDev() ? { max: 10, usual: 5 } : { max: 50, usual: 20 });
    if (!place) return apiError(400, 'Invalid limit');
    const { limit, offset } = place;
    const term = fold((query.get('q') ?? '').replace(/\b(artist|album|track):/g, '').replaceAll('"', ''));
    const section = <T>(items: readonly T[], toBody: (item: T) => object, type: string) =>
      bodies.page('/search', items.slice(offset, offset + limit).map(toBody), {
        limit,
        offset,
        total: items.length,
        query: `q=${encodeURIComponent(term)}&type=${type}`,
      });
    const types = (query.get('type') ?? '').split(',');
    return json({
      ...(types.includes('artist')
        ? { artists: section(findArtists(catalogue, term), bodies.artist, 'artist') }
        : {}),
      ...(types.includes('album')
        ? {
            albums: section(
              [...catalogue.albumById.values()].filter(({ name }) => fold(name).includes(term)),
              bodies.simpleAlbum,
              'album',
            ),
          }
        : {}),
      ...(types.includes('track')
        ? {
            tracks: section(
              [...catalogue.trackById.values()].filter(({ name }) => fold(name).includes(term)),
              bodies.track,
              'track',
            ),
          }
        : {}),
    });
  };

  /** Routes that an app made since February 2026 may not call. */
  const unlessDev = (answer: () => Reply, refusal = apiError(403, 'Forbidden')) =>
    isDev() ? refusal : answer();
  const noFeatures = () => (profile() === 'extended' ? null : apiError(403));

  return {
    token: (authorization, contentType, form) => {
      if (!contentType?.startsWith('application/x-www-form-urlencoded'))
        return json({ error: 'unsupported_grant_type' }, 400);
      const basic = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
      const [id, secret] = basic
        ? Buffer.from(basic, 'base64').toString().split(':')
        : [form.get('client_id'), form.get('client_secret')];
      if (!id && !secret) return json({ error: 'invalid_client' }, 400);
      if (id !== options.clientId)
        return json({ error: 'invalid_client', error_description: 'Invalid client' }, 400);
      if (secret !== options.clientSecret)
        return json({ error: 'invalid_client', error_description: 'Invalid client secret' }, 400);
      if (form.get('grant_type') !== 'client_credentials')
        return json({ error: 'unsupported_grant_type' }, 400);
      const token = options.makeToken();
      tokens.set(token, clock.now() + TOKEN_SECONDS * 1_000);
      return json({ access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS });
    },
    api: (path, query, authorization) => {
      const [kind, id, sub] = path.replace(/\/$/, '').split('/').slice(1);
      const route = (family: string, answer: () => Reply) => ({
        family,
        answer: () => checkToken(authorization) ?? answer(),
      });
      if (kind === 'search') return route('search', () => search(query));
      if (kind === 'artists' && sub === 'albums' && id)
        return route('artist-albums', () => artistAlbums(id, query));
      if (kind === 'albums' && sub === 'tracks' && id) {
        return route('album-tracks', () => {
          const album = catalogue.albumById.get(id);
          if (!album) return apiError(404, `Non existing id: 'spotify:album:${id}'`);
          return paged(
            `/albums/${id}/tracks`,
            query,
            album.tracks,
            { max: 50, usual: 20 },
            bodies.simpleTrack,
          );
        });
      }
      if (sub !== undefined) return null;
      if (kind === 'artists') {
        return id
          ? route('artist', () => one(id, catalogue.artistById, 'artist', bodies.artist))
          : route('artists', () =>
              unlessDev(() => many(query, 'artists', 50, catalogue.artistById, bodies.artist)),
            );
      }
      if (kind === 'albums') {
        return id
          ? route('album', () => one(id, catalogue.albumById, 'album', bodies.album))
          : route('albums', () =>
              unlessDev(() => many(query, 'albums', 20, catalogue.albumById, bodies.album)),
            );
      }
      if (kind === 'tracks') {
        return id
          ? route('track', () => one(id, catalogue.trackById, 'track', bodies.track))
          : route('tracks', () =>
              unlessDev(() => many(query, 'tracks', 50, catalogue.trackById, bodies.track)),
            );
      }
      if (kind === 'audio-features') {
        return id
          ? route(
              'features',
              () => noFeatures() ?? one(id, catalogue.trackById, 'audio-features', bodies.features),
            )
          : route(
              'features',
              () => noFeatures() ?? many(query, 'audio_features', 100, catalogue.trackById, bodies.features),
            );
      }
      return null;
    },
  };
}

function listGroups(
  artist: SandboxArtist,
  groups: readonly string[],
): { album: SandboxAlbum; group: string }[] {
  return ['album', 'single', 'compilation', 'appears_on']
    .filter((group) => groups.includes(group))
    .flatMap((group) => {
      const albums =
        group === 'appears_on' ? artist.appearsOn : artist.albums.filter(({ type }) => type === group);
      return albums.map((album) => ({ album, group }));
    });
}

/** The most popular first, whatever the match: the first hit is not always the artist that was meant. */
function findArtists(catalogue: Catalogue, term: string): SandboxArtist[] {
  const words = term.split(' ').filter(Boolean);
  return catalogue.artists
    .filter(({ name }) => words.length > 0 && words.every((word) => fold(name).includes(word)))
    .sort((a, b) => b.popularity - a.popularity);
}

function readPlace(
  query: URLSearchParams,
  { max, usual }: { max: number; usual: number },
): { limit: number; offset: number } | null {
  const limit = query.has('limit') ? Number(query.get('limit')) : usual;
  const offset = Number(query.get('offset') ?? 0);
  const isFine =
    Number.isInteger(limit) && limit >= 1 && limit <= max && Number.isInteger(offset) && offset >= 0;
  return isFine ? { limit, offset } : null;
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
