// Spotify's Web API as a crawl needs it: every way to the same documents, whatever the key may do (SOURCES 1 and 6).
import type { Clock } from '../../clock.ts';
import { ExtractError, InvalidInputError } from '../../errors.ts';
import type { Families } from '../families.ts';
import { type Http, type HttpAnswer, parseJson, readRetryAfter } from '../http.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { CallWindow } from '../window.ts';
import type { TokenSource } from './token.ts';

/** A body as received; `json` is its text. */
export interface Body {
  readonly id: string;
  readonly json: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export interface ArtistHit {
  readonly id: string;
  readonly name: string;
}

export interface SpotifyClient {
  searchArtists(name: string): Promise<ArtistHit[]>;
  /** Bodies by the id asked for; an unknown id is left out. */
  artists(ids: readonly string[]): Promise<Body[]>;
  albums(ids: readonly string[]): Promise<Body[]>;
  tracks(ids: readonly string[]): Promise<Body[]>;
  /** Null when this key may not have audio features. Tracks that were never analysed are left out. */
  audioFeatures(ids: readonly string[]): Promise<Body[] | null>;
  /** Ids of all albums of these groups, each once. */
  albumIdsOf(artistId: string, groups: readonly string[]): Promise<string[]>;
  /** Ids of an album's tracks from the 51st on. */
  furtherTrackIds(albumId: string): Promise<string[]>;
}

export interface SpotifyClientOptions {
  readonly source: string;
  readonly http: Http;
  readonly apiUrl: string;
  readonly tokens: TokenSource;
  readonly families: Families;
  readonly window: CallWindow;
  readonly clock: Clock;
  readonly market: string | null;
  readonly concurrency: number;
  /** A Retry-After up to so long is waited out; a longer one blocks the family. */
  readonly maxWaitSeconds: number;
  readonly signal: AbortSignal;
  /** Called before each request; throws when the run's budget is used up. */
  readonly spend: () => void;
  readonly onFallback: (message: string) => void;
}

const ID = /^[0-9A-Za-z]{22}$/;
/** Pages of one list; more would be a list that never ends. */
const MAX_PAGES = 1_000;
const RATE_TRIES = 5;

interface Kind {
  readonly family: string;
  readonly path: string;
  readonly key: string;
  readonly batch: number;
  readonly single: string;
}

const KINDS = {
  artists: { family: 'artists', path: '/artists', key: 'artists', batch: 50, single: 'artist' },
  albums: { family: 'albums', path: '/albums', key: 'albums', batch: 20, single: 'album' },
  tracks: { family: 'tracks', path: '/tracks', key: 'tracks', batch: 50, single: 'track' },
  features: {
    family: 'features',
    path: '/audio-features',
    key: 'audio_features',
    batch: 100,
    single: 'features',
  },
} as const satisfies Record<string, Kind>;

export function createSpotifyClient(options: SpotifyClientOptions): SpotifyClient {
  const { families, concurrency, signal } = options;
  const call = (family: string, path: string, query: Readonly<Record<string, string>> = {}) =>
    get(options, family, path, query);
  const market: Record<string, string> = options.market ? { market: options.market } : {};

  /** Several by id: in batches while the key may, else one by one. */
  const many = async (kind: Kind, ids: readonly string[]): Promise<Body[]> => {
    for (const id of ids) requireId(id);
    if (await families.isWithheld(kind.family)) return singles(kind, ids);
    const bodies = await mapConcurrently(chunk(ids, kind.batch), concurrency, signal, async (group) => {
      if (await families.isWithheld(kind.family)) return singles(kind, group);
      const answer = await call(kind.family, kind.path, { ids: group.join(','), ...market });
      if (answer.status === 403) {
        await families.withhold(kind.family, describe(answer));
        options.onFallback(`the key may not fetch ${kind.key} in batches: one by one from now on`);
        return singles(kind, group);
      }
      // One id that the source does not like spoils a whole batch; one by one only that one is missing.
      if (answer.status === 400) return singles(kind, group);
      return readBatch(options, kind, group, answer);
    });
    return bodies.flat();
  };

  const singles = async (kind: Kind, ids: readonly string[]): Promise<Body[]> => {
    const bodies = await mapConcurrently(ids, concurrency, signal, async (id) => {
      const answer = await call(kind.single, `${kind.path}/${id}`, market);
      if (answer.status === 404 || answer.status === 400) return [];
      const value = requireObject(options, answer, `${kind.path}/${id}`);
      return [{ id, json: answer.body, value }];
    });
    return bodies.flat();
  };

  const pages = async (
    family: string,
    path: string,
    query: Readonly<Record<string, string>>,
    start: number,
  ): Promise<unknown[]> => {
    const items: unknown[] = [];
    let offset = start;
    let limit = 50;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await call(family, path, {
        ...query,
        ...market,
        limit: String(limit),
        offset: String(offset),
      });
      if (answer.status === 404) return items;
      // Development mode takes ten at most, and says so only by refusing.
      if (answer.status === 400 && limit > 10) {
        limit = 10;
        options.onFallback(`the key may fetch pages of ${limit} at most from ${family}`);
        continue;
      }
      const body = requireObject(options, answer, path);
      const found = Array.isArray(body.items) ? body.items : [];
      items.push(...found);
      offset += found.length;
      if (found.length === 0 || body.next === null || body.next === undefined) return items;
    }
    throw new ExtractError(
      `"${options.source}" has more than ${MAX_PAGES} pages at ${path}, which is no list.`,
      { source: options.source },
    );
  };

  return {
    searchArtists: async (name) => {
      const answer = await call('search', '/search', {
        q: `artist:"${name.replaceAll('"', '')}"`,
        type: 'artist',
        limit: '10',
      });
      const body = requireObject(options, answer, '/search') as { artists?: { items?: unknown[] } };
      return (body.artists?.items ?? []).flatMap((item) => {
        const { id, name: found } = (item ?? {}) as Partial<ArtistHit>;
        return typeof id === 'string' && typeof found === 'string' ? [{ id, name: found }] : [];
      });
    },
    artists: (ids) => many(KINDS.artists, ids),
    albums: (ids) => many(KINDS.albums, ids),
    tracks: (ids) => many(KINDS.tracks, ids),
    audioFeatures: async (ids) => {
      if (await families.isWithheld('features')) return null;
      for (const id of ids) requireId(id);
      const groups = await mapConcurrently(
        chunk(ids, KINDS.features.batch),
        concurrency,
        signal,
        async (group) => {
          if (await families.isWithheld('features')) return null;
          const answer = await call('features', '/audio-features', { ids: group.join(',') });
          if (answer.status !== 403) return readBatch(options, KINDS.features, group, answer);
          await families.withhold('features', describe(answer));
          options.onFallback('the key gets no audio features from Spotify');
          return null;
        },
      );
      return groups.some((group) => group === null) ? null : groups.flatMap((group) => group ?? []);
    },
    albumIdsOf: async (artistId, groups) => {
      requireId(artistId);
      const items = await pages(
        'artist-albums',
        `/artists/${artistId}/albums`,
        { include_groups: groups.join(',') },
        0,
      );
      return idsOf(items);
    },
    furtherTrackIds: async (albumId) =>
      idsOf(await pages('album-tracks', `/albums/${albumId}/tracks`, {}, 50)),
  };
}

/** Ids of items, each once; local tracks have none. */
export function idsOf(items: readonly unknown[]): string[] {
  return [
    ...new Set(
      items.flatMap((item) => {
        const id = (item as { id?: unknown } | null)?.id;
        return typeof id === 'string' && ID.test(id) ? [id] : [];
      }),
    ),
  ];
}

/** One call: token, window, rate limit, and the refusals that mean something for the whole key. */
async function get(
  options: SpotifyClientOptions,
  family: string,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const search = new URLSearchParams(query).toString();
  const url = `${options.apiUrl}${path}${search ? `?${search}` : ''}`;
  let hasRenewed = false;
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted();
    const token = await options.tokens.get(options.signal);
    options.spend();
    await options.families.enter(family);
    await options.window.enter(options.signal);
    const answer = await options.http.send(url, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      signal: options.signal,
    });
    if (answer.status === 401 && !hasRenewed) {
      hasRenewed = true;
      options.tokens.drop(token);
      continue;
    }
    if (answer.status === 429) {
      await obey(options, family, answer, attempt);
      continue;
    }
    if (answer.status === 401 || (answer.status === 403 && isAboutTheKey(answer)))
      throw refused(options, answer, path);
    return answer;
  }
}

/** Waits as long as the source says, or leaves the family alone until then. */
async function obey(
  options: SpotifyClientOptions,
  family: string,
  answer: HttpAnswer,
  attempt: number,
): Promise<void> {
  const now = options.clock.now();
  const body = parseJson(answer.body) as { error?: { reason?: string } } | undefined;
  const isQuota = body?.error?.reason === 'QUOTA_EXCEEDED';
  const seconds = readRetryAfter(answer.headers['retry-after'], now) ?? 2 ** attempt;
  if (isQuota || seconds > options.maxWaitSeconds || attempt >= RATE_TRIES) {
    throw await options.families.block(family, now + seconds * 1_000, describe(answer));
  }
  await options.clock.sleep(seconds * 1_000, options.signal);
}

function readBatch(
  options: SpotifyClientOptions,
  kind: Kind,
  ids: readonly string[],
  answer: HttpAnswer,
): Body[] {
  const list = requireObject(options, answer, kind.path)[kind.key];
  if (!Array.isArray(list) || list.length !== ids.length) {
    throw unexpected(options, answer, kind.path, `a list of ${ids.length} ${kind.key}`);
  }
  // The answer is in the order asked for, with null for what is unknown: a re-linked body keeps the id asked for.
  return list.flatMap((value: unknown, at) => {
    const id = ids[at];
    return value === null || id === undefined
      ? []
      : [{ id, json: JSON.stringify(value), value: value as Body['value'] }];
  });
}

function requireObject(
  options: SpotifyClientOptions,
  answer: HttpAnswer,
  path: string,
): Record<string, unknown> {
  const body = parseJson(answer.body);
  if (answer.status === 200 && typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw unexpected(options, answer, path, 'a JSON object');
}

function requireId(id: string): void {
  if (ID.test(id)) return;
  throw new InvalidInputError(`"${id}" is no id of Spotify's; 22 base-62 characters are expected.`, {
    field: 'id',
    given: id,
    expected: '22 base-62 characters',
  });
}

function unexpected(
  options: SpotifyClientOptions,
  answer: HttpAnswer,
  path: string,
  expected: string,
): ExtractError {
  return new ExtractError(
    `"${options.source}" answered ${path} with ${describe(answer)}; ${expected} is expected. Try again later.`,
    { source: options.source, url: path, status: answer.status },
    { isRetryable: answer.status === 200 },
  );
}

function isAboutTheKey(answer: HttpAnswer): boolean {
  return /premium subscription|not be registered|client scope/i.test(answer.body);
}

function refused(options: SpotifyClientOptions, answer: HttpAnswer, path: string): ExtractError {
  const text = answer.body;
  const advice = /premium subscription/i.test(text)
    ? "The app's owner needs an active Premium subscription; after renewing it, wait some hours."
    : /not be registered/i.test(text)
      ? "Add the user to the app's allow-list in the developer dashboard."
      : /client scope/i.test(text)
        ? 'The token lacks a scope; log in again.'
        : 'Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.';
  return new ExtractError(`"${options.source}" refused ${path} (${describe(answer)}). ${advice}`, {
    source: options.source,
    url: path,
    status: answer.status,
  });
}

function describe(answer: HttpAnswer): string {
  const body = parseJson(answer.body) as { error?: { message?: string } } | undefined;
  const said =
    body?.error?.message ??
    answer.body
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 120);
  return `status ${answer.status}${said ? `: ${said}` : ''}`;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
