// From arguments to requests of recommend/, batched: similar tracks of a page of tracks are one call, and their filter one statement.
import DataLoader from 'dataloader';
import { type LabelSet, readLabelSet } from '../../recommend/label-set.ts';
import { MAX_INTERESTS, weighListened } from '../../recommend/listened.ts';
import type { SimilarAnswer, SimilarRequest, TrackSimilarity } from '../../recommend/similar-tracks.ts';
import type { TrackFilter } from '../../store/catalog/filters.ts';
import { findKnownTrackIds, findTrackLabels } from '../../store/catalog/track-ids.ts';
import type { Context } from '../context.ts';
import { readListSize } from '../list-size.ts';
import { checkSimilarArgs, type SimilarArgs } from './similarity-inputs.ts';

export const DEFAULT_NEIGHBORS = 10;
const DEFAULT_MAX_PER_ARTIST = 3;

export interface SimilarTracksArgs extends SimilarArgs {
  readonly where?: TrackFilter | null | undefined;
  readonly includeSeedArtists?: boolean | null | undefined;
  readonly includeVersions?: boolean | null | undefined;
  readonly first?: number | null | undefined;
  /** Tracks that do not come back. */
  readonly without?: readonly string[] | undefined;
}

const NOT_READY: SimilarAnswer = {
  neighbors: [],
  isExact: true,
  reason: 'INDEX_NOT_READY',
  unknownSeedIds: [],
  unknownAwayIds: [],
};

/** Tracks near what the arguments name. @throws InvalidInputError */
export async function findSimilarTracks(context: Context, args: SimilarTracksArgs): Promise<SimilarAnswer> {
  const request = toRequest(context, args);
  const { catalog, similarity } = context;
  if (!similarity) return NOT_READY;
  const among = await findLabels(context, similarity, args.where);
  const [answer = NOT_READY] = await similarity.findMany([{ ...request, among }], context.signal);
  if (answer.reason !== 'NO_AUDIO_FEATURES') return answer;
  const known = await findKnownTrackIds(
    catalog,
    request.to.map(({ trackId }) => trackId),
  );
  return known.size > 0 ? answer : { ...answer, reason: 'UNKNOWN_TRACK' };
}

/** Tracks near one of the tracks of a page: those asked for in one tick with the same arguments are found together. */
export function loadSimilarTracks(
  context: Context,
  trackId: string,
  args: Omit<SimilarTracksArgs, 'to'>,
): Promise<SimilarAnswer> {
  const loaders = loadersOf.get(context) ?? new Map<string, DataLoader<string, SimilarAnswer>>();
  loadersOf.set(context, loaders);
  const key = JSON.stringify(args);
  const loader = loaders.get(key) ?? new DataLoader((ids) => findForAll(context, ids, args));
  loaders.set(key, loader);
  return loader.load(trackId);
}

/** Of each request, by the text of the arguments. */
const loadersOf = new WeakMap<Context, Map<string, DataLoader<string, SimilarAnswer>>>();

async function findForAll(
  context: Context,
  ids: readonly string[],
  args: SimilarTracksArgs,
): Promise<SimilarAnswer[]> {
  const requests = ids.map((id) => toRequest(context, { ...args, to: [id] }));
  const { similarity } = context;
  if (!similarity) return ids.map(() => NOT_READY);
  const among = await findLabels(context, similarity, args.where);
  return similarity.findMany(
    requests.map((request) => ({ ...request, among })),
    context.signal,
  );
}

/** @throws InvalidInputError */
function toRequest(context: Context, args: SimilarTracksArgs): SimilarRequest {
  const first = readListSize(args.first, DEFAULT_NEIGHBORS, context.config.maxPageSize);
  checkSimilarArgs(args);
  return {
    to: [
      ...(args.to ?? []).map((trackId) => ({ trackId, weight: 1 })),
      ...(args.listened ?? []).map((one) => ({ trackId: one.id, weight: weighListened(one) })),
    ],
    away: args.away ?? [],
    without: args.without ?? [],
    mood: args.mood ?? null,
    weights: args.weights ?? null,
    maxPerArtist: args.maxPerArtist ?? DEFAULT_MAX_PER_ARTIST,
    includeSeedArtists: args.includeSeedArtists ?? true,
    includeVersions: args.includeVersions ?? false,
    first,
    interests: args.interests ?? (args.listened?.length ? MAX_INTERESTS : 1),
  };
}

/** The tracks a filter leaves; null for all. */
export async function findLabels(
  context: Context,
  similarity: TrackSimilarity,
  where: TrackFilter | null | undefined,
): Promise<LabelSet | null> {
  if (!where || Object.keys(where).length === 0) return null;
  const size = similarity.facts.vectors;
  return similarity.filters.get(JSON.stringify(where), async () =>
    readLabelSet(await findTrackLabels(context.catalog, where, size), size),
  );
}
