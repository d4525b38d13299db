// Upserts documents by their key in unordered bulks: inserts first, since nearly every document is new to its batch, then replaces of
// the keys that were there. A sealed document is not replaced.
import { type Collection, MongoBulkWriteError } from 'mongodb';
import { invariant } from '../../errors.ts';
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKeyCode } from '../mongo/errors.ts';
import type { DocumentRecord } from './mongodb-records.ts';

/** Between an insert and a replace a key can only vanish with its whole batch; more often than this, something is wrong. */
const MOST_TRIES = 5;

/**
 * Inserts or replaces every record whole; of several with one key the last stays.
 *
 * @param requireOpen throws when the batch is sealed or gone; asked when a key that was there could not be replaced
 * @returns how many keys were inserted, as far as answers came through: after a lost answer its keys count as there before
 */
export async function upsertDocuments(
  { call }: Mongo,
  documents: Collection<DocumentRecord>,
  records: readonly DocumentRecord[],
  requireOpen: () => Promise<void>,
): Promise<number> {
  let left = lastOfEachKey(records);
  let inserted = 0;
  for (let tries = 0; left.length > 0 && tries < MOST_TRIES; tries++) {
    const some = left;
    const known = await call(() => insertNew(documents, some));
    inserted += some.length - known.length;
    if (known.length === 0 || (await call(() => replaceOpen(documents, known))) === known.length)
      return inserted;
    await requireOpen();
    left = known;
  }
  invariant(left.length === 0, 'documents of an open batch are neither there nor missing');
  return inserted;
}

/** Answers with the records whose keys were there. */
async function insertNew(
  documents: Collection<DocumentRecord>,
  records: readonly DocumentRecord[],
): Promise<DocumentRecord[]> {
  try {
    const operations = records.map((document) => ({ insertOne: { document } }));
    await documents.bulkWrite(operations, { ordered: false });
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
    const errors = [error.writeErrors].flat();
    if (errors.length === 0 || !errors.every(({ code }) => isDuplicateKeyCode(code))) throw error;
    return errors.flatMap(({ index }) => records[index] ?? []);
  }
}

/** Answers with the count of those that were there and open. */
async function replaceOpen(
  documents: Collection<DocumentRecord>,
  records: readonly DocumentRecord[],
): Promise<number> {
  const operations = records.map((record) => ({
    replaceOne: { filter: { _id: record._id, isSealed: { $exists: false } }, replacement: record },
  }));
  return (await documents.bulkWrite(operations, { ordered: false })).matchedCount;
}

/** An unordered bulk has no order to rely on, so each key may be in it once. */
function lastOfEachKey(records: readonly DocumentRecord[]): DocumentRecord[] {
  return [...new Map(records.map((record) => [JSON.stringify(record._id), record])).values()];
}
