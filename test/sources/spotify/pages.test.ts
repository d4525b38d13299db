import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/sources/http.ts';
import { createCall } from '../../../src/sources/spotify/call.ts';
import { type ListProgress, type ListState, listIds } from '../../../src/sources/spotify/pages.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const id = (n: number) => String(n).padStart(22, '0');
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => id(from + at));
const page = (items: readonly unknown[], next: string | null, total = 1_000): Partial<HttpAnswer> => ({
  body: JSON.stringify({ items, next, total }),
});
const items = (from: number, to: number) => ids(from, to).map((one) => ({ id: one }));
const MORE = 'https://api.elsewhere.invalid/v1/next';
const NEW: ListProgress = { from: null, keep: async () => {} };

async function read(script: readonly Scripted[], progress = NEW) {
  const { gate, families, sent } = scriptSource(script);
  const call = createCall({
    source: 'spotify',
    apiUrl: 'http://api',
    gate,
    tokens: { get: async () => 't', drop: () => {} },
    signal: new AbortController().signal,
  });
  const parts = { source: 'spotify', call, families, onFallback: () => {} };
  const found = await listIds(parts, { family: 'list', path: '/list', query: {}, start: 0 }, progress);
  return { found, asked: sent.map(({ url }) => url) };
}

describe('listIds', () => {
  it('goes on by offset, and never to the host that the link names', async () => {
    const { found, asked } = await read([page(items(0, 50), MORE), page(items(50, 60), null)]);
    expect(found).toEqual(ids(0, 60));
    expect(asked).toEqual(['http://api/list?offset=0&limit=50', 'http://api/list?offset=50&limit=50']);
  });

  it('takes an item once that moved to the next page, and passes over null and local items', async () => {
    const moved = [{ id: id(9) }, null, { id: null }, { id: id(10) }];
    const { found } = await read([page(items(0, 10), MORE), page(moved, null)]);
    expect(found).toEqual(ids(0, 11));
  });

  it('keeps to the end of the list, whatever the total says meanwhile', async () => {
    const { found } = await read([page(items(0, 5), MORE, 5), page(items(5, 9), null, 4)]);
    expect(found).toEqual(ids(0, 9));
    const shrunk = await read([page(items(0, 5), MORE, 10), page([], MORE, 5), page(items(0, 5), null, 5)]);
    expect(shrunk.found).toEqual(ids(0, 5));
  });

  it('is read once more where items went from it meanwhile and others moved to a page that was read', async () => {
    // Of 0..9 the item 2 goes after the first page: 5 is on no page any more.
    const left = [...items(0, 2), ...items(3, 10)];
    const script = [
      page(items(0, 5), MORE, 10),
      page(left.slice(5), null, 9),
      page(left.slice(0, 5), MORE, 9),
    ];
    const { found, asked } = await read([...script, page(left.slice(5), null, 9)]);
    expect(found.toSorted()).toEqual(ids(0, 10));
    expect(asked.map((url) => new URL(url).searchParams.get('offset'))).toEqual(['0', '5', '0', '5']);
  });

  it('is not read for ever although it never adds up', async () => {
    const totals = [30, 20, 30, 20, 30, 20];
    const script = totals.map((total, at) =>
      page(items(at % 2 ? 5 : 0, at % 2 ? 9 : 5), at % 2 ? null : MORE, total),
    );
    const { found, asked } = await read(script);
    expect([found, asked.length]).toEqual([ids(0, 9), 4]);
  });

  it('has an empty list for what is unknown', async () => {
    const unknown = { status: 404, body: '{"error":{"status":404,"message":"Resource not found"}}' };
    expect((await read([unknown])).found).toEqual([]);
  });

  it.each([
    ['an empty page in the middle', [page(items(0, 5), MORE), page([], MORE)]],
    ['the same page again and again', [page(items(0, 5), MORE)]],
    ['a page without items', [{ body: '{"next":null}' }]],
    ['a list for a page', [{ body: '[]' }]],
  ])('takes nothing from a source that gives %s', async (_what, script) => {
    await expect(read(script)).rejects.toMatchObject({ code: 'EXTRACT', isRetryable: true });
  });

  it('asks once more for a page that contradicts itself or the one before', async () => {
    const wrong = [page([], MORE), page(items(0, 5), MORE), { body: '[]' }];
    for (const lie of wrong) {
      const { found, asked } = await read([page(items(0, 5), MORE), lie, page(items(5, 9), null)]);
      expect([found, asked.length]).toEqual([ids(0, 9), 3]);
    }
  });

  it('ends a list that goes on for ever', async () => {
    let at = 0;
    await expect(read([() => page(items(at, ++at), MORE, 1e9)])).rejects.toThrow(/more than 1000 pages/);
  });

  it('asks for shorter pages after one refusal, and says what is wrong when those are refused too', async () => {
    const refused = { status: 400, body: '{"error":{"status":400,"message":"Invalid limit"}}' };
    const { asked } = await read([refused, page(items(0, 10), MORE), page(items(10, 12), null)]);
    expect(asked.map((url) => url.slice(-2))).toEqual(['50', '10', '10']);
    await expect(read([refused])).rejects.toThrow(/status 400: Invalid limit; a JSON object is expected/);
  });

  it('goes on at the page where an earlier try stopped', async () => {
    const kept: ListState[] = [];
    const keep = async (state: ListState) => void kept.push(state);
    const stopped = read([page(items(0, 50), MORE, 55), { status: 403, body: '' }], { from: null, keep });
    await expect(stopped).rejects.toThrow(/status 403/);
    const count = { total: 55, most: 55, hasShrunk: false, withoutId: 0 };
    expect(kept).toEqual([{ ids: ids(0, 50), next: 50, count }]);
    const { found, asked } = await read([page(items(50, 55), null, 55)], { from: kept[0] ?? null, keep });
    expect(found).toEqual(ids(0, 55));
    expect(asked).toEqual(['http://api/list?offset=50&limit=50']);
    const again = await read([new Error('not asked')], { from: kept[1] ?? null, keep });
    expect([again.found, again.asked]).toEqual([ids(0, 55), []]);
  });

  it('is read once more where items went from it between two tries, too', async () => {
    // Of 0..59 the first five go while the run waits: 50 to 54 move to the page that was read.
    const left = items(5, 60);
    const kept: ListState[] = [];
    const keep = async (state: ListState) => void kept.push(state);
    await expect(
      read([page(items(0, 50), MORE, 60), { status: 403, body: '' }], { from: null, keep }),
    ).rejects.toThrow(/status 403/);
    const from = kept[0] ?? null;
    const script = [
      page(left.slice(50), null, 55),
      page(left.slice(0, 50), MORE, 55),
      page(left.slice(50), null, 55),
    ];
    const { found, asked } = await read(script, { from, keep });
    expect(found.toSorted()).toEqual(ids(0, 60));
    expect(asked.map((url) => new URL(url).searchParams.get('offset'))).toEqual(['50', '0', '50']);
    // A state of an earlier version says less, and is gone on with as then.
    const { count: _, ...older } = from ?? { ids: [], next: 0 };
    expect((await read(script, { from: older, keep })).found.length).toBe(55);
  });
});
