// Runs by when they ended: what ended lately, and the last one of a pipeline.
import type { Db } from 'mongodb';
import { dropIndexes, ensureIndexes, type IndexPlan } from '../src/store/mongo/collections.ts';

const END_INDEXES: readonly IndexPlan[] = [
  { name: 'by_end', key: { 'run.endedAt': -1 } },
  { name: 'by_pipeline_end', key: { 'run.pipeline': 1, 'run.endedAt': -1 } },
];

export async function up(db: Db): Promise<void> {
  await ensureIndexes(db, 'runs', END_INDEXES);
}

export async function down(db: Db): Promise<void> {
  await dropIndexes(db, 'runs', END_INDEXES);
}
