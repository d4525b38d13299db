// The outbox by address: how each takes what it is sent.
import type { Db } from 'mongodb';
import { dropIndexes, ensureIndexes, type IndexPlan } from '../src/store/mongo/collections.ts';

const URL_INDEXES: readonly IndexPlan[] = [{ name: 'by_url', key: { url: 1, createdAt: -1, _id: -1 } }];

export async function up(db: Db): Promise<void> {
  await ensureIndexes(db, 'deliveries', URL_INDEXES);
}

export async function down(db: Db): Promise<void> {
  await dropIndexes(db, 'deliveries', URL_INDEXES);
}
