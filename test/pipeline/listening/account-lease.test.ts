import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { holdAccount, holdLogin, nameLeases } from '../../../src/pipeline/listening/account-lease.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock, type VirtualClock } from '../../fixtures/virtual-clock.ts';

const ID = 'aaaaaaaaaaaa';
const MINUTE = 60_000;
const BUSY = { code: 'RUN_STATE', isRetryable: true };

let runs: RunStore;
let clock: VirtualClock;
let parts: { runs: RunStore; clock: VirtualClock; random: ReturnType<typeof seededRandomness> };
beforeEach(() => {
  runs = openSqliteRuns(':memory:', seededRandomness(1));
  clock = createVirtualClock();
  parts = { runs, clock, random: seededRandomness(7) };
  onTestFinished(() => runs.close());
});

const acquire = (name: string, holder: string) => runs.acquireLease(name, holder, clock.now(), MINUTE);

describe.each([
  ['holdAccount', holdAccount, 'work', 2 * MINUTE],
  ['holdLogin', holdLogin, 'login', MINUTE],
] as const)('%s', (_name, hold, which, patienceMs) => {
  const name = nameLeases(ID)[which];

  it('keeps others out for as long as the work takes, and no longer', async () => {
    await hold(parts, ID, async () => {
      await clock.advance(10 * MINUTE);
      expect(await acquire(name, 'another')).toBeNull();
    });
    expect(await acquire(name, 'another')).not.toBeNull();
  });

  it('gives up on somebody else who does not end', async () => {
    await acquire(name, 'another');
    const waiting = hold(parts, ID, async () => {
      throw new Error('not to be called');
    });
    const refused = expect(waiting).rejects.toMatchObject(BUSY);
    for (let waited = 0; waited <= patienceMs; waited += 10_000) {
      await acquire(name, 'another');
      await clock.advance(10_000);
    }
    await refused;
  });
});

describe('holdAccount', () => {
  it('stops work whose lease another has had meanwhile, and let go', async () => {
    await holdAccount(parts, ID, async (signal) => {
      clock.step(2 * MINUTE);
      const { work } = nameLeases(ID);
      await acquire(work, 'another');
      await runs.releaseLease(work, 'another');
      await clock.advance(MINUTE);
      expect(signal.reason).toMatchObject(BUSY);
    });
  });
});
