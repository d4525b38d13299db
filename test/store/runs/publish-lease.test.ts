import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { takePublishLease } from '../../../src/store/runs/publish-lease.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock, type VirtualClock } from '../../fixtures/virtual-clock.ts';

const MINUTE = 60_000;
const LOST = { code: 'RUN_STATE', isRetryable: true };

let runs: RunStore;
let clock: VirtualClock;
beforeEach(() => {
  runs = openSqliteRuns(':memory:', seededRandomness(1));
  clock = createVirtualClock();
  onTestFinished(() => runs.close());
});

async function take(holder: string, store: Pick<RunStore, 'acquireLease' | 'releaseLease'> = runs) {
  const lease = await takePublishLease(store, holder, clock);
  if (!lease) throw new Error(`"${holder}" did not get the lease`);
  return lease;
}

describe('takePublishLease', () => {
  it('keeps the lease for as long as its holder works, and then lets it go', async () => {
    const lease = await take('a');
    await clock.advance(10 * MINUTE);
    expect(await takePublishLease(runs, 'b', clock)).toBeNull();
    await lease.confirm();
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    await (await take('b')).release();
  });

  it('aborts when another has taken the lease after a step of the clock', async () => {
    const lease = await take('a');
    clock.step(2 * MINUTE);
    await take('b');
    await clock.advance(MINUTE);
    expect(lease.signal.reason).toMatchObject(LOST);
    await expect(lease.confirm()).rejects.toMatchObject(LOST);
  });

  it('is not confirmed when another has it, before any renewal was due', async () => {
    const lease = await take('a');
    clock.step(2 * MINUTE);
    await take('b');
    await expect(lease.confirm()).rejects.toMatchObject(LOST);
    expect(lease.signal.aborted).toBe(true);
  });

  it('is not confirmed when another has had it and let it go', async () => {
    const lease = await take('a');
    clock.step(2 * MINUTE);
    await (await take('b')).release();
    await expect(lease.confirm()).rejects.toMatchObject(LOST);
    // What it has taken by asking is not kept from others.
    await lease.release();
    await take('c');
  });

  it('is lost when the store could not be asked for as long as the lease lasts, and not before', async () => {
    let isDown = false;
    const store: Pick<RunStore, 'acquireLease' | 'releaseLease'> = {
      acquireLease: async (...given) => {
        if (isDown) throw new Error('no answer');
        return runs.acquireLease(...given);
      },
      releaseLease: runs.releaseLease,
    };
    const lease = await take('a', store);
    isDown = true;
    await clock.advance(MINUTE / 2);
    expect(lease.signal.aborted).toBe(false);
    isDown = false;
    await clock.advance(MINUTE / 2);
    isDown = true;
    await clock.advance(MINUTE / 2);
    expect(lease.signal.aborted).toBe(false);
    await clock.advance(MINUTE);
    expect(lease.signal.reason).toMatchObject(LOST);
  });
});
