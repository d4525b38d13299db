// The part of an account's file that keeps what was chosen for each day.
import type { DatabaseSync } from 'node:sqlite';
import type { ForYou } from './for-you.ts';

export interface ForYouRows {
  /** What was chosen for a day, or for the latest day there is a choice of. */
  findForYou(day?: string): ForYou | null;
  /** Days there is a choice of, newest first. */
  listForYouDays(): string[];
  /** Keeps the choice of a day, in place of an earlier one, and of the days the latest `keep`. */
  saveForYou(chosen: ForYou, keep: number): void;
}

export const FOR_YOU_TABLE = `create table if not exists for_you (
    day text primary key, snapshot_id text not null, made_at integer not null, reason text, tracks text not null
  ) strict`;

/** @param guarded runs work with errors of ours, in a transaction */
export function forYouMethods(db: DatabaseSync, guarded: <T>(work: () => T) => T): ForYouRows {
  return {
    findForYou: (day) =>
      guarded(() => {
        const row = db
          .prepare('select * from for_you where day = coalesce(?, (select max(day) from for_you))')
          .get(day ?? null) as
          | { day: string; snapshot_id: string; made_at: number; reason: string | null; tracks: string }
          | undefined;
        return row
          ? {
              day: row.day,
              snapshotId: row.snapshot_id,
              madeAt: row.made_at,
              reason: row.reason,
              tracks: JSON.parse(row.tracks),
            }
          : null;
      }),
    listForYouDays: () =>
      guarded(() =>
        (db.prepare('select day from for_you order by day desc').all() as { day: string }[]).map(
          ({ day }) => day,
        ),
      ),
    saveForYou: ({ day, snapshotId, madeAt, reason, tracks }, keep) =>
      guarded(() => {
        db.prepare('insert or replace into for_you values (?, ?, ?, ?, ?)').run(
          day,
          snapshotId,
          madeAt,
          reason,
          JSON.stringify(tracks),
        );
        db.prepare(
          'delete from for_you where day not in (select day from for_you order by day desc limit ?)',
        ).run(keep);
      }),
  };
}
