// What a server does once it can be asked: runs go on, and what others publish is served.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { RunStore } from '../store/runs/run-store.ts';
import type { Served } from '../store/snapshots/served.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';
import { beginFirstRun, type FirstRun } from './first-run.ts';
import type { OpenSnapshot } from './open-snapshot.ts';
import { inviteSandboxListener } from './sandbox-listener.ts';
import type { Working } from './working.ts';

export interface WorkParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  readonly runs: RunStore;
  readonly snapshots: SnapshotStore;
  readonly served: Served<OpenSnapshot>;
  readonly working: Working;
}

/**
 * Starts what is due, follows CURRENT, and begins a first run where nothing is served.
 *
 * @param opened ends the following; the work is ended by whoever made it
 * @returns the first run; null where there is none
 * @throws ConfigError for schedules of the configuration that cannot be read
 */
export async function beginWork(parts: WorkParts, opened: AsyncDisposableStack): Promise<FirstRun | null> {
  const { snapshots, served, working } = parts;
  let firstRun: FirstRun | null = null;
  inviteSandboxListener({
    ...parts,
    findFirstRunId: () => (firstRun?.pipeline === 'REFRESH' ? firstRun.id : null),
    wake: working.wake,
  });
  await working.start();
  opened.defer(snapshots.watchCurrent(() => void served.refresh()));
  firstRun = await beginFirstRun(parts);
  working.wake();
  return firstRun;
}
