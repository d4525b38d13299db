// Documents as they cross to the engine.
import { expect, test } from 'vitest';
import { dropJoined, joinDocuments } from '../../../src/store/landing/joined-documents.ts';

const document = (id: string, body: string) => ({ id, body, fetchedAt: 1, contentHash: 'h' });

test('a page that is dropped gives back what it has alone, and leaves what small texts share', () => {
  const [page] = joinDocuments([document('a', `"${'x'.repeat(100_000)}"`), document('b', '"y"')]);
  const neighbour = Buffer.from('beside');
  if (!page) throw new Error('two documents are one page');
  expect(page.ids.buffer.byteLength).toBeGreaterThan(page.ids.byteLength);

  dropJoined(page);

  expect(page.bodies.byteLength).toBe(0);
  expect(Buffer.from(page.ids).toString()).toBe('a\u001eb');
  expect(neighbour.toString()).toBe('beside');
});

test('a page can be dropped twice', () => {
  const [page] = joinDocuments([document('a', `"${'x'.repeat(100_000)}"`)]);
  if (!page) throw new Error('one document is one page');
  dropJoined(page);
  expect(() => dropJoined(page)).not.toThrow();
});
