// The invented listener: without a key there is somebody whose listening can be asked about, once the sandbox's catalogue is served.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { findAccount, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import type { RunStore } from '../store/runs/run-store.ts';
import { triggerRun } from '../store/runs/trigger.ts';
import type { Served } from '../store/snapshots/served.ts';

/** Has the listener's plays landed once the run that fills an empty folder has published: beside real data nobody is invented. */
export function inviteSandboxListener(parts: {
  readonly config: Config;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly served: Pick<Served<never>, 'onSwap'>;
  readonly log: Log;
  /** The run that fills an empty folder; null when it was not empty. */
  readonly findFirstRunId: () => string | null;
  readonly wake: () => void;
}): void {
  const { config, runs, clock, log } = parts;
  if (!config.isSandbox) return;
  let isInvited = false;
  const invite = async () => {
    if (await findAccount(config.dataDir, SANDBOX_ACCOUNT)) return;
    await triggerRun(runs, clock, {
      pipeline: 'HISTORY',
      trigger: 'BOOT',
      parameters: { account: SANDBOX_ACCOUNT },
    });
    parts.wake();
  };
  parts.served.onSwap((manifest) => {
    if (isInvited || manifest.runId !== parts.findFirstRunId()) return;
    isInvited = true;
    invite().catch((error: unknown) => log.warn('The invented listener could not be invited', { error }));
  });
}
