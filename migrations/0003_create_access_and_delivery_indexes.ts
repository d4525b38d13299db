// API keys, the audit log, and the outbox of webhooks with what its notices remember.
import type { Db } from 'mongodb';
import { ensureCollection, type IndexPlan, stripCollection } from '../src/store/mongo/collections.ts';

const AUDIT_INDEXES: readonly IndexPlan[] = [
  { name: 'by_action', key: { action: 1, _id: -1 } },
  { name: 'by_run', key: { runId: 1, _id: -1 } },
  { name: 'one_per_writer', key: { writer: 1 }, isUnique: true },
];
const DELIVERY_INDEXES: readonly IndexPlan[] = [{ name: 'by_due', key: { state: 1, nextAt: 1, _id: 1 } }];

const text = { bsonType: 'string' };
const textOrNull = { bsonType: ['string', 'null'] };
const instant = { bsonType: 'number', description: 'milliseconds since 1970' };
const instantOrNull = { bsonType: ['number', 'null'] };
const count = { bsonType: 'number' };

export async function up(db: Db): Promise<void> {
  await ensureCollection(db, 'api_keys', {
    schema: {
      required: [
        '_id',
        'name',
        'scope',
        'accountId',
        'hash',
        'createdAt',
        'createdBy',
        'expiresAt',
        'revokedAt',
      ],
      properties: {
        _id: text,
        name: text,
        scope: { enum: ['read', 'operate', 'admin'] },
        accountId: textOrNull,
        hash: { bsonType: 'string', pattern: '^[0-9a-f]{64}$' },
        createdAt: instant,
        createdBy: text,
        expiresAt: instantOrNull,
        revokedAt: instantOrNull,
        lastUsedAt: instantOrNull,
      },
    },
    indexes: [],
  });
  await ensureCollection(db, 'audit_log', {
    schema: {
      required: ['_id', 'at', 'actor', 'scope', 'action', 'input', 'outcome', 'runId', 'writer'],
      properties: {
        _id: count,
        at: instant,
        actor: text,
        scope: text,
        action: text,
        input: { bsonType: 'string', description: 'JSON' },
        outcome: textOrNull,
        runId: textOrNull,
        writer: text,
      },
    },
    indexes: AUDIT_INDEXES,
  });
  await ensureCollection(db, 'deliveries', {
    schema: {
      required: [
        '_id',
        'messageId',
        'url',
        'type',
        'body',
        'state',
        'tries',
        'createdAt',
        'nextAt',
        'lastError',
      ],
      properties: {
        _id: text,
        messageId: text,
        url: text,
        type: text,
        body: { bsonType: 'string', description: 'JSON, as sent' },
        state: { enum: ['PENDING', 'DELIVERED', 'GIVEN_UP'] },
        tries: count,
        createdAt: instant,
        nextAt: instant,
        lastError: textOrNull,
      },
    },
    indexes: DELIVERY_INDEXES,
  });
  await ensureCollection(db, 'notice_marks', {
    schema: { required: ['value'], properties: { value: text } },
    indexes: [],
  });
}

export async function down(db: Db): Promise<void> {
  await stripCollection(db, 'notice_marks', []);
  await stripCollection(db, 'deliveries', DELIVERY_INDEXES);
  await stripCollection(db, 'audit_log', AUDIT_INDEXES);
  await stripCollection(db, 'api_keys', []);
}
