// What a process opens for one snapshot: its catalog and its similarity index.
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openSimilarity, type TrackSimilarity } from '../recommend/similar-tracks.ts';
import { type OpenCatalog, openCatalog } from '../store/catalog/open.ts';
import { TRACK_COLUMNS } from '../store/catalog/stats/by-columns.ts';
import { openColumns } from '../store/columns/open.ts';
import { openServing } from '../store/serving/open.ts';
import { findArtifact } from '../store/snapshots/artifact.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

export interface OpenSnapshot {
  readonly catalog: OpenCatalog;
  /** Null when the snapshot has no index, or one that could not be opened. */
  readonly similarity: TrackSimilarity | null;
  close(): Promise<void>;
}

/** Opens one snapshot for reading. An index that cannot be opened is logged, and similar tracks are then not served. */
export async function openSnapshot(
  manifest: Manifest,
  config: Config,
  clock: Clock,
  log: Log,
): Promise<OpenSnapshot> {
  const catalog = await openCatalog({
    manifest,
    dataDir: config.dataDir,
    config,
    clock,
    tempDir: join(config.dataDir, 'tmp', 'serve'),
    serving: openServing({
      manifest,
      dataDir: config.dataDir,
      log,
      tempDir: join(config.dataDir, 'tmp', 'serving'),
      memoryMb: config.serveMemoryMb,
      tempMaxMb: config.tempMaxMb,
    }),
    columns: openColumns({
      manifest,
      dataDir: config.dataDir,
      source: TRACK_COLUMNS,
      maxMb: config.statsMemoryMb,
      memoryMb: config.serveMemoryMb,
      tempDir: join(config.dataDir, 'tmp', 'columns'),
      tempMaxMb: config.tempMaxMb,
      log,
    }),
  });
  const artifact = findArtifact(manifest, config.dataDir, 'similarity');
  const options = {
    scanBelow: config.indexScanBelow,
    scanFilteredBelow: config.indexScanFilteredBelow,
    filtersKept: config.indexFiltersKept,
  };
  const similarity = artifact
    ? await openSimilarity(artifact.folder, artifact.builtFor, options, (message) => log.warn(message)).catch(
        (error: unknown) => {
          log.error('The similarity index could not be opened; similar tracks are not served', { error });
          return null;
        },
      )
    : null;
  return { catalog, similarity, close: () => catalog.close() };
}
