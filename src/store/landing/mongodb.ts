// The landing store of a shared deployment: two collections, landing_batches and landing_documents, durable at every acknowledged call.
//
// Without transactions, three rules take their place:
// - a document's _id is its natural key and it is replaced whole, so whatever is repeated changes nothing;
// - a seal first closes the batch to new calls, then marks every document as sealed, then counts and hashes the marked ones. A marked
//   document is not written any more, and of a sealed batch only marked ones are read: a writer that comes late changes nothing;
// - a call that ran while its batch was being sealed is refused, since nobody can say whether its documents are in. A seal that died half
//   way therefore ends with the next who opens the batch: nothing may land in it any more, and everything had landed when it began.
import type { Collection } from 'mongodb';
import { GroovelakeError } from '../../errors.ts';
import type { Mongo } from '../mongo/connection.ts';
import { joinDocuments } from './joined-documents.ts';
import type { Batch, DocumentKind, LandingStore, StoredDocument } from './landing-store.ts';
import { listBatches, listNewestBatches, toBatchFilter } from './mongodb-batches.ts';
import {
  type BatchRecord,
  type DocumentKey,
  type DocumentRecord,
  keyOf,
  rangeOfBatch,
  rangeOfIds,
  rangeOfKind,
  rangeOfSource,
  toBatch,
  toRecord,
  toStoredDocument,
} from './mongodb-records.ts';
import { emptyBodies } from './mongodb-release.ts';
import { markSealed, summarize } from './mongodb-seal.ts';
import { upsertDocuments } from './mongodb-upsert.ts';
import { requireBodies, requireSealed } from './released-bodies.ts';

/** Ids in one look-up: far below the 16 MB that a query may have. */
const IDS_A_QUERY = 5_000;

export interface LandingCollections {
  readonly batches: Collection<BatchRecord>;
  readonly documents: Collection<DocumentRecord>;
}

/** The collections must be as migrations/ makes them. Closing is for whoever opened the connection. */
export function createMongoLanding(mongo: Mongo): LandingStore {
  const { call } = mongo;
  const batches = mongo.db.collection<BatchRecord>('landing_batches');
  const documents = mongo.db.collection<DocumentRecord>('landing_documents');
  const collections = { batches, documents };

  const findBatch = (id: string) => call(() => batches.findOne({ _id: id }));
  const getBatch = async (id: string): Promise<BatchRecord> => {
    const batch = await findBatch(id);
    if (batch) return batch;
    throw new GroovelakeError('RUN_STATE', `There is no batch "${id}"; open it first.`);
  };
  const requireOpen = async (id: string): Promise<void> => {
    const batch = await getBatch(id);
    if (batch.sealedAt !== null) throw sealed(id);
    if (batch.isSealing) {
      throw new GroovelakeError('RUN_STATE', `The batch "${id}" is being sealed; seal it to the end.`);
    }
  };

  const seal = async (batchId: string, sealedAt: number): Promise<Batch> => {
    const batch = await getBatch(batchId);
    if (batch.sealedAt !== null) return toBatch(batch);
    await call(() => batches.updateOne({ _id: batchId, sealedAt: null }, { $set: { isSealing: true } }));
    await markSealed(mongo, documents, batchId);
    const { counts, contentHash } = await summarize(mongo, documents, batchId);
    await call(() =>
      batches.updateOne(
        { _id: batchId, sealedAt: null },
        { $set: { sealedAt, counts, contentHash }, $unset: { isSealing: true } },
      ),
    );
    return toBatch(await getBatch(batchId));
  };

  return {
    openBatch: async ({ id, source, runId, openedAt, note = {} }) => {
      const empty = { sealedAt: null, counts: [], contentHash: null };
      const excerpt = note.isExcerpt === true ? { isExcerpt: true as const } : {};
      const fresh = { source, runId, openedAt, note: JSON.stringify(note), ...empty, ...excerpt };
      const kept = await call(() =>
        batches.findOneAndUpdate(
          { _id: id },
          { $setOnInsert: fresh },
          { upsert: true, returnDocument: 'after' },
        ),
      );
      return kept?.isSealing ? seal(id, openedAt) : toBatch(kept ?? { _id: id, ...fresh });
    },
    land: async (batchId, landed) => {
      const records = landed.map((document) => toRecord(batchId, document));
      await requireOpen(batchId);
      const inserted = await upsertDocuments(mongo, documents, records, () => requireOpen(batchId));
      await requireOpen(batchId);
      return { landed: inserted };
    },
    sealBatch: seal,
    discardBatch: async (batchId) => {
      const batch = await getBatch(batchId);
      if (batch.sealedAt !== null) throw sealed(batchId);
      await call(() => documents.deleteMany({ _id: rangeOfBatch(batchId) }));
      await call(() => batches.deleteOne({ _id: batchId, sealedAt: null }));
    },
    withdrawBatch: async (batchId, withdrawnAt) => {
      requireSealed(toBatch(await getBatch(batchId)));
      const isIn = { _id: batchId, withdrawnAt: { $exists: false } };
      await call(() => batches.updateOne(isIn, { $set: { withdrawnAt } }));
      return toBatch(await getBatch(batchId));
    },
    restoreBatch: async (batchId) => {
      requireSealed(toBatch(await getBatch(batchId)));
      await call(() => batches.updateOne({ _id: batchId }, { $unset: { withdrawnAt: true } }));
      return toBatch(await getBatch(batchId));
    },
    findBatch: async (batchId) => {
      const batch = await findBatch(batchId);
      return batch ? toBatch(batch) : null;
    },
    listBatches: (filter = {}) => listBatches(mongo, batches, filter),
    listNewestBatches: (page) => listNewestBatches(mongo, batches, page),
    countBatches: (filter = {}) => call(() => batches.countDocuments(toBatchFilter(filter))),
    releaseBodies: async (batchId, now) => {
      const batch = toBatch(await getBatch(batchId));
      requireSealed(batch);
      await call(() =>
        batches.updateOne({ _id: batchId, movedAt: { $exists: false } }, { $set: { movedAt: now } }),
      );
      const kinds = [...new Set(batch.counts.map(({ kind }) => kind))];
      const emptied = await emptyBodies(mongo, documents, batchId, kinds);
      await call(() => batches.updateOne({ _id: batchId }, { $set: { isReleased: true } }));
      return emptied;
    },
    readBatch: (batchId, kind, pageSize = 1_000) =>
      readPages(mongo, collections, { batchId, kind, pageSize }, (after) =>
        rangeOfKind(batchId, kind, after),
      ),
    readJoined: async function* (batchId, kind, source, pageSize) {
      const range = (after?: DocumentKey) => rangeOfSource(batchId, { kind, source }, after);
      for await (const page of readPages(mongo, collections, { batchId, kind, pageSize }, range))
        yield* joinDocuments(page);
    },
    // Whoever resumes a batch asks for nearly all of its ids, and they are one range of the key's index.
    findLandedIds: async (batchId, source, kind, ids) => {
      const batch = await findBatch(batchId);
      if (!batch || ids.length === 0) return new Set();
      const range = rangeOfIds(batchId, { kind, source }, ids);
      const keys = documents
        .find({ _id: range, ...readable(batch) })
        .project<{ _id: DocumentKey }>({ _id: 1 });
      const rows = await call(() => keys.clone().toArray());
      const landed = new Set(rows.map(({ _id }) => _id.id));
      return new Set(ids.filter((id) => landed.has(id)));
    },
    findDocument: async ({ batchId, ...key }) => {
      const batch = await findBatch(batchId);
      if (!batch) return null;
      const found = await call(() => documents.findOne({ _id: keyOf(batchId, key) }));
      const isCovered = found !== null && (batch.sealedAt === null || found.isSealed === true);
      if (!isCovered) return null;
      requireBodies(toBatch(batch), key.kind);
      return toStoredDocument(found, batch.runId);
    },
    findLatestFetches: async (
      source,
      kind,
      ids,
      { wholeOnly = false, notAfter = Number.MAX_SAFE_INTEGER } = {},
    ) => {
      const leftOut = await call(() =>
        batches
          .find({
            $or: [
              { sealedAt: null },
              { withdrawnAt: { $exists: true } },
              ...(wholeOnly ? [{ isExcerpt: true as const }] : []),
            ],
          })
          .project<{ _id: string }>({ _id: 1 })
          .toArray(),
      );
      const leftOutIds = leftOut.map(({ _id }) => _id);
      const latest = new Map<string, number>();
      for (let from = 0; from < ids.length; from += IDS_A_QUERY) {
        const some = ids.slice(from, from + IDS_A_QUERY);
        const rows = await call(() =>
          documents
            .aggregate<{ _id: string; fetchedAt: number }>([
              { $match: { '_id.source': source, '_id.kind': kind, '_id.id': { $in: some }, isSealed: true } },
              { $match: { '_id.batchId': { $nin: leftOutIds }, fetchedAt: { $lte: notAfter } } },
              { $group: { _id: '$_id.id', fetchedAt: { $max: '$fetchedAt' } } },
            ])
            .toArray(),
        );
        for (const row of rows) latest.set(row._id, row.fetchedAt);
      }
      return latest;
    },
    close: () => Promise.resolve(),
  };
}

/** Of a sealed batch only what its seal covers. */
function readable(batch: BatchRecord): { isSealed?: true } {
  return batch.sealedAt === null ? {} : { isSealed: true };
}

function sealed(batchId: string): GroovelakeError {
  return new GroovelakeError('RUN_STATE', `The batch "${batchId}" is sealed; land in a new one.`);
}

/** A query a page: no cursor stays open while the reader works, and a reader may take its time. */
async function* readPages(
  { call }: Mongo,
  { batches, documents }: LandingCollections,
  { batchId, kind, pageSize }: { batchId: string; kind: DocumentKind; pageSize: number },
  rangeAfter: (after?: DocumentKey) => { $lt: DocumentKey },
): AsyncGenerator<StoredDocument[]> {
  const batch = await call(() => batches.findOne({ _id: batchId }));
  if (!batch) return;
  requireBodies(toBatch(batch), kind);
  let after: DocumentKey | undefined;
  for (;;) {
    const range = rangeAfter(after);
    const page = await call(() =>
      documents
        .find({ _id: range, ...readable(batch) })
        .sort({ _id: 1 })
        .limit(pageSize)
        .toArray(),
    );
    after = page.at(-1)?._id;
    if (!after) return;
    yield page.map((record) => toStoredDocument(record, batch.runId));
  }
}
