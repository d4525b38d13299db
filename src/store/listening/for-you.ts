// What was chosen for an account to play on one day, as it is kept in the account's file.
import { InvalidInputError } from '../../errors.ts';
import { openAccount } from './accounts.ts';

export interface ForYouTrack {
  readonly trackId: string;
  /** The played track that it is nearest to; null where there is none. */
  readonly seedId: string | null;
  /** 1 - similarity, 0 or more. */
  readonly distance: number;
}

export interface ForYou {
  /** In UTC, 2026-11-26. */
  readonly day: string;
  /** Snapshot whose catalogue and index it was chosen from. */
  readonly snapshotId: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Why there are none or few, as for similar tracks; null otherwise. */
  readonly reason: string | null;
  /** Nearest first. */
  readonly tracks: readonly ForYouTrack[];
}

/** Whether the day's choice is still to be made: there is none, or an empty one of another snapshot. */
export function isForYouDue(kept: ForYou | null, snapshotId: string | null): boolean {
  return (
    snapshotId !== null && (kept === null || (kept.tracks.length === 0 && kept.snapshotId !== snapshotId))
  );
}

/** What was chosen for a day (2026-11-26), or the latest day's choice; null: nothing was. @throws InvalidInputError */
export async function readForYou(
  dataDir: string,
  accountId: string,
  day: string | null,
): Promise<ForYou | null> {
  if (day !== null && !/^\d{4}-\d\d-\d\d$/.test(day)) {
    const expected = 'a day such as 2026-11-26';
    const given = day.slice(0, 100);
    throw new InvalidInputError(`day is "${given}"; ${expected} is expected.`, {
      field: 'day',
      given,
      expected,
    });
  }
  const file = await openAccount(dataDir, accountId);
  try {
    return file.findForYou(day ?? undefined);
  } finally {
    file.close();
  }
}

/** Days there is a choice of, newest first. */
export async function listForYouDays(dataDir: string, accountId: string): Promise<string[]> {
  const file = await openAccount(dataDir, accountId);
  try {
    return file.listForYouDays();
  } finally {
    file.close();
  }
}
