// Landing: batches, and documents under their natural key as _id (its own index: batch, kind, source, id).
import type { Db } from 'mongodb';
import { ensureCollection, type IndexPlan, stripCollection } from '../src/store/mongo/collections.ts';

const BATCH_INDEXES: readonly IndexPlan[] = [{ name: 'by_time', key: { openedAt: 1, _id: 1 } }];
const DOCUMENT_INDEXES: readonly IndexPlan[] = [
  { name: 'by_entity', key: { '_id.source': 1, '_id.kind': 1, '_id.id': 1, fetchedAt: -1 } },
];

const text = { bsonType: 'string' };
const instant = { bsonType: 'number', description: 'milliseconds since 1970' };

export async function up(db: Db): Promise<void> {
  await ensureCollection(db, 'landing_batches', {
    schema: {
      required: ['_id', 'source', 'runId', 'openedAt', 'sealedAt', 'counts', 'contentHash', 'note'],
      properties: {
        _id: text,
        source: text,
        runId: text,
        openedAt: instant,
        sealedAt: { bsonType: ['number', 'null'] },
        counts: { bsonType: 'array' },
        contentHash: { bsonType: ['string', 'null'] },
        note: { bsonType: 'string', description: 'JSON' },
      },
    },
    indexes: BATCH_INDEXES,
  });
  await ensureCollection(db, 'landing_documents', {
    schema: {
      required: ['_id', 'fetchedAt', 'contentHash', 'body'],
      properties: {
        _id: {
          bsonType: 'object',
          required: ['batchId', 'kind', 'source', 'id'],
          properties: { batchId: text, kind: text, source: text, id: text },
        },
        fetchedAt: instant,
        contentHash: { bsonType: 'string', pattern: '^[0-9a-f]{64}$' },
        body: { bsonType: 'string', description: 'JSON, as received' },
        isSealed: { bsonType: 'bool' },
      },
    },
    indexes: DOCUMENT_INDEXES,
  });
}

export async function down(db: Db): Promise<void> {
  await stripCollection(db, 'landing_documents', DOCUMENT_INDEXES);
  await stripCollection(db, 'landing_batches', BATCH_INDEXES);
}
