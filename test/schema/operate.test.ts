import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import type { Context } from '../../src/schema/context.ts';
import { rollbackSnapshot } from '../../src/schema/operate.ts';
import { PUBLISH_LEASE } from '../../src/store/runs/publish-lease.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../fixtures/virtual-clock.ts';

const MINUTE = 60_000;

/** A rollback that takes as long as the test wants, and says whether CURRENT was moved. */
function open(
  work: (parts: {
    clock: ReturnType<typeof createVirtualClock>;
    isFree: () => Promise<boolean>;
  }) => Promise<void>,
) {
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  onTestFinished(() => runs.close());
  const clock = createVirtualClock();
  const isFree = async () =>
    (await runs.acquireLease(PUBLISH_LEASE, 'another', clock.now(), MINUTE)) !== null;
  let isMoved = false;
  const context = {
    runs,
    clock,
    snapshots: {
      rollback: async (id: string, beforeCommit: () => Promise<void>) => {
        await work({ clock, isFree });
        await beforeCommit();
        isMoved = true;
        return { id };
      },
    },
    refreshSnapshot: async () => {},
  } as unknown as Context;
  return { isFree, isMoved: () => isMoved, rollback: () => rollbackSnapshot(context, { snapshotId: 's1' }) };
}

describe('rollbackSnapshot', () => {
  it('keeps others from publishing for as long as it takes, and no longer', async () => {
    const { rollback, isFree, isMoved } = open(async (parts) => {
      await parts.clock.advance(10 * MINUTE);
      expect(await parts.isFree()).toBe(false);
    });
    expect(await rollback()).toMatchObject({ kind: 'RollbackSnapshotSuccess' });
    expect(isMoved()).toBe(true);
    expect(await isFree()).toBe(true);
  });

  it('leaves CURRENT alone when another has begun to publish meanwhile', async () => {
    const { rollback, isMoved } = open(async ({ clock, isFree }) => {
      clock.step(2 * MINUTE);
      expect(await isFree()).toBe(true);
    });
    await expect(rollback()).rejects.toMatchObject({ code: 'RUN_STATE', isRetryable: true });
    expect(isMoved()).toBe(false);
  });
});
