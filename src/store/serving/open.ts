// Opens the serving index of a snapshot, or builds it anew where it is missing or not what was published. Nobody waits for it: until it
// is there DuckDB answers, more slowly.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.ts';
import { localFiles } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import { SERVING_FILE } from './build.ts';
import { openServingIndex, type ServingIndex } from './serving-index.ts';

export interface OpenServing {
  /** Null until it is verified or built, and where it cannot be. */
  current(): ServingIndex | null;
  /** Resolves when it is known whether there is one. */
  readonly settled: Promise<void>;
  close(): Promise<void>;
}

export interface ServingOptions {
  readonly manifest: Manifest;
  readonly dataDir: string;
  readonly log: Log;
  /** Where a rebuild may spill to. */
  readonly tempDir: string;
  readonly memoryMb: number;
  readonly tempMaxMb: number;
}

export function openServing(options: ServingOptions): OpenServing {
  const { manifest, log } = options;
  const stop = new AbortController();
  let index: ServingIndex | null = null;
  const settled = findOrBuild(options, stop.signal)
    .then(
      (path) => {
        if (path !== null && !stop.signal.aborted) index = openServingIndex(path);
      },
      (error: unknown) => {
        if (!stop.signal.aborted)
          log.error('The serving index could not be built; answers are slower', {
            snapshot: manifest.id,
            error,
          });
      },
    )
    .catch((error: unknown) => {
      log.error('The serving index could not be opened; answers are slower', {
        snapshot: manifest.id,
        error,
      });
    });
  return {
    current: () => index,
    settled,
    close: async () => {
      stop.abort();
      await settled;
      index?.close();
      index = null;
    },
  };
}

/** No index at all: for readers that come and go, and for tests of DuckDB alone. */
export const NO_SERVING: OpenServing = {
  current: () => null,
  settled: Promise.resolve(),
  close: async () => {},
};

/** What a worker thread is told to build. */
export interface RebuildJob extends Omit<ServingOptions, 'log'> {
  readonly folder: string;
}

/** The folder of a snapshot's serving index. */
export function servingFolder(dataDir: string, snapshotId: string): string {
  return join(dataDir, 'artifacts', snapshotId, 'serving');
}

async function findOrBuild(options: ServingOptions, signal: AbortSignal): Promise<string | null> {
  const { manifest, dataDir, log } = options;
  const artifact = manifest.artifacts.find(({ name }) => name === 'serving');
  const folder = servingFolder(dataDir, artifact?.builtFor ?? manifest.id);
  const path = join(folder, SERVING_FILE);
  const damage = artifact ? await findDamage(path, artifact.files[0]) : 'was never built';
  if (damage === null || signal.aborted) return path;
  log.warn(`The serving index ${damage}: it is built anew, and answers are slower until then`, {
    snapshot: manifest.id,
  });
  await mkdir(folder, { recursive: true });
  const { log: _, ...job } = options;
  await rebuild({ ...job, folder }, signal);
  if (signal.aborted) return null;
  log.info('The serving index is built', { snapshot: manifest.id });
  return path;
}

async function findDamage(
  path: string,
  file: { readonly bytes: number; readonly sha256: string } | undefined,
): Promise<string | null> {
  const found = await localFiles.find(path);
  if (!file || !found) return 'is missing';
  const isSame = found.bytes === file.bytes && (await localFiles.hash(path)) === file.sha256;
  return isSame ? null : 'is not what was published';
}

/** In a thread of its own, so that requests are answered meanwhile. */
function rebuild(job: RebuildJob, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./rebuild-worker.ts', import.meta.url), { workerData: job });
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
