// Entity tags: an answer that follows from a snapshot and a request is the same as long as both are.
import { createHash } from 'node:crypto';

/** A strong tag of everything the answer follows from. */
export function makeEtag(...parts: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return `"${digest.slice(0, 27)}"`;
}

/** Whether If-None-Match names the tag. Compression makes another body of the same answer: tags compare weakly, as RFC 9110 13.1.2 has it. */
export function isNotModified(ifNoneMatch: string | null | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** For caches in between: public on an open server, private behind a key. */
export function cacheControl(seconds: number, hasKeys: boolean): string {
  const scope = hasKeys ? 'private' : 'public';
  return seconds === 0 ? `${scope}, no-cache` : `${scope}, max-age=${seconds}`;
}
