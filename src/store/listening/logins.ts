// When the logins of connected accounts end. The day is no secret, so that it is kept beside the tokens, which are encrypted.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GroovelakeError, HOW_TO_LOG_IN, isGroovelakeError } from '../../errors.ts';
import { sqliteCode, toStoreError } from '../sqlite-file.ts';
import { listAccountIds, listeningFolder } from './accounts.ts';
import { LISTENING_FILE } from './listening-file.ts';

export interface Login {
  readonly accountId: string;
  /** Milliseconds since 1970; in the past once it has ended, or was taken back by the person. */
  readonly endsAt: number;
}

/** Ends of logins as this process last read them, by path of the file. */
const lastRead = new Map<string, number | null>();

/**
 * The logins whose end is known, by account. An account that cannot be read hides no other; doctor names it. Of one that cannot be read
 * just now it is the end that was read last.
 */
export async function listLogins(dataDir: string): Promise<Login[]> {
  const logins: Login[] = [];
  for (const accountId of await listAccountIds(dataDir)) {
    const path = toPath(dataDir, accountId);
    try {
      lastRead.set(path, readLoginEnd(dataDir, accountId));
    } catch (error) {
      if (!isBusy(error)) lastRead.delete(path);
    }
    const endsAt = lastRead.get(path) ?? null;
    if (endsAt !== null) logins.push({ accountId, endsAt });
  }
  return logins;
}

/**
 * When the login of an account ends, milliseconds since 1970; null without a login, or where its end is not known. It is asked for while
 * a run may write, which it keeps waiting for nothing, and it waits for none. SQLite may leave its files -shm and -wal beside what was only read.
 *
 * @throws GroovelakeError FORMAT; one of which isBusy is true
 */
export function readLoginEnd(dataDir: string, accountId: string): number | null {
  const path = toPath(dataDir, accountId);
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    // A file of an earlier version may lack the table.
    if (!db.prepare("select 1 from sqlite_schema where name = 'login'").get()) return null;
    const row = db.prepare('select ends_at from login where exists (select 1 from tokens)').get();
    return (row as { ends_at: number } | undefined)?.ends_at ?? null;
  } catch (error) {
    if (![5, 6].includes(sqliteCode(error))) throw toStoreError(error, path);
    throw new GroovelakeError(
      'INTERNAL',
      `"${path}" cannot be read now: another process opens, closes or empties it. Try again.`,
      { cause: error, isRetryable: true },
    );
  }
}

/** Whether an account could not be read just now, which says nothing about its file. */
export function isBusy(error: unknown): boolean {
  return isGroovelakeError(error) && error.isRetryable;
}

function toPath(dataDir: string, accountId: string): string {
  return join(listeningFolder(dataDir, accountId), LISTENING_FILE);
}

/** What the owner of the account must do, and by when. */
export function describeLogin({ accountId, endsAt }: Login, now: number): string {
  return endsAt <= now
    ? `Account ${accountId}: the login has ended; log in again ${HOW_TO_LOG_IN}.`
    : `Account ${accountId}: log in again by ${new Date(endsAt).toISOString().slice(0, 10)} ${HOW_TO_LOG_IN}, when Spotify ends this login.`;
}

/** Those that end within so many days, or have ended. */
export function listEnding(logins: readonly Login[], days: number, now: number): Login[] {
  return logins.filter(({ endsAt }) => endsAt - now <= days * 86_400_000);
}
