// Sealing in MongoDB: marks the documents of a batch, range by range, then counts and hashes the marked ones in key order.
import { createHash } from 'node:crypto';
import type { Collection } from 'mongodb';
import type { Mongo } from '../mongo/connection.ts';
import { hashLine } from './batch-hash.ts';
import type { BatchCount } from './landing-store.ts';
import { type DocumentKey, type DocumentRecord, rangeOfBatch } from './mongodb-records.ts';

/** Documents that one call marks: well within the time that a server may stay silent. */
const MARKS_A_CALL = 20_000;
const HASHES_A_PAGE = 10_000;

/** Marks every document of the batch that is there; marking again changes nothing. */
export async function markSealed(
  { call }: Mongo,
  documents: Collection<DocumentRecord>,
  batchId: string,
): Promise<void> {
  const whole = rangeOfBatch(batchId);
  let after: DocumentKey | undefined;
  for (;;) {
    const rest = after ? { $gt: after, $lt: whole.$lt } : whole;
    const [last] = await call(() =>
      documents
        .find({ _id: rest })
        .sort({ _id: 1 })
        .skip(MARKS_A_CALL - 1)
        .limit(1)
        .project<{ _id: DocumentKey }>({ _id: 1 })
        .toArray(),
    );
    const range = last ? { ...rest, $lte: last._id } : rest;
    await call(() =>
      documents.updateMany({ _id: range, isSealed: { $exists: false } }, { $set: { isSealed: true } }),
    );
    if (!last) return;
    after = last._id;
  }
}

/** What the completion record says about the marked documents. */
export async function summarize(
  { call }: Mongo,
  documents: Collection<DocumentRecord>,
  batchId: string,
): Promise<{ counts: BatchCount[]; contentHash: string }> {
  const hash = createHash('sha256');
  const counts = new Map<string, { source: string; kind: DocumentKey['kind']; documents: number }>();
  const whole = rangeOfBatch(batchId);
  let after: DocumentKey | undefined;
  for (;;) {
    const rest = after ? { $gt: after, $lt: whole.$lt } : whole;
    const page = await call(() =>
      documents
        .find({ _id: rest, isSealed: true })
        .sort({ _id: 1 })
        .limit(HASHES_A_PAGE)
        .project<Pick<DocumentRecord, '_id' | 'contentHash'>>({ _id: 1, contentHash: 1 })
        .toArray(),
    );
    for (const { _id, contentHash } of page) {
      const { source, kind, id } = _id;
      hash.update(hashLine(source, kind, id, contentHash));
      const name = `${source}\u0000${kind}`;
      const count = counts.get(name) ?? { source, kind, documents: 0 };
      counts.set(name, { ...count, documents: count.documents + 1 });
    }
    after = page.at(-1)?._id;
    if (!after) break;
  }
  const sorted = [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  return { counts: sorted, contentHash: hash.digest('hex') };
}
