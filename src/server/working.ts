// What a process does for runs in the roles "all" and "worker": it starts what is due, gives each run a process of its own, ends what
// nobody works on, removes old history, old deliveries and what abandoned runs left, and tells webhooks. In the role "serve" it does none of that.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { createDispatcher } from '../pipeline/runs/dispatcher.ts';
import { createHousekeeping } from '../pipeline/runs/housekeeping.ts';
import { createScheduler } from '../pipeline/runs/scheduler.ts';
import type { WorkerHandle } from '../pipeline/runs/worker-handle.ts';
import type { DeliveryStore } from '../store/deliveries/delivery-store.ts';
import type { Login } from '../store/listening/logins.ts';
import { openLandingStore } from '../store/open-stores.ts';
import { applyConfiguredSchedules } from '../store/runs/configured-schedules.ts';
import type { RunStore } from '../store/runs/run-store.ts';
import { createWebhooks } from './webhooks.ts';

export interface Working {
  /** Looks for runs to start, now. In the role "serve" nothing happens: a worker looks by itself every second. */
  wake(): void;
  /** @throws ConfigError for schedules of the configuration that cannot be read */
  start(): Promise<void>;
  /**
   * Starts nothing more, parks what is under way, and kills what has not stopped by the deadline. Resolves soon after it in any case: a
   * store that is away answers later than whoever started this process waits before it kills it.
   */
  stop(deadlineMs: number): Promise<void>;
}

export interface WorkingParts {
  readonly config: Config;
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  /** Logins of the connected accounts. */
  readonly listLogins: () => Promise<readonly Login[]>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  /** Starts a run's process; src/pipeline/worker.ts unless stated. */
  readonly spawnWorker?: (runId: string) => WorkerHandle;
  /** Called when a run has changed. */
  readonly onChange: (runId: string) => void;
}

/** In it the end of what was killed at the deadline is written down. */
const LAST_WORDS_MS = 1_000;

export function createWorking(parts: WorkingParts): Working {
  const { config, runs, clock, log } = parts;
  if (config.role === 'serve') return { wake: () => {}, start: async () => {}, stop: async () => {} };
  const webhooks = createWebhooks(parts);
  const dispatcher = createDispatcher({ ...parts, onExit: webhooks.wake });
  const scheduler = createScheduler({ config, runs, clock, log, wake: dispatcher.wake });
  const housekeeping = createHousekeeping({ ...parts, openLanding: () => openLandingStore(config, parts) });
  return {
    wake: dispatcher.wake,
    start: async () => {
      await applyConfiguredSchedules(runs, config, clock.now());
      await dispatcher.start();
      scheduler.start();
      housekeeping.start();
      webhooks.start();
    },
    stop: async (deadlineMs) => {
      let cancel = () => {};
      const late = new Promise<void>((resolve) => {
        cancel = clock.after(deadlineMs + LAST_WORDS_MS, () => {
          log.warn('Something does not stop in time and is left behind');
          resolve();
        });
      });
      // Workers are told first: they have most to do.
      const stopped = Promise.all([
        dispatcher.drain(deadlineMs),
        scheduler.stop(),
        housekeeping.stop(),
        webhooks.stop(),
      ]);
      await Promise.race([stopped, late]);
      cancel();
    },
  };
}
