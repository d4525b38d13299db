// Batches and documents as MongoDB keeps them, and the ranges of keys that belong together.
import { InvalidInputError } from '../../errors.ts';
import { sha256 } from '../sha256.ts';
import type { Batch, BatchCount, DocumentKind, LandedDocument, StoredDocument } from './landing-store.ts';

export interface BatchRecord {
  readonly _id: string;
  readonly source: string;
  readonly runId: string;
  readonly openedAt: number;
  readonly sealedAt: number | null;
  /** While a seal is under way: no call may land any more. */
  readonly isSealing?: true;
  readonly counts: readonly BatchCount[];
  readonly contentHash: string | null;
  /** Batch.releasingSince; absent while the bodies are here. */
  readonly movedAt?: number;
  readonly isReleased?: true;
  /** Absent while builds read it. */
  readonly withdrawnAt?: number;
  /** JSON, since its keys are not ours and may hold what MongoDB reads as a path. */
  readonly note: string;
  /** Its note says so; here too, where it can be asked for. */
  readonly isExcerpt?: true;
}

/** MongoDB compares embedded documents field by field in this order, so a batch and a kind of it are ranges of keys. */
export interface DocumentKey {
  readonly batchId: string;
  readonly kind: DocumentKind;
  readonly source: string;
  readonly id: string;
}

export interface DocumentRecord {
  readonly _id: DocumentKey;
  readonly fetchedAt: number;
  readonly contentHash: string;
  readonly body: string;
  readonly isSealed?: true;
}

export function keyOf(
  batchId: string,
  { kind, source, id }: Pick<LandedDocument, 'kind' | 'source' | 'id'>,
): DocumentKey {
  return { batchId, kind, source, id };
}

/** @throws InvalidInputError for a document that is none, before anything of its call is written */
export function toRecord(batchId: string, document: LandedDocument): DocumentRecord {
  const { source, kind, id, fetchedAt, body } = document;
  for (const [name, value] of Object.entries({ source, kind, id, body })) {
    if (typeof value === 'string') continue;
    throw new InvalidInputError(`The ${name} of a document to land is "${value}"; a text is expected.`, {
      field: name,
      given: String(value),
      expected: 'a text',
    });
  }
  const contentHash = sha256(body);
  return { _id: keyOf(batchId, document), fetchedAt, contentHash, body };
}

/** The first string after all that begin with this one and go on with anything but a NUL. */
const endOf = (text: string) => `${text}\u0000`;
const LOWEST = { source: '', id: '' };

export function rangeOfBatch(batchId: string): { $gte: DocumentKey; $lt: DocumentKey } {
  const kind = '' as DocumentKind;
  return { $gte: { batchId, kind, ...LOWEST }, $lt: { batchId: endOf(batchId), kind, ...LOWEST } };
}

/** Keys of one kind of a batch, after a key where one is given. */
export function rangeOfKind(batchId: string, kind: DocumentKind, after?: DocumentKey) {
  const $lt: DocumentKey = { batchId, kind: endOf(kind) as DocumentKind, ...LOWEST };
  return after ? { $gt: after, $lt } : { $gte: { batchId, kind, ...LOWEST }, $lt };
}

/** Keys of one kind and source of a batch, after an id where one is given. */
export function rangeOfSource(
  batchId: string,
  { kind, source }: Pick<DocumentKey, 'kind' | 'source'>,
  after?: DocumentKey,
) {
  const $lt: DocumentKey = { batchId, kind, source: endOf(source), id: '' };
  return after ? { $gt: after, $lt } : { $gte: { batchId, kind, source, id: '' }, $lt };
}

/** The keys of a kind and source between the least and the greatest of some ids, compared by their bytes as MongoDB does. */
export function rangeOfIds(
  batchId: string,
  { kind, source }: Pick<DocumentKey, 'kind' | 'source'>,
  ids: readonly string[],
) {
  const sorted = ids.map((id) => Buffer.from(id)).sort(Buffer.compare);
  const [least = '', greatest = ''] = [sorted.at(0), sorted.at(-1)].map(String);
  const $gte: DocumentKey = { batchId, kind, source, id: least };
  return { $gte, $lte: { ...$gte, id: greatest } };
}

export function toBatch(record: BatchRecord): Batch {
  const { _id, source, runId, openedAt, sealedAt, counts, contentHash, note } = record;
  const { movedAt: releasingSince = null, isReleased = false, withdrawnAt = null } = record;
  const known = { id: _id, source, runId, openedAt, sealedAt, counts, contentHash };
  return { ...known, releasingSince, isReleased, withdrawnAt, note: JSON.parse(note) };
}

export function toStoredDocument(record: DocumentRecord, runId: string): StoredDocument {
  const { _id, fetchedAt, contentHash, body } = record;
  const { batchId, kind, source, id } = _id;
  return { source, kind, id, batchId, runId, fetchedAt, contentHash, body };
}
