// One account's SQLite file: who it is, its encrypted tokens, the batches its plays landed in (a batch is read once it is sealed), and
// the plays that the API told, which are few at a time; those of exports lie in files beside it (landed-plays.ts).
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { GroovelakeError } from '../../errors.ts';
import { inTransaction, openSqliteFile, withStoreErrors } from '../sqlite-file.ts';
import type { Account } from './accounts.ts';
import { FOR_YOU_TABLE, type ForYouRows, forYouMethods } from './for-you-rows.ts';

/** A play as it landed; see the columns of `plays` below. */
export interface LandedPlay {
  readonly key: string;
  readonly origin: 'EXTENDED' | 'SHORT' | 'RECENT';
  readonly endedAt: number;
  readonly msPlayed: number;
  readonly trackId: string | null;
  readonly trackName: string;
  readonly artistName: string;
  readonly albumName: string | null;
  readonly platform: string | null;
  readonly country: string | null;
  readonly reasonStart: string | null;
  readonly reasonEnd: string | null;
  readonly isShuffle: boolean | null;
  readonly isSkipped: boolean | null;
  readonly isOffline: boolean | null;
  readonly isIncognito: boolean | null;
}

export interface PlayBatch {
  readonly id: string;
  readonly origin: 'EXPORT' | 'RECENT';
  readonly runId: string;
  readonly openedAt: number;
  readonly sealedAt: number | null;
  /** Files of its plays, relative to the account's folder; empty for plays of the API, which lie in this file. */
  readonly files: readonly string[];
  /** Counts and names, for the report. */
  readonly note: Readonly<Record<string, unknown>>;
}

/** Tokens of an account: encrypted, with a version that grows with every rotation. */
export interface StoredTokens {
  readonly sealed: string;
  readonly version: number;
}

/** Between which instants a play can have ended, both among them, milliseconds since 1970. */
export interface EndBounds {
  readonly from: number;
  readonly to: number;
}

const ALL_TIME: EndBounds = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

/** A user name's digest, and the key it was made with. */
export interface ExportOwner {
  readonly key: string;
  readonly digest: string;
}

export interface ListeningFile extends ForYouRows {
  findAccount(): Account | null;
  saveAccount(account: Account): Account;
  findTokens(): StoredTokens | null;
  /** Replaces the tokens of the stated version (0: there are none yet). @returns false when another process was quicker */
  replaceTokens(sealed: string | null, version: number): boolean;
  /** When the login ends, milliseconds since 1970; null while unknown. */
  findLoginEnd(): number | null;
  saveLoginEnd(endsAt: number): void;
  /** The batch of that id; one that an earlier run left open is emptied first. */
  openBatch(batch: Omit<PlayBatch, 'sealedAt' | 'files' | 'note'>): PlayBatch;
  /** Lands plays of the API in one transaction. @returns how many were not there yet */
  addPlays(batchId: string, plays: readonly LandedPlay[]): number;
  sealBatch(batchId: string, about: Pick<PlayBatch, 'files' | 'note'> & { at: number }): void;
  discardBatch(batchId: string): void;
  listBatches(): PlayBatch[];
  /** How many plays of the API have landed; within bounds, those that ended between them. */
  countPlays(ends?: EndBounds): number;
  /** End of the newest play that came from the API and ended by an instant, milliseconds since 1970; null when there is none. */
  findNewestRecent(until: number): number | null;
  hasPlays(keys: readonly string[]): Set<string>;
  /** Values of every sealed play of the API that ended between the bounds, in the order of PLAY_COLUMNS. */
  readPlays(ends: EndBounds): IterableIterator<readonly PlayValue[]>;
  /** Whose exports it holds (owner.ts); null while no export named a user. */
  findOwner(): ExportOwner | null;
  /** Keeps the first; a later one changes nothing. */
  saveOwner(owner: ExportOwner): void;
  /** Tracks that the source was asked for, at or after an instant, and that need not be asked for again soon. */
  listAsked(since: number): string[];
  noteAsked(trackIds: readonly string[], about: { at: number; forgetBefore: number }): void;
  close(): void;
}

export type PlayColumn = (typeof PLAY_COLUMNS)[number];
export type PlayValue = string | number | null;

/** Columns of `plays` as they are handed on, in order. Times are milliseconds since 1970, flags 0, 1 or null. */
export const PLAY_COLUMNS = [
  'key',
  'batch_id',
  'origin',
  'ended_at',
  'ms_played',
  'track_id',
  'track_name',
  'artist_name',
  'album_name',
  'platform',
  'country',
  'reason_start',
  'reason_end',
  'is_shuffle',
  'is_skipped',
  'is_offline',
  'is_incognito',
] as const;

export const LISTENING_FILE = 'listening.sqlite';

const SCHEMA = `
  create table account (
    id text primary key, spotify_account_id text, display_name text not null, created_at integer not null
  ) strict;
  create table tokens (one integer primary key check (one = 1), sealed text not null, version integer not null) strict;
  create table batches (
    id text primary key, origin text not null, run_id text not null, opened_at integer not null, sealed_at integer, files text not null, note text not null
  ) strict;
  create table plays (
    key text not null primary key, batch_id text not null references batches (id), origin text not null, ended_at integer not null,
    ms_played integer not null, track_id text, track_name text not null, artist_name text not null, album_name text, platform text,
    country text, reason_start text, reason_end text, is_shuffle integer, is_skipped integer, is_offline integer, is_incognito integer
  ) strict, without rowid;
  create index plays_by_batch on plays (batch_id);
  create index plays_recent on plays (ended_at) where origin = 'RECENT';
`;

/** What came later than the format; made where it is missing. */
const ADDITIONS = `
  create table if not exists login (one integer primary key check (one = 1), ends_at integer not null) strict;
  create table if not exists export_owner (one integer primary key check (one = 1), key text not null, digest text not null) strict;
  create table if not exists misses (track_id text primary key, at integer not null) strict, without rowid;
  ${FOR_YOU_TABLE};
`;

/** @throws GroovelakeError FORMAT, DISK_FULL, INTERNAL */
export function openListeningFile(folder: string): ListeningFile {
  const path = join(folder, LISTENING_FILE);
  const db = openSqliteFile(path, {
    name: 'an account',
    format: 1,
    schema: SCHEMA,
    synchronous: 'FULL',
    // A token that was rotated away does not stay.
    isOverwritten: true,
  });
  db.exec(ADDITIONS);
  const guard: Guard = (work) => withStoreErrors(path, work);
  const transact: Guard = (work) => guard(() => inTransaction(db, work));
  return {
    ...accountMethods(db, guard),
    ...tokenMethods(db, guard),
    ...batchMethods(db, guard, transact),
    ...forYouMethods(db, transact),
    findNewestRecent: (until) =>
      guard(
        () =>
          (
            db
              .prepare(`select max(ended_at) as newest from plays where origin = 'RECENT' and ended_at <= ?`)
              .get(until) as { newest: number | null }
          ).newest,
      ),
    countPlays: ({ from, to } = ALL_TIME) =>
      guard(() => {
        const counted = db
          .prepare('select count(*) as n from plays where ended_at between ? and ?')
          .get(from, to);
        return (counted as { n: number }).n;
      }),
    hasPlays: (keys) =>
      guard(() => {
        const find = db.prepare('select 1 from plays where key = ?');
        return new Set(keys.filter((key) => find.get(key) !== undefined));
      }),
    readPlays: function* ({ from, to }) {
      const rows = db
        .prepare(
          `select ${PLAY_COLUMNS.map((name) => `p.${name}`).join(', ')} from plays p
           join batches b on b.id = p.batch_id where b.sealed_at is not null and p.ended_at between ? and ?`,
        )
        .iterate(from, to) as IterableIterator<Record<string, string | number | null>>;
      for (const row of rows) yield PLAY_COLUMNS.map((name) => row[name] ?? null);
    },
    findOwner: () =>
      guard(() => {
        const row = db.prepare('select key, digest from export_owner').get() as ExportOwner | undefined;
        return row ? { key: row.key, digest: row.digest } : null;
      }),
    saveOwner: ({ key, digest }) =>
      guard(() => void db.prepare('insert or ignore into export_owner values (1, ?, ?)').run(key, digest)),
    listAsked: (since) =>
      guard(() =>
        (db.prepare('select track_id from misses where at >= ?').all(since) as { track_id: string }[]).map(
          ({ track_id }) => track_id,
        ),
      ),
    noteAsked: (trackIds, { at, forgetBefore }) =>
      transact(() => {
        db.prepare('delete from misses where at < ?').run(forgetBefore);
        const keep = db.prepare('replace into misses values (?, ?)');
        for (const id of trackIds) keep.run(id, at);
      }),
    close: () => db.close(),
  };
}

type Guard = <T>(work: () => T) => T;

function accountMethods(db: DatabaseSync, guard: Guard): Pick<ListeningFile, 'findAccount' | 'saveAccount'> {
  const find = (): Account | null => {
    const row = db.prepare('select * from account').get() as
      | { id: string; spotify_account_id: string | null; display_name: string; created_at: number }
      | undefined;
    return row
      ? {
          id: row.id,
          // Earlier versions kept "" for a person to whom Spotify gave no id: nobody is told by it.
          spotifyAccountId: row.spotify_account_id?.trim() || null,
          displayName: row.display_name,
          createdAt: row.created_at,
        }
      : null;
  };
  return {
    findAccount: () => guard(find),
    saveAccount: (account) =>
      guard(() => {
        db.prepare(
          `insert into account values (?, ?, ?, ?) on conflict (id) do update set
             spotify_account_id = coalesce(excluded.spotify_account_id, spotify_account_id),
             display_name = coalesce(nullif(excluded.display_name, ''), display_name)`,
        ).run(account.id, account.spotifyAccountId, account.displayName, account.createdAt);
        return find() ?? account;
      }),
  };
}

function tokenMethods(
  db: DatabaseSync,
  guard: Guard,
): Pick<ListeningFile, 'findTokens' | 'replaceTokens' | 'findLoginEnd' | 'saveLoginEnd'> {
  return {
    findTokens: () =>
      guard(() => {
        const row = db.prepare('select sealed, version from tokens').get() as
          | { sealed: string; version: number }
          | undefined;
        return row ? { sealed: row.sealed, version: row.version } : null;
      }),
    replaceTokens: (sealed, version) =>
      guard(() => {
        if (sealed === null)
          return db.prepare('delete from tokens where version = ?').run(version).changes === 1;
        const change =
          version === 0
            ? db.prepare('insert or ignore into tokens values (1, ?, 1)').run(sealed)
            : db
                .prepare('update tokens set sealed = ?, version = version + 1 where version = ?')
                .run(sealed, version);
        return change.changes === 1;
      }),
    findLoginEnd: () =>
      guard(() => {
        const row = db.prepare('select ends_at from login').get() as { ends_at: number } | undefined;
        return row?.ends_at ?? null;
      }),
    saveLoginEnd: (endsAt) =>
      guard(() => {
        db.prepare(
          'insert into login values (1, ?) on conflict (one) do update set ends_at = excluded.ends_at',
        ).run(endsAt);
      }),
  };
}

function batchMethods(
  db: DatabaseSync,
  guard: Guard,
  transact: Guard,
): Pick<ListeningFile, 'openBatch' | 'addPlays' | 'sealBatch' | 'discardBatch' | 'listBatches'> {
  const insert = db.prepare(
    `insert into plays values (${PLAY_COLUMNS.map(() => '?').join(', ')})
     on conflict (key) do nothing`,
  );
  const discard = (id: string) => {
    db.prepare('delete from plays where batch_id = ?').run(id);
    db.prepare('delete from batches where id = ? and sealed_at is null').run(id);
  };
  return {
    openBatch: (batch) =>
      transact(() => {
        const found = findBatch(db, batch.id);
        if (found?.sealedAt) return found;
        // What a run left open, of this batch or another, is nobody's: its plays would count as known.
        for (const { id } of listBatches(db).filter(({ sealedAt }) => sealedAt === null)) discard(id);
        db.prepare("insert into batches values (?, ?, ?, ?, null, '[]', '{}')").run(
          batch.id,
          batch.origin,
          batch.runId,
          batch.openedAt,
        );
        return { ...batch, sealedAt: null, files: [], note: {} };
      }),
    addPlays: (batchId, plays) =>
      transact(() => {
        let added = 0;
        for (const play of plays) added += Number(insert.run(...toPlayValues(batchId, play)).changes);
        return added;
      }),
    sealBatch: (batchId, { at, files, note }) =>
      guard(() => {
        const { changes } = db
          .prepare('update batches set sealed_at = ?, files = ?, note = ? where id = ? and sealed_at is null')
          .run(at, JSON.stringify(files), JSON.stringify(note), batchId);
        if (changes !== 1)
          throw new GroovelakeError('INTERNAL', `The batch "${batchId}" is not open; it cannot be sealed.`);
      }),
    discardBatch: (batchId) => transact(() => discard(batchId)),
    listBatches: () => guard(() => listBatches(db)),
  };
}

interface BatchRow {
  id: string;
  origin: PlayBatch['origin'];
  run_id: string;
  opened_at: number;
  sealed_at: number | null;
  files: string;
  note: string;
}

const toBatch = (row: BatchRow): PlayBatch => ({
  id: row.id,
  origin: row.origin,
  runId: row.run_id,
  openedAt: row.opened_at,
  sealedAt: row.sealed_at,
  files: JSON.parse(row.files),
  note: JSON.parse(row.note),
});

function listBatches(db: DatabaseSync): PlayBatch[] {
  return (db.prepare('select * from batches order by opened_at, id').all() as unknown as BatchRow[]).map(
    toBatch,
  );
}

function findBatch(db: DatabaseSync, id: string): PlayBatch | null {
  const row = db.prepare('select * from batches where id = ?').get(id) as BatchRow | undefined;
  return row ? toBatch(row) : null;
}

const toFlag = (flag: boolean | null): number | null => (flag === null ? null : Number(flag));

/** A play's values in the order of PLAY_COLUMNS. */
export function toPlayValues(batchId: string, play: LandedPlay): PlayValue[] {
  return [
    play.key,
    batchId,
    play.origin,
    play.endedAt,
    play.msPlayed,
    play.trackId,
    play.trackName,
    play.artistName,
    play.albumName,
    play.platform,
    play.country,
    play.reasonStart,
    play.reasonEnd,
    toFlag(play.isShuffle),
    toFlag(play.isSkipped),
    toFlag(play.isOffline),
    toFlag(play.isIncognito),
  ];
}
