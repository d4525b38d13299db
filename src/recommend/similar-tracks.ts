// Similar tracks as the API asks for them: seeds, seeds to move away from, a mood, weights, a filter, caps; and why each neighbor is near.
import { type Aim, aimAt, aimAtMood, findSeeds, type Seed, type Weights } from './aim.ts';
import { artistsOf } from './credits.ts';
import type { Contribution } from './distance.ts';
import { type Neighbor, searchExactInSlices } from './exact-search.ts';
import { dotRow, findInterests, type Interest } from './interests.ts';
import { createLabelCache, type LabelCache } from './label-cache.ts';
import type { LabelSet } from './label-set.ts';
import { type DrawnMap, type DrawnPoint, drawMap, findOnMap } from './map/draw.ts';
import { pause } from './pause.ts';
import type { Mood, WeightedLabel } from './query.ts';
import { FEATURE_ORDER, type FeatureName } from './recipe.ts';
import { type SelectRequest, selectExact } from './select-exact.ts';
import { createSelection, type Selection } from './selection.ts';
import { findSimilarArtists, type SimilarArtistId } from './similar-artists.ts';
import { readSimilarity, type SimilarityFacts, type SimilarityFiles } from './similarity-files.ts';

export type NoNeighborsReason =
  | 'UNKNOWN_TRACK'
  | 'NO_AUDIO_FEATURES'
  | 'NOTHING_PLAYED'
  | 'FILTER_TOO_NARROW'
  | 'CATALOGUE_TOO_SMALL'
  | 'INDEX_NOT_READY';
export type { Seed, Weights } from './aim.ts';
export type { Mood } from './query.ts';

export interface SimilarRequest {
  /** Seeds; may be empty with a mood. */
  readonly to: readonly Seed[];
  /** Seeds to move away from. */
  readonly away?: readonly string[];
  /** Tracks whose songs do not come back, besides the seeds'; those that are not in the index change nothing. */
  readonly without?: readonly string[];
  /** Targets in the features' own units; a feature left out stays as the seeds have it, or is free without seeds. */
  readonly mood?: Mood | null;
  /** Factor per feature; 1 unless stated, 0 leaves the feature out. */
  readonly weights?: Weights | null;
  /** The only tracks that may come back; all unless stated. */
  readonly among?: LabelSet | null;
  readonly maxPerArtist: number;
  readonly includeSeedArtists: boolean;
  /** Whether other versions of a song may come back, of the seeds' songs too; otherwise one song shows once, and never the seeds'. */
  readonly includeVersions?: boolean;
  readonly first: number;
  /** Interests the seeds may be told apart into, each searched around on its own; 1 unless stated: all seeds are blended. */
  readonly interests?: number;
}

export interface SimilarTrackId {
  readonly trackId: string;
  readonly distance: number;
  /** Parts of the distance by feature, largest first; they add up to it. */
  readonly contributions: readonly Contribution[];
  /** The seed it is nearest to; null without seeds. */
  readonly nearestSeedId: string | null;
  /** Features that are not known of it and stand at the mean. */
  readonly missing: readonly FeatureName[];
}

export interface SimilarAnswer {
  readonly neighbors: readonly SimilarTrackId[];
  readonly isExact: boolean;
  readonly reason: NoNeighborsReason | null;
  /** Seeds that are not in the index. */
  readonly unknownSeedIds: readonly string[];
  /** Tracks to move away from that are not. */
  readonly unknownAwayIds: readonly string[];
}

export interface TrackSimilarity {
  readonly facts: SimilarityFacts;
  readonly bytes: number;
  /** What filters leave, by the filter's text. */
  readonly filters: LabelCache;
  /** Answers in the requests' order; what needs a scan is scanned in one pass. @throws the signal's reason when it is aborted */
  findMany(requests: readonly SimilarRequest[], signal?: AbortSignal): Promise<SimilarAnswer[]>;
  /** The artists nearest to one, itself left out; null when it has no indexed track. @throws likewise */
  findArtists(artistId: string, first: number, signal?: AbortSignal): Promise<SimilarArtistId[] | null>;
  /** The map of the music: some of its points, or all that a filter leaves when they are few. */
  drawMap(among: LabelSet | null, sample: number): DrawnMap;
  /** Where a track is on the map; null when it is not in the index. */
  findOnMap(trackId: string): DrawnPoint | null;
}

export interface SearchOptions {
  /** Up to so many tracks are scanned for a point between tracks, of which the graph is less sure; more go through the graph. */
  readonly scanBelow: number;
  /** Up to so many tracks that a filter leaves are scanned around one track; more go through the graph. */
  readonly scanFilteredBelow: number;
  /** Filters whose result is kept for the next request. */
  readonly filtersKept: number;
}

/** Opens the index of a snapshot. @throws AnnIndexError when it is damaged or another snapshot's */
export async function openSimilarity(
  folder: string,
  snapshotId: string,
  options: SearchOptions,
  onWarning: (message: string) => void,
): Promise<TrackSimilarity> {
  return createSimilarity(await readSimilarity(folder, snapshotId, onWarning), options);
}

export function createSimilarity(files: SimilarityFiles, options: SearchOptions): TrackSimilarity {
  return {
    facts: files.facts,
    bytes: files.bytes,
    filters: createLabelCache(options.filtersKept),
    findMany: async (requests, signal) => {
      const plans = requests.map((request) => planRequest(files, request));
      await search(
        files,
        plans.flatMap(({ searches }) => searches),
        options,
        () => pause(signal),
      );
      return plans.map((plan) => answer(files, plan));
    },
    findArtists: (artistId, first, signal) => findSimilarArtists(files, artistId, first, () => pause(signal)),
    drawMap: (among, sample) => drawMap(files, among, sample),
    findOnMap: (trackId) => findOnMap(files, trackId),
  };
}

/** One point to search around. */
interface Search extends Aim {
  readonly among: LabelSet | null;
  readonly selection: Selection;
  readonly first: number;
  found: Neighbor[];
  isExact: boolean;
}

interface Plan {
  readonly request: SimilarRequest;
  readonly seeds: readonly WeightedLabel[];
  readonly unknown: Pick<SimilarAnswer, 'unknownSeedIds' | 'unknownAwayIds'>;
  readonly interests: readonly Interest[];
  readonly searches: readonly Search[];
  readonly selection: Selection;
}

function planRequest(files: SimilarityFiles, request: SimilarRequest): Plan {
  const { known: seeds, unknownIds: unknownSeedIds } = findSeeds(files, request.to);
  const { known: away, unknownIds: unknownAwayIds } = findSeeds(
    files,
    (request.away ?? []).map((trackId) => ({ trackId, weight: 1 })),
  );
  const without = (request.without ?? []).map((id) => files.trackIds.find(id)).filter((label) => label >= 0);
  const selection = createSelection(files, {
    seeds: [...[...seeds, ...away].map(({ label }) => label), ...without],
    withoutArtists: new Set(
      request.includeSeedArtists ? [] : seeds.flatMap(({ label }) => [...artistsOf(files.credits, label)]),
    ),
    includeVersions: request.includeVersions ?? false,
    maxPerArtist: request.maxPerArtist,
    first: request.first,
  });
  seeds.sort((a, b) => b.weight - a.weight || a.label - b.label);
  const interests = seeds.length ? findInterests(files, seeds, request.interests ?? 1) : [];
  const aims = seeds.length
    ? interests.map((interest) => aimAt(files, request, interest, away))
    : request.to.length === 0
      ? aimAtMood(files, request, away)
      : [];
  const searches = aims.map((aim) => ({
    ...aim,
    among: request.among ?? null,
    selection,
    first: request.first,
    found: [],
    isExact: true,
  }));
  return { request, seeds, unknown: { unknownSeedIds, unknownAwayIds }, interests, searches, selection };
}

/** Candidates a search asks the graph for: more than it shows, since songs, caps and filters take some away. */
const FIRST_TRY = (first: number) => 4 * first + 10;
const SECOND_TRY = (first: number) => 24 * first + 100;
/** A graph asked for more than this is slower than a scan. */
const MOST_CANDIDATES = 4_000;

const SEARCHES_PER_TURN = 8;
/**
 * A point between tracks is where the graph has no links: at 28,356 tracks it finds 87 % of the ten nearest with ef 64 and 98 % with 400,
 * where a track's own neighbors are found to 99.8 % with 64. So blended questions get more candidates.
 */
export const BLENDED_EF = 8;

/** Fills in what each search finds: by the graph where it serves, by one pass over the rows for the rest. */
async function search(
  files: SimilarityFiles,
  searches: readonly Search[],
  options: SearchOptions,
  wait: () => Promise<void>,
): Promise<void> {
  const toScan: Search[] = [];
  for (const [at, one] of searches.entries()) {
    // A search of the graph holds the event loop for some 0.1 ms; a page of a hundred of them lets others in between.
    if (at % SEARCHES_PER_TURN === SEARCHES_PER_TURN - 1) await wait();
    if (!searchGraph(files, one, options)) toScan.push(one);
  }
  const found = await selectExact(
    toScan.map((one) => toSelect(files, one)),
    async (requests) => {
      await wait();
      return searchExactInSlices(requests, wait);
    },
  );
  for (const [at, one] of toScan.entries()) one.found = found[at] ?? [];
}

function toSelect({ facts }: SimilarityFiles, one: Search): SelectRequest {
  return {
    count: facts.vectors,
    distance: one.measure.distance,
    among: one.among,
    selection: one.selection,
    first: one.first,
    firstKept: FIRST_TRY(one.first),
  };
}

/** Whether the graph found all that was asked for. */
function searchGraph({ graph, facts }: SimilarityFiles, one: Search, options: SearchOptions): boolean {
  if (!graph || !one.query || one.isWeighted) return false;
  const rows = one.among?.count ?? facts.vectors;
  if (one.isBlended && rows <= options.scanBelow) return false;
  if (one.among && rows <= options.scanFilteredBelow) return false;
  const share = rows / facts.vectors;
  const ef = (facts.ef ?? 1) * (one.isBlended ? BLENDED_EF : 1);
  for (const tries of [FIRST_TRY, SECOND_TRY]) {
    const k = Math.ceil(tries(one.first) / share);
    if (k > MOST_CANDIDATES) return false;
    const candidates = graph.search(one.query, k, ef);
    const { among } = one;
    one.found = one.selection.take(among ? candidates.filter(({ label }) => among.has(label)) : candidates);
    one.isExact = false;
    if (one.found.length === one.first) return true;
  }
  one.isExact = true;
  return false;
}

function answer(files: SimilarityFiles, plan: Plan): SimilarAnswer {
  const { request, searches, unknown } = plan;
  if (searches.length === 0) return { neighbors: [], isExact: true, reason: 'NO_AUDIO_FEATURES', ...unknown };
  const merged = mergeInterests(plan);
  const neighbors = merged.map(({ neighbor, one }) => describe(files, plan, one, neighbor));
  return {
    neighbors,
    isExact: searches.every(({ isExact }) => isExact),
    reason: neighbors.length < request.first ? explainShortage(request) : null,
    ...unknown,
  };
}

function explainShortage({
  among,
  maxPerArtist,
  first,
  includeSeedArtists,
}: SimilarRequest): NoNeighborsReason {
  return among || maxPerArtist < first || !includeSeedArtists ? 'FILTER_TOO_NARROW' : 'CATALOGUE_TOO_SMALL';
}

/** What the interests found, each by its share of what was asked for, nearest first, and no song or cap broken twice. */
function mergeInterests({
  interests,
  searches,
  request,
  selection,
}: Plan): { neighbor: Neighbor; one: Search }[] {
  const [only] = searches;
  if (only && searches.length === 1) return only.found.map((neighbor) => ({ neighbor, one: only }));
  const quotas = searches.map((_, at) =>
    Math.max(1, Math.round((interests[at]?.share ?? 0) * request.first)),
  );
  const byTurn = searches.flatMap((one, at) =>
    one.found.map((neighbor, place) => ({ neighbor, one, turn: Math.floor(place / (quotas[at] ?? 1)) })),
  );
  byTurn.sort(
    (a, b) =>
      a.turn - b.turn || a.neighbor.distance - b.neighbor.distance || a.neighbor.label - b.neighbor.label,
  );
  const unique = new Map<number, { neighbor: Neighbor; one: Search }>();
  for (const { neighbor, one } of byTurn)
    if (!unique.has(neighbor.label)) unique.set(neighbor.label, { neighbor, one });
  const taken = selection.take([...unique.values()].map(({ neighbor }) => neighbor));
  return taken
    .sort((a, b) => a.distance - b.distance || a.label - b.label)
    .map((neighbor) => ({ neighbor, one: unique.get(neighbor.label)?.one as Search }));
}

function describe(
  files: SimilarityFiles,
  { seeds }: Plan,
  { measure }: Search,
  { label }: Neighbor,
): SimilarTrackId {
  const contributions = measure.explain(label);
  return {
    trackId: files.trackIds.at(label),
    // Single precision leaves a last digit: the parts are what the distance is.
    distance: contributions.reduce((sum, { value }) => sum + value, 0),
    contributions,
    nearestSeedId: nearestSeed(files, seeds, label),
    missing: FEATURE_ORDER.filter((_, i) => ((files.missing[label] as number) & (1 << i)) !== 0),
  };
}

function nearestSeed(files: SimilarityFiles, seeds: readonly WeightedLabel[], label: number): string | null {
  if (seeds.length === 0) return null;
  const row = Array.from(files.vectors.subarray(label * files.dim, (label + 1) * files.dim));
  const near = seeds.map((seed) => dotRow(files, row, seed.label));
  return files.trackIds.at(seeds[near.indexOf(Math.max(...near))]?.label ?? 0);
}
