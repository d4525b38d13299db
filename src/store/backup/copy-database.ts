// Copies an SQLite database that is in use, by SQLite's own online backup.
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backup as backupDatabase, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError } from '../../errors.ts';
import { fileModeOf, folderModeOf } from '../private-modes.ts';
import { type Files, makeFolderDurably } from '../snapshots/files.ts';
import type { BackupFile } from './backup-list.ts';

/** Pages copied before others get their turn, and before a wish to stop is heard. */
const PAGES = 100;
/** Rounds in which no page was copied, after which it is given up: a source that is never to be had at rest. */
const MOST_IDLE_ROUNDS = 1_000;
/** Of SQLite: the file, or what belongs beside it, cannot be opened or made. */
const CANNOT_OPEN = [8, 14];

/**
 * Copies one database into another folder under the same relative path, as it is at one instant; null where there is none. One on a disk
 * that cannot be written is copied too, unless a process that died left a log beside it, which only a writer could take in.
 *
 * @throws StoreError for a database that cannot be copied; the signal's reason
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
 * it else would with every write of another process. Null where SQLite cannot make the files beside it that reading takes.
 */
function openAtRest(path: string | URL): DatabaseSync | null {
  const source = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    return source;
  } catch (error) {
    source.close();
    if (CANNOT_OPEN.includes((error as { errcode?: number }).errcode ?? 0)) return null;
    throw error;
  }
}

async function copyPages(
  source: DatabaseSync,
  name: string,
  { to, signal }: { to: string; signal: AbortSignal },
): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  let idleRounds = 0;
  try {
    await backupDatabase(source, join(to, name), {
      rate: PAGES,
      progress: ({ remainingPages }) => {
        signal.throwIfAborted();
        idleRounds = remainingPages < fewest ? 0 : idleRounds + 1;
        fewest = Math.min(fewest, remainingPages);
        if (idleRounds > MOST_IDLE_ROUNDS)
          throw new StoreError(`"${name}" cannot be copied: it is never at rest. Try again.`, {
            isRetryable: true,
          });
      },
    });
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
  const look = async () => JSON.stringify([await files.find(path), await files.find(`${path}-wal`)]);
  const before = await look();
  const log = await files.find(`${path}-wal`);
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  const source = log && log.bytes > 0 ? null : openAtRest(address);
  if (!source)
    throw new StoreError(
      `"${path}" cannot be read: its disk cannot be written, and a process that ended left a log beside it. Mount it so that it can be written, or copy the whole folder to where it can.`,
    );
  await copyPages(source, name, { to, signal });
  if ((await look()) !== before)
    throw new StoreError(
      `"${path}" was written while it was copied from where it cannot be. Try again where it can.`,
      { isRetryable: true },
    );
}
