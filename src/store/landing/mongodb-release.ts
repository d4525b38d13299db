// Letting go of bodies in MongoDB, range by range, as a seal marks them.
import type { Collection } from 'mongodb';
import type { Mongo } from '../mongo/connection.ts';
import { type DocumentKind, KEPT_BODIES } from './landing-store.ts';
import { type DocumentKey, type DocumentRecord, rangeOfKind } from './mongodb-records.ts';

/** Documents that one call empties: well within the time that a server may stay silent. */
const BODIES_A_CALL = 5_000;

/** Empties the bodies of a sealed batch's documents of these kinds; emptying again changes nothing. @returns how many were emptied */
export async function emptyBodies(
  { call }: Mongo,
  documents: Collection<DocumentRecord>,
  batchId: string,
  kinds: readonly DocumentKind[],
): Promise<number> {
  let emptied = 0;
  for (const kind of kinds.filter((one) => !KEPT_BODIES.includes(one))) {
    let after: DocumentKey | undefined;
    for (;;) {
      const rest = rangeOfKind(batchId, kind, after);
      const [last] = await call(() =>
        documents
          .find({ _id: rest })
          .sort({ _id: 1 })
          .skip(BODIES_A_CALL - 1)
          .limit(1)
          .project<{ _id: DocumentKey }>({ _id: 1 })
          .toArray(),
      );
      const range = last ? { ...rest, $lte: last._id } : rest;
      const done = await call(() =>
        documents.updateMany({ _id: range, body: { $ne: '' } }, { $set: { body: '' } }),
      );
      emptied += done.matchedCount;
      if (!last) break;
      after = last._id;
    }
  }
  return emptied;
}
