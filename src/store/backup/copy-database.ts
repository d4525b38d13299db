// Copies an SQLite database that is in use, by SQLite's own online backup.
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backup as backupDatabase, DatabaseSync } from 'node:sqlite';
import { fileModeOf, folderModeOf } from '../private-modes.ts';
import { type Files, makeFolderDurably } from '../snapshots/files.ts';
import type { BackupFile } from './backup-list.ts';

/** Copies one database into another folder under the same relative path; null where there is none. */
export async function copyDatabase(
  files: Files,
  name: string,
  { from, to }: { from: string; to: string },
): Promise<BackupFile | null> {
  if (!(await files.find(join(from, name)))) return null;
  await makeFolderDurably(files, dirname(join(to, name)), folderModeOf(name));
  // Made here, so that it is closed before it holds anything: SQLite makes files that everybody may read.
  await (await open(join(to, name), 'a', fileModeOf(name))).close();
  const source = new DatabaseSync(join(from, name), { readOnly: true, timeout: 10_000 });
  try {
    await backupDatabase(source, join(to, name));
  } finally {
    source.close();
  }
  await files.syncFile(join(to, name));
  const found = await files.find(join(to, name));
  return { path: name, bytes: found?.bytes ?? 0, sha256: await files.hash(join(to, name)) };
}
