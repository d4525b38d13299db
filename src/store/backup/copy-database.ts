// Copies an SQLite database that is in use, by SQLite's own online backup.
import { access, constants, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backup as backupDatabase, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ConfigError, StoreError } from '../../errors.ts';
import { fileModeOf, folderModeOf } from '../private-modes.ts';
import { type Files, makeFolderDurably } from '../snapshots/files.ts';
import { isUnopenable, toStoreError } from '../sqlite-file.ts';
import type { BackupFile } from './backup-list.ts';

/** Pages copied before others get their turn, and before a wish to stop is heard. */
const PAGES = 100;

/**
 * Copies one database into another folder under the same relative path, as it is at one instant; null where there is none. One on a disk
 * that cannot be written is copied too, unless a process that died left a log beside it, which only a writer could take in.
 *
 * @throws StoreError for a database that only a writer could read, ConfigError for one that this user may not; the signal's reason
 */
export async function copyDatabase(
  files: Files,
  name: string,
  { from, to, signal }: { from: string; to: string; signal: AbortSignal },
): Promise<BackupFile | null> {
  if (!(await files.find(join(from, name)))) return null;
  await makeFolderDurably(files, dirname(join(to, name)), folderModeOf(name));
  // Made here, so that it is closed before it holds anything: SQLite makes files that everybody may read.
  await (await open(join(to, name), 'a', fileModeOf(name))).close();
  const source = openAtRest(join(from, name));
  if (source) await copyPages(source, name, { to, signal });
  else await copyUnwritable(files, name, { from, to, signal });
  await files.syncFile(join(to, name));
  const found = await files.find(join(to, name));
  return { path: name, bytes: found?.bytes ?? 0, sha256: await files.hash(join(to, name)) };
}

/**
 * The database within one read transaction: what others write meanwhile neither changes what is read, nor makes the copying begin anew, as
 * it else would with every write of another process. Null where SQLite cannot open it, or cannot make the files beside it that reading takes.
 */
function openAtRest(path: string | URL): DatabaseSync | null {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    return source;
  } catch (error) {
    source?.close();
    if (isUnopenable(error)) return null;
    throw toStoreError(error, String(path));
  }
}

async function copyPages(
  source: DatabaseSync,
  name: string,
  { to, signal }: { to: string; signal: AbortSignal },
): Promise<void> {
  try {
    const progress = () => signal.throwIfAborted();
    await backupDatabase(source, join(to, name), { rate: PAGES, progress });
  } finally {
    source.close();
  }
}

/** As a file that nobody writes, which is proved afterwards: the same disk may be another's to write. */
async function copyUnwritable(
  files: Files,
  name: string,
  { from, to, signal }: { from: string; to: string; signal: AbortSignal },
): Promise<void> {
  const path = join(from, name);
  // A running server's too, whose log says nothing then.
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw toRefusal(path, error);
  });
  const look = () => Promise.all([files.find(path), files.find(`${path}-wal`)]);
  const before = await look();
  const [, log] = before;
  if (log && log.bytes > 0)
    throw new StoreError(
      `"${path}" cannot be read: its disk cannot be written, and a process that ended left a log beside it. Mount it so that it can be written, or copy the whole folder to where it can.`,
    );
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  const source = openAtRest(address);
  if (!source) throw toRefusal(path);
  await copyPages(source, name, { to, signal });
  if (JSON.stringify(await look()) !== JSON.stringify(before))
    throw new StoreError(
      `"${path}" was written while it was copied from where it cannot be. Try again where it can.`,
      { isRetryable: true },
    );
}

function toRefusal(path: string, cause?: unknown): ConfigError {
  return new ConfigError(`"${path}" cannot be opened. Give this user the right to read it.`, { cause });
}
