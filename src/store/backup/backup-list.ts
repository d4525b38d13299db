// backup.json: what a backup holds. It is written last, so that a backup without one is none.
import { join } from 'node:path';
import { GroovelakeError, InvalidInputError } from '../../errors.ts';
import { type Files, isMissing } from '../snapshots/files.ts';

export const BACKUP_FORMAT = 1;
export const BACKUP_LIST = 'backup.json';

export interface BackupFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export interface BackupList {
  readonly format: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Null when nothing had been published. */
  readonly snapshotId: string | null;
  /** What lies elsewhere and is not in it: "mongodb". */
  readonly without: readonly string[];
  /** What was wrong with the folder, so that the backup is less than it seems; in none that an older version made. */
  readonly warnings?: readonly string[];
  readonly files: readonly BackupFile[];
}

/**
 * Reads the list of a backup.
 *
 * @throws InvalidInputError for a folder that is no whole backup; GroovelakeError (FORMAT) for one of a newer version
 */
export async function readBackupList(files: Files, folder: string): Promise<BackupList> {
  let list: BackupList;
  try {
    list = JSON.parse(await files.read(join(folder, BACKUP_LIST))) as BackupList;
  } catch (error) {
    const why = isMissing(error)
      ? `it has no ${BACKUP_LIST}, which is written last`
      : `its ${BACKUP_LIST} is damaged`;
    throw new InvalidInputError(
      `"${folder}" is no whole backup: ${why}. Name a folder that "groovelake backup" has made.`,
      { field: 'folder', given: folder, expected: 'a backup' },
      { cause: error },
    );
  }
  if (list.format <= BACKUP_FORMAT) return list;
  throw new GroovelakeError(
    'FORMAT',
    `"${folder}" is a backup in format ${list.format}; this version reads up to ${BACKUP_FORMAT}. Use a newer Groovelake.`,
  );
}

/** What a new file system of Linux brings along; of the system, and for nobody else to remove. */
const LOST_AND_FOUND = 'lost+found';

/** Names in a folder that are not the file system's own. */
export async function listOwn(files: Files, folder: string): Promise<string[]> {
  return (await files.list(folder)).filter((name) => name !== LOST_AND_FOUND);
}

/** @throws InvalidInputError for a folder that holds something */
export async function requireEmpty(files: Files, folder: string, what: string): Promise<void> {
  const names = await listOwn(files, folder);
  const found = await files.find(folder);
  if (names.length === 0 && (found === null || found.isFolder)) return;
  throw new InvalidInputError(
    `"${folder}" is not empty; an empty or new folder is expected for ${what}. Nothing was touched. Name another folder.`,
    { field: 'folder', given: folder, expected: 'an empty or new folder' },
  );
}

/** Whether a path names a file within the folder, wherever the list came from. */
export function isPathWithin(path: string): boolean {
  const isRelative = path !== '' && !path.startsWith('/') && !/[\\\0]/.test(path);
  return isRelative && !path.split('/').includes('..');
}
