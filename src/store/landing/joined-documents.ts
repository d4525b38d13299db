// Documents as they cross to the engine: a page of them in four texts instead of four texts each. Every value that crosses is a call.
import type { StoredDocument } from './landing-store.ts';

/** Stands between the values of a page: JSON never holds it as it is, and whatever else does crosses on its own. */
export const SEPARATOR = '\u001e';

/** Some documents of one source and kind, each field of all of them in one text, in UTF-8. */
export interface JoinedDocuments {
  /** One, or as many as there are separators in each field and one more. */
  readonly documents: number;
  readonly ids: Uint8Array;
  /** Milliseconds since 1970, in decimal. */
  readonly fetchedAts: Uint8Array;
  readonly contentHashes: Uint8Array;
  readonly bodies: Uint8Array;
}

/**
 * Gives the memory of a page back now; nobody may read it any more. What is left to the collector makes it run for every 32 MB that cross, and
 * it looks at the whole heap for a few large blocks beside it. Small texts share their memory with others, and stay.
 */
export function dropJoined({ ids, fetchedAts, contentHashes, bodies }: JoinedDocuments): void {
  for (const { byteLength, buffer } of [ids, fetchedAts, contentHashes, bodies])
    if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength)
      buffer.transfer(0);
}

type Joinable = Pick<StoredDocument, 'id' | 'fetchedAt' | 'contentHash' | 'body'>;

/** Bodies in one text: copies of it lie in memory while it crosses. */
export const JOINED_BYTES = 16_000_000;

/** One page, or a page for each document where one of them holds a separator or they are very large. */
export function joinDocuments(documents: readonly Joinable[]): JoinedDocuments[] {
  if (documents.length === 0) return [];
  const apart = () => documents.map((document) => join([document]));
  if (documents.reduce((sum, { body }) => sum + body.length, 0) > JOINED_BYTES) return apart();
  const all = join(documents);
  return isSplittable(all) ? [all] : apart();
}

/** Whether the engine can take the fields apart again at their separators. */
export function isSplittable({ documents, ids, bodies }: JoinedDocuments): boolean {
  return documents === 1 || [ids, bodies].every((field) => countSeparators(field) === documents - 1);
}

function join(documents: readonly Joinable[]): JoinedDocuments {
  const field = (read: (document: Joinable) => string | number) =>
    Buffer.from(documents.map(read).join(SEPARATOR));
  return {
    documents: documents.length,
    ids: field(({ id }) => id),
    fetchedAts: field(({ fetchedAt }) => fetchedAt),
    contentHashes: field(({ contentHash }) => contentHash),
    bodies: field(({ body }) => body),
  };
}

function countSeparators(field: Uint8Array): number {
  const bytes = Buffer.from(field.buffer, field.byteOffset, field.byteLength);
  const separator = SEPARATOR.charCodeAt(0);
  let count = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, at + 1)) count += 1;
  return count;
}
