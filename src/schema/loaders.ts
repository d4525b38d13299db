// Loaders of one request: each batches the keys of one level into one statement.
import DataLoader from 'dataloader';
import { findAlbumsByIds, findAlbumsByIdsNow } from '../store/catalog/albums.ts';
import { findArtistsByIds } from '../store/catalog/artists.ts';
import type { Catalog } from '../store/catalog/catalog.ts';
import type { Album, Artist, Genre, Playlist, Track } from '../store/catalog/entities.ts';
import { findGenresByNames } from '../store/catalog/genres.ts';
import type { NestedField } from '../store/catalog/listing.ts';
import { findPlaylistsByIds } from '../store/catalog/playlists.ts';
import { findTracksByIds } from '../store/catalog/tracks.ts';
import { landedBy } from '../store/landing/describe-batch.ts';
import type { Batch, LandingStore } from '../store/landing/landing-store.ts';
import type { Run, RunStep, RunStore } from '../store/runs/run-store.ts';
import { createStatsLoaders, type StatsLoaders } from './stats/stats-loaders.ts';

export interface Loaders {
  readonly artistById: DataLoader<string, Artist | null>;
  readonly albumById: DataLoader<string, Album | null>;
  readonly trackById: DataLoader<string, Track | null>;
  readonly genreByName: DataLoader<string, Genre | null>;
  readonly playlistById: DataLoader<string, Playlist | null>;
  /** Null for one that is no longer on record. */
  readonly runById: DataLoader<string, Run | null>;
  readonly stepsByRunId: DataLoader<string, RunStep[]>;
  /** What a run landed, newest first. */
  readonly batchesByRunId: DataLoader<string, Batch[]>;
  readonly stats: StatsLoaders;
  /** A field of many parents: those asked for in one tick with the same arguments share a statement. */
  nested<T>(field: NestedField<T>, parentId: string): Promise<T>;
  /** The same for all parents of a level, at once where the serving index has the answers. */
  nestedLevel<T>(field: NestedField<T>, parentIds: readonly string[]): Later<readonly T[]>;
  /** Albums of a level likewise; null for a null id. */
  albumsById(ids: readonly (string | null)[]): Later<readonly (Album | null)[]>;
}

type Later<T> = T | Promise<T>;

// A level holds at most this many objects by the default cost limit (http/limits/cost.ts), so that it is one statement.
const MAX_BATCH = 10_000;

/** @param catalog asked for at the first use, so that a request about runs alone needs no snapshot */
export function createLoaders(
  catalog: () => Catalog,
  runs: RunStore,
  openLanding: () => Pick<LandingStore, 'listBatches'>,
): Loaders {
  const byKey = <T>(find: (catalog: Catalog, keys: readonly string[]) => Promise<(T | null)[]>) =>
    new DataLoader<string, T | null>((keys) => find(catalog(), keys), { maxBatchSize: MAX_BATCH });
  const fields = new Map<string, DataLoader<string, unknown>>();
  let stats: StatsLoaders | undefined;
  const albumById = byKey(findAlbumsByIds);
  const nested = <T>(field: NestedField<T>, parentId: string) => {
    const loader =
      fields.get(field.key) ??
      new DataLoader<string, unknown>((ids) => field.load(catalog(), ids), { maxBatchSize: MAX_BATCH });
    fields.set(field.key, loader);
    return loader.load(parentId) as Promise<T>;
  };
  return {
    artistById: byKey(findArtistsByIds),
    albumById,
    trackById: byKey(findTracksByIds),
    genreByName: byKey(findGenresByNames),
    playlistById: byKey(findPlaylistsByIds),
    stepsByRunId: new DataLoader(async (ids: readonly string[]) => {
      const steps = Map.groupBy(await runs.listSteps(ids), (step) => step.runId);
      return ids.map((id) => steps.get(id) ?? []);
    }),
    // Nothing is remembered of runs and batches: what became of one may change within a request, and a subscription is a long one.
    runById: new DataLoader(
      async (ids: readonly string[]) => {
        const unique = [...new Set(ids)];
        const found = await runs.listRuns({ filter: { ids: unique }, first: unique.length });
        const byId = new Map(found.runs.map((run) => [run.id, run]));
        return ids.map((id) => byId.get(id) ?? null);
      },
      { cache: false, maxBatchSize: MAX_BATCH },
    ),
    batchesByRunId: new DataLoader(
      async (runIds: readonly string[]) => {
        const batches = Map.groupBy(await openLanding().listBatches({ runIds }), landedBy);
        return runIds.map((id) => (batches.get(id) ?? []).toReversed());
      },
      { cache: false },
    ),
    get stats() {
      stats ??= createStatsLoaders(catalog());
      return stats;
    },
    nested,
    nestedLevel: (field, parentIds) =>
      field.findNow?.(catalog(), parentIds) ?? Promise.all(parentIds.map((id) => nested(field, id))),
    albumsById: (ids) => {
      const known = ids.filter((id) => id !== null);
      const now = findAlbumsByIdsNow(catalog(), known);
      if (!now) return Promise.all(ids.map((id) => (id === null ? null : albumById.load(id))));
      if (known.length === ids.length) return now;
      let at = 0;
      return ids.map((id) => (id === null ? null : (now[at++] ?? null)));
    },
  };
}
