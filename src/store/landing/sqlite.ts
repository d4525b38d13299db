// The embedded landing store: one SQLite file, durable at every acknowledged call.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { GroovelakeError } from '../../errors.ts';
import { sha256 } from '../sha256.ts';
import { inTransaction, openSqliteFile, withStoreErrors } from '../sqlite-file.ts';
import { hashLine } from './batch-hash.ts';
import { isSplittable, JOINED_BYTES, type JoinedDocuments, joinDocuments } from './joined-documents.ts';
import type { Batch, BatchCount, DocumentKind, LandingStore, StoredDocument } from './landing-store.ts';
import { requireBodies, requireSealed } from './released-bodies.ts';
import { countBatches, listBatches, listNewestBatches } from './sqlite-batches.ts';
import {
  type BatchRow,
  type DocumentRow,
  prepare,
  type Statements,
  toBatch,
  toDocument,
} from './sqlite-statements.ts';

const FORMAT = 4;

const SCHEMA = `
  create table batches (
    id text primary key, source text not null, run_id text not null, opened_at integer not null, sealed_at integer,
    counts text not null default '[]', content_hash text, note text not null, moved_at integer, is_released integer not null default 0,
    writes integer not null default 0, withdrawn_at integer
  ) strict, without rowid;
  create table documents (
    batch_id text not null references batches (id), kind text not null, source text not null, id text not null,
    fetched_at integer not null, content_hash text not null, body text not null,
    primary key (batch_id, kind, source, id)
  ) strict, without rowid;
  create index documents_by_entity on documents (source, kind, id, fetched_at);
`;

/** A document takes 0.5 to 1.5 kB: of small pages, which rows of one are spread over, a third stayed empty. */
const PAGE_BYTES = 16_384;

const UPGRADES = {
  1: (db: DatabaseSync) =>
    db.exec(
      'alter table batches add column moved_at integer; alter table batches add column is_released integer not null default 0',
    ),
  2: (db: DatabaseSync) => db.exec('alter table batches add column writes integer not null default 0'),
  3: (db: DatabaseSync) => db.exec('alter table batches add column withdrawn_at integer'),
};

/**
 * Opens or creates the file. Several processes may have it open at once.
 *
 * @throws GroovelakeError (FORMAT) for a file of a newer format
 */
export function openSqliteLanding(path: string): LandingStore {
  const db = openSqliteFile(path, {
    name: 'landing',
    format: FORMAT,
    schema: SCHEMA,
    upgrades: UPGRADES,
    synchronous: 'FULL',
    pageBytes: PAGE_BYTES,
  });
  const sql = prepare(db);
  const guard = async <T>(work: () => T): Promise<T> => withStoreErrors(path, work);
  return {
    openBatch: (batch) =>
      guard(() => {
        sql.insertBatch.run(
          batch.id,
          batch.source,
          batch.runId,
          batch.openedAt,
          JSON.stringify(batch.note ?? {}),
        );
        return getBatch(sql, batch.id);
      }),
    land: (batchId, documents) =>
      guard(() =>
        inTransaction(db, () => {
          requireOpen(sql, batchId);
          sql.countWrite.run(batchId);
          let landed = 0;
          for (const { source, kind, id, fetchedAt, body } of documents) {
            const values = [batchId, kind, source, id, fetchedAt, sha256(body), body] as const;
            if (sql.insertDocument.run(...values).changes === 1) landed += 1;
            else sql.replaceDocument.run(...values);
          }
          return { landed };
        }),
      ),
    sealBatch: async (batchId, sealedAt) => {
      for (let tries = 1; ; tries++) {
        const open = await guard(() => getBatch(sql, batchId));
        if (open.sealedAt !== null) return open;
        const before = await guard(() => readVersion(sql, batchId));
        const summary = tries <= FREE_SUMMARIES ? await summarize(sql, guard, batchId) : null;
        const sealed = await guard(() =>
          inTransaction(db, () => {
            const batch = getBatch(sql, batchId);
            if (batch.sealedAt !== null) return batch;
            if (summary && readVersion(sql, batchId) !== before) return null;
            const { counts, contentHash } = summary ?? summarizeAtOnce(sql, batchId);
            sql.sealBatch.run(sealedAt, JSON.stringify(counts), contentHash, batchId);
            return getBatch(sql, batchId);
          }),
        );
        // Null: somebody has written to the batch since, so that what was read may not be what is there.
        if (sealed) return sealed;
      }
    },
    // A killed import leaves a million rows, and the process that discards them may be a server's: page by page, the batch last.
    discardBatch: async (batchId) => {
      while (await guard(() => inTransaction(db, () => discardPage(sql, batchId)))) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    withdrawBatch: (batchId, withdrawnAt) =>
      guard(() => {
        requireSealed(getBatch(sql, batchId));
        sql.withdrawBatch.run(withdrawnAt, batchId);
        return getBatch(sql, batchId);
      }),
    restoreBatch: (batchId) =>
      guard(() => {
        requireSealed(getBatch(sql, batchId));
        sql.restoreBatch.run(batchId);
        return getBatch(sql, batchId);
      }),
    findBatch: (batchId) => guard(() => findBatch(sql, batchId)),
    listBatches: (filter = {}) => guard(() => listBatches(db, filter)),
    listNewestBatches: (page) => guard(() => listNewestBatches(db, page)),
    countBatches: (filter = {}) => guard(() => countBatches(db, filter)),
    releaseBodies: async (batchId, now) => {
      await guard(() => {
        requireSealed(getBatch(sql, batchId));
        sql.markReleasing.run(now, batchId);
      });
      let released = 0;
      for (let last = FIRST_KEY; ; ) {
        const keys = await guard(() => readHashes(sql, batchId, last));
        const end = keys.at(-1);
        if (!end) break;
        released += await guard(() => releasePage(sql, batchId, last, end));
        last = end;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await guard(() => sql.markReleased.run(batchId));
      return released;
    },
    readBatch: (batchId, kind, pageSize = 1_000) => readPages(sql, guard, batchId, kind, pageSize),
    readJoined: (batchId, kind, source, pageSize) =>
      readJoined(sql, guard, { batchId, kind, source, pageSize }),
    findLandedIds: (batchId, source, kind, ids) =>
      guard(() => new Set(ids.filter((id) => sql.findDocument.get(batchId, kind, source, id) !== undefined))),
    findDocument: ({ source, kind, id, batchId }) =>
      guard(() => {
        const row = sql.findDocument.get(batchId, kind, source, id) as unknown as DocumentRow | undefined;
        if (!row) return null;
        requireBodies(getBatch(sql, batchId), kind);
        return toDocument(row);
      }),
    findLatestFetches: (source, kind, ids, { wholeOnly = false, notAfter = Number.MAX_SAFE_INTEGER } = {}) =>
      guard(() => {
        const latest = wholeOnly ? sql.findLatestWhole : sql.findLatestFetch;
        const found = ids.flatMap((id) => {
          const row = latest.get(source, kind, id, notAfter) as { fetched_at: number | null } | undefined;
          return row?.fetched_at ? [[id, row.fetched_at] as const] : [];
        });
        return new Map(found);
      }),
    close: () => guard(() => db.close()),
  };
}

async function* readPages(
  sql: Statements,
  guard: <T>(work: () => T) => Promise<T>,
  batchId: string,
  kind: DocumentKind,
  pageSize: number,
): AsyncGenerator<StoredDocument[]> {
  const batch = await guard(() => findBatch(sql, batchId));
  if (batch) requireBodies(batch, kind);
  const runId = batch?.runId ?? '';
  let last = { source: '', id: '' };
  for (;;) {
    const rows = (await guard(() =>
      sql.readPage.all(batchId, kind, last.source, last.id, pageSize),
    )) as unknown as [string, string, number, string, string][];
    const page = rows.map(([source, id, fetchedAt, contentHash, body]) => ({
      source,
      kind,
      id,
      batchId,
      runId,
      fetchedAt,
      contentHash,
      body,
    }));
    const end = page.at(-1);
    if (!end) return;
    yield page;
    last = end;
    // Reading is synchronous: without a breath between pages no timer would run for as long as the batch is read.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* readJoined(
  sql: Statements,
  guard: <T>(work: () => T) => Promise<T>,
  {
    batchId,
    kind,
    source,
    pageSize,
  }: { batchId: string; kind: DocumentKind; source: string; pageSize: number },
): AsyncGenerator<JoinedDocuments> {
  const batch = await guard(() => findBatch(sql, batchId));
  if (batch) requireBodies(batch, kind);
  // Few at first, since nobody knows how large they are; then all of a page, unless they are very large.
  const few = Math.ceil(pageSize / 20);
  let size = few;
  let done = 0;
  for (let last = ''; ; ) {
    const range = [batchId, kind, source, last, Math.min(size, pageSize - (done % pageSize))] as const;
    const { lastId, ...page } = (await guard(() => sql.readJoined.get(...range))) as unknown as JoinedRow;
    if (page.documents === 0) return;
    // Before the page is given away: whoever has it may drop it.
    size = (page.bodies.byteLength / page.documents) * pageSize > JOINED_BYTES ? few : pageSize;
    if (isSplittable(page)) yield page;
    else
      yield* joinDocuments(
        (await guard(() => sql.readSourcePage.all(...range))) as unknown as StoredDocument[],
      );
    last = lastId;
    done += page.documents;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type JoinedRow = JoinedDocuments & { readonly lastId: string };

function findBatch(sql: Statements, batchId: string): Batch | null {
  const row = sql.findBatch.get(batchId) as unknown as BatchRow | undefined;
  return row ? toBatch(row) : null;
}

function getBatch(sql: Statements, batchId: string): Batch {
  const batch = findBatch(sql, batchId);
  if (batch) return batch;
  throw new GroovelakeError('RUN_STATE', `There is no batch "${batchId}"; open it first.`);
}

function requireOpen(sql: Statements, batchId: string): void {
  if (getBatch(sql, batchId).sealedAt === null) return;
  throw new GroovelakeError('RUN_STATE', `The batch "${batchId}" is sealed; land in a new one.`);
}

const SUMMARY_PAGE = 5_000;
/** A batch that somebody writes to all the while is summarized under the write lock after so many times without it. */
const FREE_SUMMARIES = 2;
/** Removed in one transaction. */
const DISCARD_PAGE = 500;

interface Summary {
  /** By source and kind. */
  readonly counts: readonly BatchCount[];
  readonly contentHash: string;
}

/** Changes whenever somebody has written to the batch, or has discarded it and opened another of that name. */
function readVersion(sql: Statements, batchId: string): string {
  return JSON.stringify(sql.readVersion.get(batchId));
}

/**
 * Counts and hashes the documents of a batch in pages, with a breath between them: a batch of a million takes many seconds, in which a
 * worker must be able to say that it is alive.
 */
async function summarize(
  sql: Statements,
  guard: <T>(work: () => T) => Promise<T>,
  batchId: string,
): Promise<Summary> {
  const summary = beginSummary();
  while (await guard(() => summary.take(readHashes(sql, batchId, summary.last)))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summary.end();
}

/** The same without a breath, for whoever holds the write lock. */
function summarizeAtOnce(sql: Statements, batchId: string): Summary {
  const summary = beginSummary();
  while (summary.take(readHashes(sql, batchId, summary.last)));
  return summary.end();
}

const FIRST_KEY = { kind: '' as DocumentKind, source: '', id: '' };

/** The bodies after a key up to another, in one statement of its own. */
function releasePage(
  sql: Statements,
  batchId: string,
  after: Pick<HashRow, 'kind' | 'source' | 'id'>,
  end: Pick<HashRow, 'kind' | 'source' | 'id'>,
): number {
  const keys = [after, end].flatMap(({ kind, source, id }) => [kind, source, id]);
  return Number(sql.releaseBodies.run(batchId, ...keys).changes);
}

/** Removes the first documents of an open batch, and the batch itself once there are none. False: it is gone. */
function discardPage(sql: Statements, batchId: string): boolean {
  requireOpen(sql, batchId);
  sql.countWrite.run(batchId);
  const end = readHashes(sql, batchId, FIRST_KEY, DISCARD_PAGE).at(-1);
  if (end) sql.deleteDocuments.run(batchId, end.kind, end.source, end.id);
  else sql.deleteBatch.run(batchId);
  return end !== undefined;
}

type HashRow = Pick<DocumentRow, 'kind' | 'source' | 'id' | 'content_hash'>;

function readHashes(
  sql: Statements,
  batchId: string,
  last: Pick<HashRow, 'kind' | 'source' | 'id'>,
  first = SUMMARY_PAGE,
) {
  return sql.readHashes.all(batchId, last.kind, last.source, last.id, first) as unknown as HashRow[];
}

/** Takes pages in the order of (kind, source, id); false after one that is not full. */
function beginSummary() {
  const hash = createHash('sha256');
  const counts = new Map<string, { source: string; kind: DocumentKind; documents: number }>();
  return {
    last: { kind: '' as DocumentKind, source: '', id: '' },
    take(rows: readonly HashRow[]): boolean {
      for (const row of rows) {
        hash.update(hashLine(row.source, row.kind, row.id, row.content_hash));
        const key = `${row.source}\u0000${row.kind}`;
        const count = counts.get(key) ?? { source: row.source, kind: row.kind, documents: 0 };
        count.documents += 1;
        counts.set(key, count);
      }
      this.last = rows.at(-1) ?? this.last;
      return rows.length === SUMMARY_PAGE;
    },
    end: (): Summary => ({
      counts: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count),
      contentHash: hash.digest('hex'),
    }),
  };
}
