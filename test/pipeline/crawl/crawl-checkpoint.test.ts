import { describe, expect, it } from 'vitest';
import { nameOwnBatch, openCheckpoint } from '../../../src/pipeline/crawl/crawl-checkpoint.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

/** Opened at this time by a run whose checkpoint is kept so. */
async function open(checkpoint: object | null, now = NOW) {
  let saved = checkpoint;
  const runs = {
    findRun: async () => ({ checkpoint: saved }),
    setCheckpoint: async (_claim: unknown, next: object) => {
      saved = next;
    },
  };
  const run = { id: 'r', createdAt: NOW - 5 };
  const { begunAt, save } = await openCheckpoint(
    {
      runs,
      run,
      clock: { now: () => now },
    } as unknown as StepContext,
    'spotify',
  );
  await save();
  return { begunAt, saved };
}

describe('openCheckpoint(context): when the crawl began', () => {
  it('is when it is opened first, and that again in later tries', async () => {
    const first = await open(null);
    expect(first.begunAt).toBe(NOW);
    expect((await open(first.saved, NOW + 9)).begunAt).toBe(NOW);
  });

  it('is when its run began, where a version before has kept the rest only', async () => {
    expect((await open({})).begunAt).toBe(NOW - 5);
  });

  it('is now where a clock that was ahead has noted it, and that again in later tries', async () => {
    const first = await open({ begunAt: NOW + 1e12 });
    expect(first.begunAt).toBe(NOW);
    expect((await open(first.saved, NOW + 9)).begunAt).toBe(NOW);
  });
});

describe('nameOwnBatch', () => {
  const nameAmong = (...batches: { id: string; openedAt?: number; withdrawnAt?: number | null }[]) => {
    const findBatch = async (id: string) => {
      const found = batches.find((batch) => batch.id === id);
      return found ? { openedAt: NOW, sealedAt: NOW, withdrawnAt: null, ...found } : null;
    };
    return nameOwnBatch({ landing: { findBatch } } as unknown as StepContext, { begunAt: NOW }, 'names');
  };

  it('passes over one of before the crawl was begun anew, and one that is withdrawn', async () => {
    expect(await nameAmong()).toBe('names');
    expect(await nameAmong({ id: 'names' })).toBe('names');
    expect(await nameAmong({ id: 'names', openedAt: NOW - 1 })).toBe('names-2');
    expect(await nameAmong({ id: 'names', withdrawnAt: NOW }, { id: 'names-2' })).toBe('names-2');
  });
});
