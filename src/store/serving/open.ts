// Opens the serving index of a snapshot, or builds it anew where it is missing or not what was published. Nobody waits for it: until it
// is there DuckDB answers, more slowly.
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.ts';
import { artifactFolder, findArtifact } from '../snapshots/artifact.ts';
import { localFiles, makeFolderDurably, replaceDurably, TEMPORARY } from '../snapshots/files.ts';
import type { Manifest, ManifestArtifact } from '../snapshots/manifest.ts';
import { SERVING_FILES, SERVING_FORMAT } from './layout.ts';
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

async function findOrBuild(options: ServingOptions, signal: AbortSignal): Promise<string | null> {
  const { manifest, dataDir, log } = options;
  const artifact = findArtifact(manifest, dataDir, 'serving');
  const folder = artifact?.folder ?? artifactFolder(dataDir, manifest.id, 'serving');
  const path = join(folder, SERVING_FILES.rows);
  const damage = await findDamage(folder, artifact?.files);
  if (damage === null || signal.aborted) return path;
  log.warn(`The serving index ${damage}: it is built anew, and answers are slower until then`, {
    snapshot: manifest.id,
  });
  // Beside the folder, under a name that nobody opens, until it is whole: another process may be building it too.
  const building = `${folder}.${process.pid}${TEMPORARY}`;
  const { log: _, ...job } = options;
  try {
    await mkdir(building, { recursive: true });
    if (signal.aborted) return null;
    await rebuild({ ...job, folder: building }, signal);
    if (signal.aborted) return null;
    await takeOver(building, folder);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  log.info('The serving index is built', { snapshot: manifest.id });
  return path;
}

/** What says of files that were built anew that they are whole: they need not be the published ones to the bit. */
const REBUILT = 'rebuilt.json';
const NAMES = Object.values(SERVING_FILES);

/** Hashes by name of file. */
type Hashes = Readonly<Record<string, string>>;

async function takeOver(building: string, folder: string): Promise<void> {
  const hashes: Record<string, string> = {};
  for (const name of NAMES) {
    hashes[name] = await localFiles.hash(join(building, name));
    await localFiles.syncFile(join(building, name));
  }
  await makeFolderDurably(localFiles, folder);
  for (const name of NAMES) await localFiles.rename(join(building, name), join(folder, name));
  await replaceDurably(localFiles, join(folder, REBUILT), `${JSON.stringify(hashes)}\n`);
}

/** @param published the files of the artifact; none where the snapshot has none */
async function findDamage(folder: string, published: ManifestArtifact['files'] = []): Promise<string | null> {
  const hashes: Record<string, string> = {};
  for (const name of NAMES) {
    const path = join(folder, name);
    if (!(await localFiles.find(path))) return published.length > 0 ? 'is missing' : 'was never built';
    const format = readFormat(path);
    if (typeof format === 'number' && format !== SERVING_FORMAT)
      return `has format ${format}, not ${SERVING_FORMAT}`;
    hashes[name] = await localFiles.hash(path);
  }
  const isAs = (known: Hashes) => NAMES.every((name) => known[name] === hashes[name]);
  const publishedHashes = published.map(({ path, sha256 }) => [basename(path), sha256] as const);
  if (isAs(Object.fromEntries(publishedHashes)) || isAs(await readRebuilt(folder))) return null;
  return published.length > 0 ? 'is not what was published' : 'was not built to its end';
}

/** Null for what is no SQLite file. */
function readFormat(path: string): unknown {
  try {
    const file = new DatabaseSync(path, { readOnly: true });
    try {
      return file.prepare('pragma user_version').get()?.user_version;
    } finally {
      file.close();
    }
  } catch {
    return null;
  }
}

async function readRebuilt(folder: string): Promise<Hashes> {
  try {
    return JSON.parse(await localFiles.read(join(folder, REBUILT))) as Hashes;
  } catch {
    return {};
  }
}

/** In a thread of its own, so that requests are answered meanwhile. */
function rebuild(job: RebuildJob, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./rebuild-worker.ts', import.meta.url), { workerData: job });
    // Not terminated: that takes the process along while the engine works for the thread.
    signal.addEventListener('abort', () => worker.postMessage('stop'), { once: true });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
