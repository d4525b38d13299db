// Similar tracks as the API asks for them: several seeds, away from others, a mood, weights, caps, and why each neighbor is near.
import { type Neighbor, searchExact } from './exact-search.ts';
import { DIM, FEATURE_ORDER, type FeatureName, OWN_DIM, standardise, toUnit } from './recipe.ts';
import { readSimilarity, type SimilarityFacts, type SimilarityFiles } from './similarity-files.ts';

export type NoNeighborsReason =
  | 'UNKNOWN_TRACK'
  | 'NO_AUDIO_FEATURES'
  | 'FILTER_TOO_NARROW'
  | 'INDEX_NOT_READY';
export type Weights = Readonly<Partial<Record<FeatureName | 'artist', number | null | undefined>>>;
export type Mood = Readonly<Partial<Record<FeatureName, number | null | undefined>>>;

export interface SimilarRequest {
  /** Seeds; may be empty with a mood. */
  readonly to: readonly string[];
  /** Seeds to move away from. */
  readonly away?: readonly string[];
  /** Targets in the features' own units; a feature left out stays as the seeds have it, or is free without seeds. */
  readonly mood?: Mood | null;
  /** Factor per feature; 1 unless stated, 0 leaves the feature out. */
  readonly weights?: Weights | null;
  /** The only tracks that may come back; all unless stated. */
  readonly among?: readonly string[] | null;
  readonly maxPerArtist: number;
  readonly includeSeedArtists: boolean;
  readonly first: number;
}

export interface SimilarTrackId {
  readonly trackId: string;
  /** 1 - cosine, 0..2. */
  readonly distance: number;
  /** Parts of the distance by feature, largest first; they add up to it. */
  readonly contributions: readonly { readonly feature: string; readonly value: number }[];
}

export interface SimilarAnswer {
  readonly neighbors: readonly SimilarTrackId[];
  readonly isExact: boolean;
  readonly reason: NoNeighborsReason | null;
}

export interface TrackSimilarity {
  readonly facts: SimilarityFacts;
  readonly bytes: number;
  find(request: SimilarRequest): SimilarAnswer;
}

/** Seeds to move away from count half, so that they turn the direction without outweighing the seeds. */
const AWAY = 0.5;
/** Candidates taken from the graph per neighbor asked for; what caps and recordings remove is made up for. */
const OVERFETCH = 8;

/** Opens the index of a snapshot. @throws AnnIndexError when its vectors are damaged */
export async function openSimilarity(
  folder: string,
  onWarning: (message: string) => void,
): Promise<TrackSimilarity> {
  return createSimilarity(await readSimilarity(folder, onWarning));
}

export function createSimilarity(files: SimilarityFiles): TrackSimilarity {
  const labelOf = new Map(files.trackIds.map((id, label) => [id, label]));
  return {
    facts: files.facts,
    bytes: files.bytes,
    find: (request) => {
      const labelsOf = (ids: readonly string[]) => ids.flatMap((id) => labelOf.get(id) ?? []);
      const seeds = labelsOf(request.to);
      if (seeds.length === 0 && !hasMood(request))
        return { neighbors: [], isExact: true, reason: 'NO_AUDIO_FEATURES' };
      const query = makeQuery(files, seeds, labelsOf(request.away ?? []), request.mood ?? {});
      const weights = toWeights(request, seeds.length === 0);
      const among = request.among ? labelsOf(request.among) : null;
      const take = createSelection(files, [...seeds, ...labelsOf(request.away ?? [])], request);
      const { neighbors, isExact } = collect(files, { query, weights, among, first: request.first, take });
      return {
        neighbors: neighbors.map((neighbor) => describe(files, query, weights, neighbor)),
        isExact,
        reason:
          neighbors.length < request.first && (among !== null || request.maxPerArtist < request.first)
            ? 'FILTER_TOO_NARROW'
            : null,
      };
    },
  };
}

function hasMood({ mood }: SimilarRequest): boolean {
  return Object.values(mood ?? {}).some((value) => value !== null && value !== undefined);
}

/** Mean of the seeds, less half the mean of those to move away from, with the mood's features set; of length 1. */
function makeQuery(
  files: SimilarityFiles,
  seeds: readonly number[],
  away: readonly number[],
  mood: Mood,
): number[] {
  const query = new Array<number>(DIM).fill(0);
  const add = (labels: readonly number[], factor: number) => {
    for (const label of labels) {
      for (let i = 0; i < DIM; i++)
        query[i] = (query[i] ?? 0) + (factor * (files.vectors[label * DIM + i] ?? 0)) / labels.length;
    }
  };
  add(seeds, 1);
  add(away, -AWAY);
  // A unit vector's components are the standardised values over its length: bring the targets to the seeds' scale.
  const scale = seeds.length ? 1 / Math.sqrt(DIM) : 1;
  for (const [at, name] of FEATURE_ORDER.entries()) {
    const target = mood[name];
    if (target !== null && target !== undefined) query[at] = standardise(files.facts.fit, at, target) * scale;
  }
  return toUnit(query);
}

/** One weight per dimension; null when none differs from 1, and the graph can be used. */
function toWeights({ weights, mood }: SimilarRequest, isMoodOnly: boolean): number[] | null {
  const own = FEATURE_ORDER.map((name) => {
    const isFree = isMoodOnly && (mood?.[name] === null || mood?.[name] === undefined);
    return isFree ? 0 : (weights?.[name] ?? 1);
  });
  const artist = isMoodOnly ? 0 : (weights?.artist ?? 1);
  const all = [...own, ...new Array<number>(OWN_DIM).fill(artist)];
  return all.every((weight) => weight === 1) ? null : all;
}

/** Takes neighbors in order of distance while they are new recordings, not the seeds', and within the cap of their artist. */
function createSelection(files: SimilarityFiles, seeds: readonly number[], request: SimilarRequest) {
  const recordings = new Set(seeds.map((label) => files.recordingIds[label]));
  const seedArtists = new Set(request.includeSeedArtists ? [] : seeds.map((label) => files.artistIds[label]));
  return (candidates: readonly Neighbor[]): Neighbor[] => {
    const seen = new Set(recordings);
    const perArtist = new Map<string, number>();
    const taken: Neighbor[] = [];
    for (const candidate of candidates) {
      if (taken.length === request.first) break;
      const recording = files.recordingIds[candidate.label];
      const artist = files.artistIds[candidate.label] ?? null;
      const count = artist === null ? 0 : (perArtist.get(artist) ?? 0);
      if (
        seen.has(recording) ||
        (artist !== null && (seedArtists.has(artist) || count >= request.maxPerArtist))
      )
        continue;
      seen.add(recording);
      if (artist !== null) perArtist.set(artist, count + 1);
      taken.push(candidate);
    }
    return taken;
  };
}

interface Collecting {
  readonly query: readonly number[];
  readonly weights: readonly number[] | null;
  readonly among: readonly number[] | null;
  readonly first: number;
  readonly take: (candidates: readonly Neighbor[]) => Neighbor[];
}

/** The graph where it serves; an exact scan for filters, weights, and where the graph's candidates do not suffice. */
function collect(
  files: SimilarityFiles,
  { query, weights, among, first, take }: Collecting,
): { neighbors: Neighbor[]; isExact: boolean } {
  const { index, vectors, facts } = files;
  if (index && !weights && !among) {
    const candidates = index.search(query, Math.min(index.count, first * OVERFETCH + 50), facts.ef ?? 64);
    const neighbors = take(candidates);
    if (neighbors.length === first) return { neighbors, isExact: false };
  }
  const scan = { vectors, dim: DIM, query, ...(weights ? { weights } : {}) };
  const most = among ? among.length : facts.vectors;
  for (let k = first * OVERFETCH + 50; ; k *= 8) {
    const neighbors = take(
      searchExact({ ...scan, k: Math.min(k, most), ...(among ? { labels: among } : {}) }),
    );
    if (neighbors.length === first || k >= most) return { neighbors, isExact: true };
  }
}

/**
 * Parts of the distance by feature. For unit vectors 1 - u.v = sum of (u_i - v_i)^2 / 2, so each feature has a part that is
 * never negative; the artist's mean is one part.
 */
function describe(
  files: SimilarityFiles,
  query: readonly number[],
  weights: readonly number[] | null,
  { label, distance }: Neighbor,
): SimilarTrackId {
  const weigh = (values: readonly number[]) =>
    toUnit(weights ? values.map((value, i) => value * (weights[i] ?? 1)) : values);
  const u = weigh(query);
  const v = weigh(Array.from(files.vectors.subarray(label * DIM, (label + 1) * DIM)));
  const parts = u.map((value, i) => (value - (v[i] ?? 0)) ** 2 / 2);
  const own = FEATURE_ORDER.map((feature, i) => ({ feature: feature as string, value: parts[i] ?? 0 }));
  const artist = parts.slice(OWN_DIM).reduce((total, part) => total + part, 0);
  const contributions = [...own, { feature: 'artist', value: artist }].sort((a, b) => b.value - a.value);
  // Single precision leaves a last digit: the parts are what the distance is.
  const total = contributions.reduce((sum, part) => sum + part.value, 0);
  return { trackId: files.trackIds[label] ?? '', distance: weights ? distance : total, contributions };
}
