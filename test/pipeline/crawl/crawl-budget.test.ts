import { describe, expect, it } from 'vitest';
import { type BudgetState, createBudget } from '../../../src/pipeline/crawl/crawl-budget.ts';
import type { Run } from '../../../src/store/runs/run-store.ts';
import { albumsOf, countSince, DAY_MS, listedTwice, openCrawl, sortedIds, tracksOf } from './open-crawl.ts';

describe('a budget', () => {
  const open = (maxRequests: number, kept: BudgetState | null = null) => {
    let now = 1_000;
    const saved: (BudgetState | null)[] = [];
    const budget = createBudget({
      maxRequests,
      windowMs: 100,
      now: () => now,
      kept,
      keep: async () => void saved.push(budget.state()),
    });
    return {
      budget,
      saved,
      pass: (ms: number) => {
        now += ms;
      },
    };
  };

  it('is spent per family, and full again when its window is over', async () => {
    const { budget, pass } = open(2);
    await budget.spend('a');
    await budget.spend('a');
    await budget.spend('b');
    expect([budget.left('a'), budget.left('b')]).toEqual([0, 1]);
    await expect(budget.spend('a')).rejects.toMatchObject({ code: 'SOURCE_DEFERRED', until: 1_100 });
    pass(99);
    await expect(budget.spend('a')).rejects.toThrow(
      /The 2 requests that this run may make of "a" are used up/,
    );
    pass(1);
    await budget.spend('a');
    expect(budget.left('a')).toBe(1);
  });

  it('is full again where its window was begun by a clock that was ahead', async () => {
    const ahead = { windowStart: 365 * DAY_MS, reserved: { a: 2 } };
    const { budget } = open(2, ahead);
    await budget.spend('a');
    expect(budget.left('a')).toBe(1);
  });

  it('is not overspent by calls side by side', async () => {
    const { budget } = open(5);
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => budget.spend('a')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  });

  it('has always written down at least as much as was spent, so that a kill gives nothing back', async () => {
    const { budget, saved } = open(100);
    for (let n = 1; n <= 60; n++) {
      await budget.spend('a');
      expect(saved.at(-1)?.reserved.a).toBeGreaterThanOrEqual(n);
    }
    expect(saved.length).toBe(12);
    const killed = open(100, saved.at(-1) ?? null);
    expect(killed.budget.left('a')).toBe(40);
  });

  it('lets nobody pay from a block before it is written down', async () => {
    let isKept = false;
    const budget = createBudget({
      maxRequests: 100,
      windowMs: 100,
      now: () => 0,
      kept: null,
      keep: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        isKept = true;
      },
    });
    await Promise.all(
      [1, 2, 3].map(async () => {
        await budget.spend('a');
        expect(isKept).toBe(true);
      }),
    );
  });

  it('gives back what it reserved and did not use when it is left in good order', async () => {
    const { budget } = open(100);
    await budget.spend('a');
    budget.settle();
    expect(open(100, budget.state()).budget.left('a')).toBe(99);
  });

  it('is without end where no limit is given', async () => {
    const budget = createBudget({
      maxRequests: undefined,
      windowMs: 1,
      now: () => 0,
      kept: null,
      keep: async () => {},
    });
    for (let n = 0; n < 1_000; n++) await budget.spend('a');
    expect([budget.left('a'), budget.state()]).toEqual([null, null]);
  });
});

describe('a crawl with a budget', () => {
  it.each([
    ['dev2026', 9],
    ['dev2026', 60],
    ['extended', 1],
  ] as const)('of a key of %s gets everything in days of %i requests a family, and no entity twice', async (profile, maxRequests) => {
    const { sandbox, run, again, landed, messages } = await openCrawl({ profile, artists: 14 });
    const artists = sandbox.catalogue.artists.slice(10, 12);
    let ended: Run = await run({ artistIds: artists.map(({ id }) => id), maxRequests });
    expect(ended.status).toBe('WAITING');
    const [first] = await messages(ended, 'crawl.budget');
    expect(first).toContain(`The ${maxRequests} requests that this run may make of `);
    let begin = 0;
    for (let days = 1; ended.status === 'WAITING'; days++) {
      const { token: _, ...counts } = countSince(sandbox, begin);
      expect(Math.max(...Object.values(counts))).toBeLessThanOrEqual(maxRequests);
      expect(days).toBeLessThan(100);
      begin = sandbox.requests.entries.length;
      ended = await again(ended, { now: ended.resumesAt ?? 0 });
    }
    expect(ended.status).toBe('SUCCEEDED');
    expect(await landed('artist')).toEqual(sortedIds(artists));
    expect(await landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const asked = sandbox.requests.entries.filter(
      ({ family, status }) => family !== 'token' && status === 200,
    );
    expect(new Set(asked.map(({ path }) => path)).size).toBe(asked.length);
    expect(listedTwice(sandbox)).toEqual([]);
  });

  it('goes on with other families when one is used up, and comes back a day after it began', async () => {
    const { sandbox, run, landed } = await openCrawl({ profile: 'dev2026', artists: 14 });
    const artists = sandbox.catalogue.artists.slice(10, 12);
    const ended = await run({ artistIds: artists.map(({ id }) => id), maxRequests: 9 });
    expect((ended.resumesAt ?? 0) - ended.createdAt).toBeGreaterThan(DAY_MS - 60_000);
    expect((ended.resumesAt ?? 0) - ended.createdAt).toBeLessThanOrEqual(DAY_MS + 60_000);
    // One of the nine was the refusal of the batch.
    expect((await landed('album')).length).toBe(9);
    expect((await landed('track')).length).toBe(9);
    expect((await landed('audio_features')).length).toBeGreaterThan(5);
    expect(countSince(sandbox, 0)).toMatchObject({ album: 9, track: 9 });
  });

  it('says what it asked of each family, and what is left', async () => {
    const { sandbox, run, runs } = await openCrawl({ artists: 14 });
    const ended = await run({ top: 3, maxRequests: 500 });
    const progress = (await runs.findRun(ended.id))?.progress;
    expect([progress?.done, progress?.total]).toEqual([3, 3]);
    const counts = countSince(sandbox, 0);
    for (const family of ['artists', 'artist-albums', 'albums', 'tracks']) {
      const count = counts[family] ?? 0;
      expect(progress?.requests).toContainEqual({ family, count, left: 500 - count });
    }
    expect(progress?.message).toMatch(/^3 of 3 artists: done \(requests: .*albums \d+, \d+ left/);
  });
});
