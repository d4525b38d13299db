// What a run has published is served at once.
import type { RunStore } from '../store/runs/run-store.ts';
import type { Served } from '../store/snapshots/served.ts';
import type { OpenSnapshot } from './open-snapshot.ts';

/**
 * The worker says that its run has changed: what it published is served at once, not at the next look at CURRENT. Each snapshot is
 * looked at once, since a look proves every file of it.
 */
export function serveAtOnce(runs: RunStore, served: Served<OpenSnapshot>): (runId: string) => void {
  let latest = '';
  return (runId) => {
    const look = async () => {
      const published = (await runs.findRun(runId))?.snapshotId ?? '';
      if (published <= latest) return;
      latest = published;
      if (published !== served.findManifest()?.id) await served.refresh();
    };
    // CURRENT is watched too: what fails here is made good by the next look.
    look().catch(() => {});
  };
}
