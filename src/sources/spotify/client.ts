// Spotify's Web API as a crawl needs it: every way to the same documents, whatever the key may do (SOURCES 1 and 6).
import type { ExtractError } from '../../errors.ts';
import { chunk } from '../chunk.ts';
import type { Families } from '../families.ts';
import { describe } from '../gate.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { readBatch, requireIds, requireObject, type TakeBodies } from './answers.ts';
import { type Call, type CallOptions, createCall } from './call.ts';
import {
  answerOrFailure,
  type EntityKind,
  type FetchReport,
  fetchById,
  type NoteIds,
  OUTAGE,
} from './fetch-by-id.ts';
import { type ListProgress, listIds } from './pages.ts';

export interface ArtistHit {
  readonly id: string;
  readonly name: string;
}

/** Bodies are handed to `take` as they come, so that what was fetched before a failure is not lost with it. */
export interface SpotifyClient {
  searchArtists(name: string): Promise<ArtistHit[]>;
  /** @param note told of what cannot be had as it comes, too */
  artists(ids: readonly string[], take: TakeBodies, note?: NoteIds): Promise<FetchReport>;
  albums(ids: readonly string[], take: TakeBodies, note?: NoteIds): Promise<FetchReport>;
  tracks(ids: readonly string[], take: TakeBodies, note?: NoteIds): Promise<FetchReport>;
  /** Tracks that were never analysed are handed to `miss`. */
  audioFeatures(
    ids: readonly string[],
    take: TakeBodies,
    miss?: (ids: readonly string[]) => Promise<void>,
  ): Promise<FeaturesReport>;
  /** Ids of all albums of these groups, each once. */
  albumIdsOf(artistId: string, groups: readonly string[], progress?: ListProgress): Promise<string[]>;
  /** Ids of an album's tracks beyond those that stand in the album's own body. */
  furtherTrackIds(albumId: string, known: number, progress?: ListProgress): Promise<string[]>;
}

export interface FeaturesReport {
  /** False when this key may not have audio features. */
  readonly isGiven: boolean;
  /** What the source failed with at some of the tracks, which are had neither with features nor without; null where it answered. */
  readonly failure: ExtractError | null;
}

export interface SpotifyClientOptions extends CallOptions {
  readonly families: Families;
  readonly market: string | null;
  readonly concurrency: number;
  readonly onFallback: (message: string) => void;
}

const FEATURES = {
  family: 'features',
  path: '/audio-features',
  key: 'audio_features',
  batch: 100,
} as const;

export function createSpotifyClient(options: SpotifyClientOptions): SpotifyClient {
  const ask = createCall(options);
  let hasFound = false;
  const call: Call = async (...words) => {
    const answer = await ask(...words);
    hasFound ||= answer.status === 200;
    return answer;
  };
  const parts = { ...options, call, hasFound: () => hasFound };
  const market: Record<string, string> = options.market ? { market: options.market } : {};
  const kind = (single: string, batch: number, query: Record<string, string>): EntityKind => {
    const family = `${single}s`;
    return { family, single, path: `/${family}`, key: family, batch, query };
  };
  const artist = kind('artist', 50, {});
  const album = kind('album', 20, market);
  const track = kind('track', 50, market);
  return {
    searchArtists: async (name) => {
      const query = { q: `artist:"${name.replaceAll('"', '')}"`, type: 'artist', limit: '10' };
      const body = requireObject(options.source, '/search', await call('search', '/search', query));
      return readHits(body.artists);
    },
    artists: (ids, take, note) => fetchById(parts, artist, ids, take, note),
    albums: (ids, take, note) => fetchById(parts, album, ids, take, note),
    tracks: (ids, take, note) => fetchById(parts, track, ids, take, note),
    audioFeatures: async (ids, take, miss = async () => {}) => {
      const { families, concurrency, signal } = options;
      requireIds(ids);
      let failure: ExtractError | null = null;
      let failures = 0;
      await mapConcurrently(chunk(ids, FEATURES.batch), concurrency, signal, async (group) => {
        // It is down: what is left would fail too, and each at the cost of all its tries.
        if (failures >= OUTAGE) return;
        const fetch = () => fetchFeatures(parts, group, { take, miss });
        const answer = await answerOrFailure(families.afterFirst(FEATURES.family, fetch));
        failures = answer ? failures + 1 : 0;
        failure = answer ?? failure;
      });
      return { isGiven: !(await families.isWithheld(FEATURES.family)), failure };
    },
    albumIdsOf: (artistId, groups, progress = FROM_THE_START) => {
      requireIds([artistId]);
      const query = { ...market, include_groups: groups.join() };
      const path = `/artists/${artistId}/albums`;
      return listIds(parts, { family: 'artist-albums', path, query, start: 0 }, progress);
    },
    furtherTrackIds: (albumId, known, progress = FROM_THE_START) => {
      requireIds([albumId]);
      const path = `/albums/${albumId}/tracks`;
      return listIds(parts, { family: 'album-tracks', path, query: market, start: known }, progress);
    },
  };
}

const FROM_THE_START: ListProgress = { from: null, keep: async () => {} };

async function fetchFeatures(
  { source, families, call, onFallback }: SpotifyClientOptions & { call: Call },
  ids: readonly string[],
  { take, miss }: { take: TakeBodies; miss: (ids: readonly string[]) => Promise<void> },
): Promise<void> {
  if (await families.isWithheld(FEATURES.family)) return;
  const answer = await call(FEATURES.family, FEATURES.path, { ids: ids.join() });
  if (answer.status !== 403) {
    const { bodies, unknown } = readBatch(source, FEATURES.path, { key: FEATURES.key, ids }, answer);
    await take(bodies);
    return unknown.length > 0 ? miss(unknown) : undefined;
  }
  if (await families.withhold(FEATURES.family, describe(answer)))
    onFallback('the key gets no audio features from Spotify');
}

function readHits(section: unknown): ArtistHit[] {
  const items = (section as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const { id, name } = (item ?? {}) as Partial<ArtistHit>;
    return typeof id === 'string' && typeof name === 'string' ? [{ id, name }] : [];
  });
}
