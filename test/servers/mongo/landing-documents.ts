import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';

/** The n-th document that the source has. */
export function batchDocument(n: number): LandedDocument {
  const id = `id-${String(n).padStart(5, '0')}`;
  return { source: 'spotify', kind: 'track', id, fetchedAt: 1_000 + n, body: JSON.stringify({ id, n }) };
}
