// Removes the history of runs that nobody will read any more, the batches that nobody will complete and the deliveries that nobody waits
// for, so that the stores do not grow without end.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { DeliveryStore } from '../../store/deliveries/delivery-store.ts';
import type { LandingStore } from '../../store/landing/landing-store.ts';
import type { RunStore } from '../../store/runs/run-store.ts';
import { discardAbandoned } from './discard-abandoned.ts';

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
  readonly deliveries: Pick<DeliveryStore, 'removeOld'>;
  /** Opened for a look and closed after it: landing is the workers' business. Null: nothing has landed yet. */
  readonly openLanding: () => Promise<LandingStore | null>;
  readonly clock: Clock;
  readonly log: Log;
}): Housekeeping {
  const { config, runs, deliveries, clock, log } = parts;
  let cleaning = Promise.resolve();
  let stopTicking = () => {};
  let isStopped = false;
  /** What a stop lets begin no more. */
  const unlessStopped = (work: () => Promise<void>) => () => (isStopped ? undefined : work());
  const findOldest = () => clock.now() - config.keepRunDays * DAY_MS;
  const removeHistory = async (before: number) => {
    const removed = await runs.removeHistory(before);
    if (removed.events + removed.ticks > 0) log.info('Old history was removed', { ...removed });
  };
  const removeBatches = async (before: number) => {
    const landing = await parts.openLanding();
    if (landing) await discardAbandoned({ landing, runs, clock, log }, before).finally(() => landing.close());
  };
  const removeDeliveries = async () => {
    const removed = await deliveries.removeOld(findOldest());
    if (removed.settled + removed.unsent > 0) log.info('Old webhook deliveries were removed', { ...removed });
  };
  const clean = () => {
    const before = findOldest();
    cleaning = cleaning
      .then(unlessStopped(() => removeHistory(before)))
      .catch((error: unknown) => log.warn('Old history could not be removed', { error }))
      .then(unlessStopped(() => removeBatches(before)))
      .catch((error: unknown) => log.warn('Abandoned batches could not be discarded', { error }));
  };
  return {
    start: () => {
      stopTicking = clock.every(HOUR_MS, () => {
        clean();
        // Not at the start: what waited while no process ran is sent first.
        cleaning = cleaning
          .then(unlessStopped(removeDeliveries))
          .catch((error: unknown) => log.warn('Old webhook deliveries could not be removed', { error }));
      });
      clean();
    },
    stop: async () => {
      isStopped = true;
      stopTicking();
      await cleaning;
    },
  };
}
