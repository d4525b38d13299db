import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../src/log.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { createServed } from '../../../src/store/snapshots/served.ts';
import type { SnapshotStore } from '../../../src/store/snapshots/snapshot-store.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

/** Serves what the test says is current; opening fails as long as `problem` is set. */
function open() {
  const clock = createVirtualClock();
  const state = { current: 's1', problem: null as Error | null, tries: 0, closed: [] as string[] };
  const snapshots = {
    lookAtCurrent: async () => ({
      manifest: { id: state.current } as Manifest,
      warnings: [],
      damagedId: null,
    }),
  } as unknown as SnapshotStore;
  const served = createServed({
    snapshots,
    clock,
    log: silentLog,
    open: async ({ id }) => {
      state.tries += 1;
      if (state.problem) throw state.problem;
      return { close: async () => void state.closed.push(id) };
    },
  });
  onTestFinished(() => served.close());
  return { clock, state, served };
}

const MINUTE = 60_000;

describe('createServed', () => {
  it('tries a snapshot that could not be opened again by itself, and serves the old one meanwhile', async () => {
    const { clock, state, served } = open();
    await served.refresh();
    state.current = 's2';
    state.problem = new Error('ENOSPC');
    await served.refresh();
    expect(served.findManifest()?.id).toBe('s1');
    state.problem = null;
    await clock.advance(1_000);
    expect(served.findManifest()?.id).toBe('s2');
    expect(state.closed).toEqual(['s1']);
  });

  it('waits longer after each failure, and at most a minute', async () => {
    const { clock, state, served } = open();
    state.problem = new Error('EMFILE');
    await served.refresh();
    const triesAfter = async (ms: number) => {
      const before = state.tries;
      await clock.advance(ms);
      return state.tries - before;
    };
    expect(await triesAfter(MINUTE)).toBe(5);
    await clock.advance(10 * MINUTE);
    expect(await triesAfter(10 * MINUTE)).toBe(10);
    state.problem = null;
    await clock.advance(MINUTE);
    expect(served.findManifest()?.id).toBe('s1');
    expect(await triesAfter(10 * MINUTE)).toBe(0);
  });

  it('tries no more once it is closed', async () => {
    const { clock, state, served } = open();
    state.problem = new Error('EMFILE');
    await served.refresh();
    await served.close();
    await clock.advance(10 * MINUTE);
    expect(state.tries).toBe(1);
  });
});
