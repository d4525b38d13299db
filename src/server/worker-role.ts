// The role "worker": schedules and runs, without an API. Several of them may share one run store; a run is claimed by one.
import { type Clock, type Randomness, systemClock, systemRandomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { withReserve } from '../store/disk-space.ts';
import { listLogins } from '../store/listening/logins.ts';
import { openServerStores } from '../store/open-stores.ts';
import { listConfiguredSchedules } from '../store/runs/configured-schedules.ts';
import { createWorking } from './working.ts';

const STOP_MS = 8_000;

/** Works until `stop`, which parks what is under way. @throws ConfigError */
export async function startWorkerRole(
  config: Config,
  parts: { log: Log; clock?: Clock; random?: Randomness },
): Promise<{ stop(): Promise<void> }> {
  const { log, clock = systemClock, random = systemRandomness } = parts;
  listConfiguredSchedules(config);
  await prepareDataDir(config.dataDir, log);
  const { runs, deliveries, close } = await withReserve(config.dataDir, () =>
    openServerStores(config, { clock, random }),
  );
  const working = createWorking({
    config,
    runs,
    deliveries,
    listLogins: () => listLogins(config.dataDir),
    clock,
    random,
    log,
    onChange: () => {},
  });
  await working.start();
  return {
    stop: async () => {
      await working.stop(STOP_MS);
      await close();
    },
  };
}
