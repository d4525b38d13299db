// When the logins of connected accounts end. The day is no secret, so that it is kept beside the tokens, which are encrypted.
import { HOW_TO_LOG_IN } from '../../errors.ts';
import { listAccountIds, listeningFolder } from './accounts.ts';
import { readLoginEnd } from './listening-file.ts';

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
      const endsAt = readLoginEnd(listeningFolder(dataDir, accountId));
      if (endsAt !== null) logins.push({ accountId, endsAt });
    } catch {}
  }
  return logins;
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
