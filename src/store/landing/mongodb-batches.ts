// Lists of batches in MongoDB.
import type { Collection, Filter } from 'mongodb';
import type { Mongo } from '../mongo/connection.ts';
import type { Batch, BatchFilter, BatchStatus, LandingStore } from './landing-store.ts';
import { type BatchRecord, toBatch } from './mongodb-records.ts';

export async function listBatches(
  { call }: Mongo,
  batches: Collection<BatchRecord>,
  filter: BatchFilter,
): Promise<Batch[]> {
  const found = await call(() => batches.find(toBatchFilter(filter)).sort({ openedAt: 1, _id: 1 }).toArray());
  return found.map(toBatch);
}

export async function listNewestBatches(
  { call }: Mongo,
  batches: Collection<BatchRecord>,
  { filter = {}, first, after }: Parameters<LandingStore['listNewestBatches']>[0],
): Promise<{ batches: Batch[]; hasMore: boolean }> {
  const place = after === undefined ? null : await call(() => batches.findOne({ _id: after }));
  const parts = [toBatchFilter(filter)];
  if (place) {
    const { openedAt, _id } = place;
    parts.push({ $or: [{ openedAt: { $lt: openedAt } }, { openedAt, _id: { $lt: _id } }] });
  }
  const found = await call(() =>
    batches
      .find({ $and: parts })
      .sort({ openedAt: -1, _id: -1 })
      .limit(first + 1)
      .toArray(),
  );
  return { batches: found.slice(0, first).map(toBatch), hasMore: found.length > first };
}

const STATUSES: Readonly<Record<BatchStatus, Filter<BatchRecord>>> = {
  OPEN: { sealedAt: null },
  SEALED: { sealedAt: { $ne: null }, withdrawnAt: { $exists: false } },
  WITHDRAWN: { withdrawnAt: { $exists: true } },
};
const NONE: Filter<BatchRecord> = { _id: { $in: [] } };

export function toBatchFilter({
  sealed,
  statuses,
  sources,
  runIds,
  ids,
  notIds,
}: BatchFilter): Filter<BatchRecord> {
  const parts: Filter<BatchRecord>[] = [
    ...(sealed === undefined ? [] : [{ sealedAt: sealed ? { $ne: null } : null }]),
    ...(statuses ? [{ $or: [NONE, ...statuses.map((status) => STATUSES[status])] }] : []),
    ...(sources ? [{ source: { $in: [...sources] } }] : []),
    ...(runIds ? [{ $or: [{ runId: { $in: [...runIds] } }, { note: { $in: runIds.map(wantedBy) } }] }] : []),
    ...(ids ? [{ _id: { $in: [...ids] } }] : []),
    ...(notIds ? [{ _id: { $nin: [...notIds] } }] : []),
  ];
  return parts.length > 0 ? { $and: parts } : {};
}

/** How a note, which is JSON as it was written, names the run. A quote within one of its texts is escaped there. */
const wantedBy = (runId: string) => new RegExp(`"wantedBy":${escapePattern(JSON.stringify(runId))}[,}]`);

const escapePattern = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
