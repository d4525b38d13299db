// Tracks made up for tests: seeded, sorted by id, with some values missing and some recordings under two ids.
import { seededRandomness } from '../../src/clock.ts';
import { type ArtistContext, type ContextRow, createContextBuilder } from '../../src/recommend/context.ts';
import { createFeatureTable, type FeatureTable } from '../../src/recommend/feature-table.ts';
import type { FeatureRow } from '../../src/recommend/recipe.ts';
import {
  openSimilarity,
  type SearchOptions,
  type Seed,
  type SimilarAnswer,
  type SimilarRequest,
  type TrackSimilarity,
} from '../../src/recommend/similar-tracks.ts';
import { type BuildOptions, writeSimilarity } from '../../src/recommend/similarity-build.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

export const SEED = 20261120;

export function makeRows(count: number, seed = SEED): FeatureRow[] {
  const random = seededRandomness(seed);
  const score = () => Number(random.next().toFixed(4));
  return Array.from({ length: count }, (_, at) => ({
    trackId: idOf(at),
    name: idOf(at),
    artistId: `a${Math.floor(random.next() * (count / 8 + 1))}`,
    recordingId: idOf(at - (at % 50 === 1 ? 1 : 0)),
    danceability: score(),
    energy: score(),
    loudness: -30 * random.next(),
    valence: score(),
    speechiness: score(),
    liveness: score(),
    acousticness: score(),
    instrumentalness: score(),
    durationMs: 60_000 + 300_000 * random.next(),
    tempo: at % 17 === 0 ? null : 60 + 120 * random.next(),
    releaseYear: 1960 + Math.floor(60 * random.next()),
    popularity: Math.floor(100 * random.next()),
  }));
}

export const idOf = (at: number) => `t${String(at).padStart(5, '0')}`;

/** A row of which nothing is known but what is given. */
export function blankRow(trackId: string, known: Partial<FeatureRow> = {}): FeatureRow {
  const names = Object.keys(makeRows(1)[0] ?? {});
  const blank = Object.fromEntries(names.map((name) => [name, null]));
  return { ...blank, trackId, name: '', recordingId: trackId, ...known } as FeatureRow;
}

/** A row with the artists that are credited after the first. */
export type CreditedRow = FeatureRow & { readonly guests?: readonly string[] };

export function makeTable(rows: readonly CreditedRow[]): FeatureTable {
  const table = createFeatureTable();
  for (const row of rows) {
    table.add(row);
    for (const guest of row.guests ?? []) table.credit(guest);
  }
  return table.finish();
}

export async function makeContext(
  table: FeatureTable,
  rows: readonly ContextRow[],
): Promise<ArtistContext | null> {
  const builder = createContextBuilder(table.artistIds);
  for (const row of rows) builder.add(row);
  return builder.finish();
}

export const BUILD: BuildOptions = {
  snapshotId: 's1',
  m: 8,
  efConstruction: 64,
  ef: 64,
  exactBelow: 1_000,
  maxDrift: 0.05,
  monotonic: () => 0,
};
export const SEARCH: SearchOptions = { scanBelow: 50_000, scanFilteredBelow: 10_000, filtersKept: 4 };
export const REQUEST: SimilarRequest = { to: [], maxPerArtist: 3, includeSeedArtists: true, first: 10 };

export const seeds = (...ids: readonly string[]): Seed[] => ids.map((trackId) => ({ trackId, weight: 1 }));

export interface Opened {
  readonly similarity: TrackSimilarity;
  readonly folder: string;
  readonly warnings: string[];
  find(request: Partial<SimilarRequest>): Promise<SimilarAnswer>;
}

/** Builds, writes and opens an index as a run and a server do. */
export async function openRows(
  rows: readonly CreditedRow[],
  {
    context = [],
    build = {},
    search = {},
    folder = makeTempFolder(),
  }: {
    context?: readonly ContextRow[];
    build?: Partial<BuildOptions>;
    search?: Partial<SearchOptions>;
    folder?: string;
  } = {},
): Promise<Opened> {
  const table = makeTable(rows);
  await writeSimilarity(folder, table, await makeContext(table, context), { ...BUILD, ...build });
  return openFolder(folder, search);
}

export async function openFolder(folder: string, search: Partial<SearchOptions> = {}): Promise<Opened> {
  const warnings: string[] = [];
  const similarity = await openSimilarity(folder, 's1', { ...SEARCH, ...search }, (message) => {
    warnings.push(message);
  });
  return {
    similarity,
    folder,
    warnings,
    find: async (request) => {
      const [answer] = await similarity.findMany([{ ...REQUEST, ...request }]);
      if (!answer) throw new Error('One request has one answer.');
      return answer;
    },
  };
}
