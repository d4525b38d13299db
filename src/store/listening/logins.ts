// When the logins of connected accounts end. The day is no secret, so that it is kept beside the tokens, which are encrypted.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HOW_TO_LOG_IN } from '../../errors.ts';
import { toStoreError } from '../sqlite-file.ts';
import { listAccountIds, listeningFolder } from './accounts.ts';
import { LISTENING_FILE } from './listening-file.ts';

export interface Login {
  readonly accountId: string;
  /** Milliseconds since 1970; in the past once it has ended, or was taken back by the person. */
  readonly endsAt: number;
}

/** The logins whose end is known, by account. An account that cannot be read hides no other; doctor names it. */
export async function listLogins(dataDir: string): Promise<Login[]> {
  const logins: Login[] = [];
  for (const accountId of await listAccountIds(dataDir)) {
    try {
      const endsAt = readLoginEnd(dataDir, accountId);
      if (endsAt !== null) logins.push({ accountId, endsAt });
    } catch {}
  }
  return logins;
}

/**
 * When the login of an account ends, milliseconds since 1970; null without a login, or where its end is not known. Nothing is locked or
 * made: it is asked for while a run may write.
 *
 * @throws GroovelakeError FORMAT
 */
export function readLoginEnd(dataDir: string, accountId: string): number | null {
  const path = join(listeningFolder(dataDir, accountId), LISTENING_FILE);
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    // A file of an earlier version may lack the table.
    if (!db.prepare("select 1 from sqlite_schema where name = 'login'").get()) return null;
    const row = db.prepare('select ends_at from login where exists (select 1 from tokens)').get();
    return (row as { ends_at: number } | undefined)?.ends_at ?? null;
  } catch (error) {
    throw toStoreError(error, path);
  }
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
