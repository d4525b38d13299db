// Statements of the embedded landing store, and its rows as the port speaks of them.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SEPARATOR } from './joined-documents.ts';
import { type Batch, type DocumentKind, KEPT_BODIES, type StoredDocument } from './landing-store.ts';

export type Statements = ReturnType<typeof prepare>;

export function prepare(db: DatabaseSync) {
  const documentColumns =
    'd.batch_id, d.kind, d.source, d.id, d.fetched_at, d.content_hash, d.body, b.run_id from documents d join batches b on b.id = d.batch_id';
  const latestFetch = `select max(d.fetched_at) as fetched_at from documents d join batches b on b.id = d.batch_id
    where d.source = ? and d.kind = ? and d.id = ? and d.fetched_at <= ? and b.sealed_at is not null and b.withdrawn_at is null`;
  return {
    insertBatch: db.prepare(
      'insert into batches (id, source, run_id, opened_at, note) values (?, ?, ?, ?, ?) on conflict do nothing',
    ),
    findBatch: db.prepare('select * from batches where id = ?'),
    sealBatch: db.prepare('update batches set sealed_at = ?, counts = ?, content_hash = ? where id = ?'),
    markReleasing: db.prepare('update batches set moved_at = ? where id = ? and moved_at is null'),
    withdrawBatch: db.prepare('update batches set withdrawn_at = ? where id = ? and withdrawn_at is null'),
    restoreBatch: db.prepare('update batches set withdrawn_at = null where id = ?'),
    markReleased: db.prepare('update batches set is_released = 1 where id = ?'),
    releaseBodies: db.prepare(
      `update documents set body = '' where batch_id = ? and (kind, source, id) > (?, ?, ?) and (kind, source, id) <= (?, ?, ?)
       and kind not in (${KEPT_BODIES.map((kind) => `'${kind}'`).join(', ')}) and body <> ''`,
    ),
    deleteBatch: db.prepare('delete from batches where id = ?'),
    insertDocument: db.prepare('insert into documents values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing'),
    replaceDocument: db.prepare('replace into documents values (?, ?, ?, ?, ?, ?, ?)'),
    deleteDocuments: db.prepare(
      'delete from documents where batch_id = ? and (kind, source, id) <= (?, ?, ?)',
    ),
    readHashes: db.prepare(
      `select kind, source, id, content_hash from documents where batch_id = ? and (kind, source, id) > (?, ?, ?)
       order by kind, source, id limit ?`,
    ),
    countWrite: db.prepare('update batches set writes = writes + 1 where id = ?'),
    readVersion: db.prepare('select run_id, opened_at, writes from batches where id = ?'),
    findDocument: db.prepare(
      `select ${documentColumns} where d.batch_id = ? and d.kind = ? and d.source = ? and d.id = ?`,
    ),
    readPage: withArrays(
      db.prepare(
        `select source, id, fetched_at, content_hash, body from documents
         where batch_id = ? and kind = ? and (source, id) > (?, ?) order by source, id limit ?`,
      ),
    ),
    readJoined: db.prepare(
      `select count(*) as documents, max(id) as lastId, ${joined('id')} as ids, ${joined('fetched_at')} as fetchedAts,
         ${joined('content_hash')} as contentHashes, ${joined('body')} as bodies
       from (select id, fetched_at, content_hash, body from documents
         where batch_id = ? and kind = ? and source = ? and id > ? order by id limit ?)`,
    ),
    readSourcePage: db.prepare(
      `select id, fetched_at as fetchedAt, content_hash as contentHash, body from documents
       where batch_id = ? and kind = ? and source = ? and id > ? order by id limit ?`,
    ),
    findLatestFetch: db.prepare(latestFetch),
    findLatestWhole: db.prepare(`${latestFetch} and json_extract(b.note, '$.isExcerpt') is not true`),
  };
}

/** A text would be made one of JavaScript, to be made bytes again. */
function joined(column: string): string {
  return `cast(group_concat(${column}, char(${SEPARATOR.charCodeAt(0)})) as blob)`;
}

/** Rows of a statement as arrays: a whole batch is read so, and objects of every column were half the time of that. */
function withArrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}

export interface BatchRow {
  readonly id: string;
  readonly source: string;
  readonly run_id: string;
  readonly opened_at: number;
  readonly sealed_at: number | null;
  readonly counts: string;
  readonly content_hash: string | null;
  readonly note: string;
  readonly moved_at: number | null;
  readonly is_released: number;
  readonly withdrawn_at: number | null;
}

export interface DocumentRow {
  readonly batch_id: string;
  readonly kind: DocumentKind;
  readonly source: string;
  readonly id: string;
  readonly fetched_at: number;
  readonly content_hash: string;
  readonly body: string;
  readonly run_id: string;
}

export function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    source: row.source,
    runId: row.run_id,
    openedAt: row.opened_at,
    sealedAt: row.sealed_at,
    counts: JSON.parse(row.counts),
    contentHash: row.content_hash,
    note: JSON.parse(row.note),
    releasingSince: row.moved_at,
    isReleased: row.is_released === 1,
    withdrawnAt: row.withdrawn_at,
  };
}

export function toDocument(row: DocumentRow): StoredDocument {
  return {
    source: row.source,
    kind: row.kind,
    id: row.id,
    batchId: row.batch_id,
    runId: row.run_id,
    fetchedAt: row.fetched_at,
    contentHash: row.content_hash,
    body: row.body,
  };
}
