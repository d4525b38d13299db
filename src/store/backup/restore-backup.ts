// Puts a backup back into an empty data folder, and proves that it is what was backed up.
import { join, resolve } from 'node:path';
import { SnapshotError } from '../../errors.ts';
import { type Files, localFiles, makeFolderDurably } from '../snapshots/files.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { type BackupList, isPathWithin, listOwn, readBackupList, requireEmpty } from './backup-list.ts';
import { copyFile } from './copy-files.ts';

export interface RestoreOptions {
  /** A folder that createBackup has made. */
  readonly folder: string;
  /** The store over the data folder, which must be new or empty. */
  readonly snapshots: SnapshotStore;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly files?: Files;
}

/**
 * Copies every file of the backup, compares it with its hash, and makes its snapshot current. What fails leaves the data folder empty.
 *
 * @throws InvalidInputError for no backup, or a data folder that holds something; SnapshotError for a backup that is damaged
 */
export async function restoreBackup(options: RestoreOptions): Promise<BackupList> {
  const { snapshots, signal, files = localFiles, onProgress = () => {} } = options;
  const from = resolve(options.folder);
  const to = snapshots.dataDir;
  const list = await readBackupList(files, from);
  await requireEmpty(files, to, 'a restore');
  await makeFolderDurably(files, to);
  try {
    for (const [at, { path, sha256 }] of list.files.entries()) {
      const copied = await copyFile(files, checkPath(path), { from, to, signal });
      if (copied.sha256 !== sha256) throw damaged(`"${path}" is not what was backed up`);
      onProgress(at + 1, list.files.length);
    }
    for (const folder of new Set(list.files.map(({ path }) => join(to, path, '..'))))
      await files.syncFolder(folder);
    if (list.snapshotId !== null) await snapshots.rollback(list.snapshotId);
    return list;
  } catch (error) {
    for (const name of await listOwn(files, to)) await files.remove(join(to, name));
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? damaged('a file of it is missing', error)
      : error;
  }
}

/** A list may have come from anywhere: it names files within the folder, and no others. */
function checkPath(path: string): string {
  if (isPathWithin(path)) return path;
  throw damaged(`"${path}" is no path within it`);
}

function damaged(what: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    `The backup is damaged: ${what}. Nothing was restored; the data folder is empty as before. Use another backup.`,
    { cause },
  );
}
