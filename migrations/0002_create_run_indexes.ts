// Runs with their steps, the event log, and what stands beside them. Unique sparse indexes settle what concerns several runs.
import type { Db } from 'mongodb';
import { ensureCollection, type IndexPlan, stripCollection } from '../src/store/mongo/collections.ts';

const RUN_INDEXES: readonly IndexPlan[] = [
  { name: 'by_time', key: { 'run.createdAt': -1, _id: -1 } },
  { name: 'by_pipeline', key: { 'run.pipeline': 1, 'run.createdAt': -1, _id: -1 } },
  { name: 'by_status', key: { 'run.status': 1, 'run.pipeline': 1 } },
  { name: 'one_per_idempotency_key', key: { idempotencyKey: 1 }, isUnique: true, isSparse: true },
  { name: 'one_under_way', key: { underWay: 1 }, isUnique: true, isSparse: true },
  { name: 'one_of_the_same_work', key: { sameWork: 1 }, isUnique: true, isSparse: true },
  { name: 'one_in_the_queue', key: { queueSlot: 1 }, isUnique: true, isSparse: true },
];
const EVENT_INDEXES: readonly IndexPlan[] = [{ name: 'by_run', key: { runId: 1, sequence: 1 } }];
const TICK_INDEXES: readonly IndexPlan[] = [
  { name: 'by_pipeline', key: { '_id.pipeline': 1, '_id.dueAt': -1 } },
];
const STATE_INDEXES: readonly IndexPlan[] = [{ name: 'by_source', key: { '_id.source': 1, '_id.key': 1 } }];

const text = { bsonType: 'string' };
const number = { bsonType: 'number' };

export async function up(db: Db): Promise<void> {
  await ensureCollection(db, 'runs', {
    schema: {
      required: ['_id', 'version', 'writer', 'run', 'steps', 'outbox', 'parametersHash'],
      properties: {
        version: number,
        run: {
          bsonType: 'object',
          required: ['id', 'pipeline', 'status', 'attempt', 'trigger', 'parameters', 'createdAt', 'fence'],
          properties: {
            id: text,
            pipeline: text,
            status: text,
            attempt: number,
            trigger: text,
            parameters: { bsonType: 'string', description: 'JSON' },
            createdAt: { bsonType: 'number', description: 'milliseconds since 1970' },
            fence: number,
          },
        },
        steps: { bsonType: 'array' },
        outbox: { bsonType: 'array' },
      },
    },
    indexes: RUN_INDEXES,
  });
  await ensureCollection(db, 'run_events', {
    schema: {
      required: ['_id', 'runId', 'sequence', 'key', 'event'],
      properties: { runId: text, sequence: number, key: text, event: { bsonType: 'object' } },
    },
    indexes: EVENT_INDEXES,
  });
  await ensureCollection(db, 'schedules', { schema: { required: ['schedule'] }, indexes: [] });
  await ensureCollection(db, 'schedule_ticks', { schema: { required: ['tick'] }, indexes: TICK_INDEXES });
  await ensureCollection(db, 'leases', {
    schema: {
      required: ['holder', 'fence', 'until'],
      properties: { holder: text, fence: number, until: number },
    },
    indexes: [],
  });
  await ensureCollection(db, 'source_states', {
    schema: {
      required: ['value'],
      properties: { value: { bsonType: 'string', description: 'JSON' } },
    },
    indexes: STATE_INDEXES,
  });
}

export async function down(db: Db): Promise<void> {
  await stripCollection(db, 'source_states', STATE_INDEXES);
  await stripCollection(db, 'leases', []);
  await stripCollection(db, 'schedule_ticks', TICK_INDEXES);
  await stripCollection(db, 'schedules', []);
  await stripCollection(db, 'run_events', EVENT_INDEXES);
  await stripCollection(db, 'runs', RUN_INDEXES);
}
