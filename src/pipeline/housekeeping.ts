// Removes the history of runs that nobody will read any more, so that the run store does not grow without end.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { RunStore } from '../store/runs/run-store.ts';

export interface Housekeeping {
  start(): void;
  stop(): Promise<void>;
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** Once at the start and then every hour; with nothing to remove it costs a look. */
export function createHousekeeping(parts: {
  readonly config: Pick<Config, 'keepRunDays'>;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
}): Housekeeping {
  const { config, runs, clock, log } = parts;
  let cleaning = Promise.resolve();
  let stopTicking = () => {};
  const clean = () => {
    cleaning = cleaning
      .then(async () => {
        const removed = await runs.removeHistory(clock.now() - config.keepRunDays * DAY_MS);
        if (removed.events + removed.ticks > 0) log.info('Old history was removed', { ...removed });
      })
      .catch((error: unknown) => log.warn('Old history could not be removed', { error }));
  };
  return {
    start: () => {
      stopTicking = clock.every(HOUR_MS, clean);
      clean();
    },
    stop: async () => {
      stopTicking();
      await cleaning;
    },
  };
}
