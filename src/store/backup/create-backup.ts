// A backup of a data folder that is in use. Nobody has to stop: files of a snapshot never change, and the databases are copied by
// SQLite's own online backup.
import { dirname, join, resolve } from 'node:path';
import { type Clock, toIso } from '../../clock.ts';
import { SnapshotError } from '../../errors.ts';
import { requireDataDir } from '../data-dir.ts';
import { PRIVATE_FOLDER } from '../private-modes.ts';
import { isCheckpoint, nameOf, versionOf } from '../snapshots/delta-names.ts';
import { createDurably, type Files, isMissing, localFiles, makeFolderDurably } from '../snapshots/files.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import {
  BACKUP_FORMAT,
  BACKUP_LIST,
  type BackupFile,
  type BackupList,
  isPathWithin,
  listOwn,
  requireEmpty,
} from './backup-list.ts';
import { copyDatabase } from './copy-database.ts';
import { copyFile, copyIfThere } from './copy-files.ts';
import { copyListening } from './copy-listening.ts';
import { listFiles } from './list-files.ts';

/** Keys, as hashes, what was revoked, and the audit log: without them a restored server would be open. */
const ALWAYS_HERE = ['access.sqlite'] as const;
/** What runs and landing are kept in where MongoDB is not used. */
const DATABASES = ['runs.sqlite', 'landing.sqlite'] as const;
/** Publishes that may push the snapshot out while it is copied, before it is given up. */
const MAX_TRIES = 3;

export interface BackupOptions {
  readonly snapshots: SnapshotStore;
  /** New or empty. */
  readonly folder: string;
  readonly clock: Clock;
  /** Whether runs and landing are in MongoDB, which has its own tools for backups. */
  readonly usesMongo: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly files?: Files;
}

/**
 * Copies the current snapshot, the bronze files it was built from, the accounts' listening, the keys, and then the databases: these know at least
 * the batches that the files know, so that a restored folder goes on where it was. What is damaged and left out is in its warnings. What fails, or is told to stop, leaves nothing behind.
 *
 * @throws ConfigError where there is no data folder; InvalidInputError for a folder that holds something;
 *   SnapshotError for a file that is not what its manifest says
 */
export async function createBackup(options: BackupOptions): Promise<BackupList> {
  const { snapshots, files = localFiles } = options;
  const from = snapshots.dataDir;
  const to = resolve(options.folder);
  // A backup of nothing, under a name that was mistaken, would be found out when it is needed.
  await requireDataDir(from);
  await requireEmpty(files, to, 'a backup');
  const isNew = !(await files.find(to));
  try {
    return await fill(to, options);
  } catch (error) {
    // It is no backup, and takes the room of the next one.
    const left = isNew ? [to] : (await listOwn(files, to)).map((name) => join(to, name));
    for (const path of left) await files.remove(path).catch(() => {});
    throw error;
  }
}

async function fill(to: string, options: BackupOptions): Promise<BackupList> {
  const { snapshots, clock, signal, files = localFiles, onProgress = () => {} } = options;
  const from = snapshots.dataDir;
  // Folders above it are others' as well.
  await makeFolderDurably(files, dirname(to));
  await makeFolderDurably(files, to, PRIVATE_FOLDER);
  const { manifest, copied, warnings } = await copySnapshot(files, snapshots, {
    from,
    to,
    signal,
    onProgress,
  });
  const add = async (copying: Promise<BackupFile | null>) => {
    const file = await copying;
    if (file) copied.push(file);
  };
  copied.push(...(await copyBronze(files, { from, to, signal })));
  for (const account of await files.list(join(from, 'listening'))) {
    const listening = await copyListening(files, `listening/${account}`, { from, to, signal });
    copied.push(...listening.copied);
    warnings.push(...listening.warnings);
  }
  for (const name of [...ALWAYS_HERE, ...(options.usesMongo ? [] : DATABASES)]) {
    signal.throwIfAborted();
    await add(copyDatabase(files, name, { from, to, signal }));
  }
  const odd = copied.find(({ path }) => !isPathWithin(path));
  if (odd)
    throw new SnapshotError(`"${odd.path}" could not be put back by its name. Rename it, or move it away.`);
  await syncFolders(files, to, copied);
  const list: BackupList = {
    format: BACKUP_FORMAT,
    createdAt: toIso(clock.now()),
    snapshotId: manifest?.id ?? null,
    without: options.usesMongo ? ['mongodb'] : [],
    warnings,
    files: copied.sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  await createDurably(files, join(to, BACKUP_LIST), `${JSON.stringify(list, null, 1)}\n`);
  return list;
}

/** A file that is gone before its turn has been merged with others: what holds its rows is listed then. */
async function copyBronze(files: Files, copying: Copying): Promise<BackupFile[]> {
  const copied = new Map<string, BackupFile>();
  for (let isWhole = false; !isWhole; ) {
    isWhole = true;
    for (const path of await listFiles(files, copying.from, 'bronze')) {
      const file = copied.get(path) ?? (await copyIfThere(files, path, copying));
      if (file) copied.set(path, file);
      else isWhole = false;
    }
  }
  return [...copied.values()];
}

interface Copying {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/** The current snapshot as its manifest names it, and what is wrong where it is an older one, or none. One that was swept away meanwhile is left, and the newer one taken. */
async function copySnapshot(
  files: Files,
  snapshots: SnapshotStore,
  copying: Copying & { onProgress: (done: number, total: number) => void },
): Promise<{ manifest: Manifest | null; copied: BackupFile[]; warnings: string[] }> {
  for (let tries = 1; ; tries++) {
    const { manifest, warnings } = await snapshots.lookAtCurrent();
    if (!manifest) return { manifest, copied: [], warnings };
    try {
      return { manifest, copied: await copyNamed(files, manifest, copying), warnings };
    } catch (error) {
      if (!isMissing(error) || tries === MAX_TRIES) throw error;
      for (const name of await listOwn(files, copying.to)) await files.remove(join(copying.to, name));
    }
  }
}

async function copyNamed(
  files: Files,
  manifest: Manifest,
  { from, to, signal, onProgress }: Copying & { onProgress: (done: number, total: number) => void },
): Promise<BackupFile[]> {
  const named = [...manifest.relations, ...manifest.artifacts].flatMap((part) => part.files);
  const copied: BackupFile[] = [];
  // The serving index holds nothing that gold does not. One that is gone, or was built anew, is left: the restored server builds it.
  const serving = manifest.artifacts.find(({ name }) => name === 'serving')?.files ?? [];
  let done = 0;
  for (const published of named) {
    const { path, sha256 } = published;
    const mayLack = serving.includes(published);
    const file = await (mayLack ? copyIfThere : copyFile)(files, path, { from, to, signal });
    if (file?.sha256 === sha256) copied.push(file);
    else if (mayLack) await files.remove(join(to, path));
    else throw new SnapshotError(`"${path}" is not what was published; the backup was given up.`);
    done += 1;
    onProgress(done, named.length);
  }
  for (const { layer, name, deltaVersion } of manifest.relations) {
    for (const path of await listLog(files, from, `${layer}/${name}/_delta_log`, deltaVersion))
      copied.push(await copyFile(files, path, { from, to, signal }));
  }
  // CURRENT may name another snapshot by now: a folder without it serves the newest whole one, and there is only this.
  copied.push(await copyFile(files, `snapshots/${manifest.id}.json`, { from, to, signal }));
  return copied;
}

/** The log up to the version of the snapshot, so that readers of the restored table see what it serves. */
async function listLog(files: Files, dataDir: string, log: string, version: number): Promise<string[]> {
  const names = (await files.list(join(dataDir, log))).filter(
    (name) => (versionOf(name) ?? version + 1) <= version,
  );
  const checkpoint = names.filter(isCheckpoint).at(-1);
  const start = checkpoint ? (versionOf(checkpoint) ?? 0) : 0;
  const needed = names.filter(
    (name) => (versionOf(name) ?? -1) >= start && (!isCheckpoint(name) || name === checkpoint),
  );
  if (!needed.includes(nameOf(version)) && checkpoint === undefined)
    throw new SnapshotError(`The Delta log "${log}" has no version ${version}, which the snapshot names.`);
  return needed.map((name) => `${log}/${name}`);
}

async function syncFolders(files: Files, to: string, copied: readonly BackupFile[]): Promise<void> {
  const folders = new Set(copied.map(({ path }) => join(to, path, '..')));
  for (const folder of folders) await files.syncFolder(folder);
}
