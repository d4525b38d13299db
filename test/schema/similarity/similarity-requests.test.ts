import { describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import type { Context } from '../../../src/schema/context.ts';
import { findSimilarTracks, loadSimilarTracks } from '../../../src/schema/similarity/similarity-requests.ts';

describe('similar tracks', () => {
  it('are searched for as long as somebody waits for the answer', async () => {
    const { signal } = new AbortController();
    const findMany = vi.fn(async (requests: readonly unknown[], _signal?: AbortSignal) =>
      requests.map(() => ({ neighbors: [], isExact: true, reason: null, unknownSeedIds: [] })),
    );
    const context = { config: readConfig({}), signal, similarity: { findMany } } as unknown as Context;
    await findSimilarTracks(context, { to: ['t1'] });
    await Promise.all(['t1', 't2'].map((id) => loadSimilarTracks(context, id, {})));
    expect(findMany.mock.calls.map(([requests, given]) => [requests.length, given === signal])).toEqual([
      [1, true],
      [2, true],
    ]);
  });
});
