// Holds calls to so many in any 30 seconds, evenly for whoever waits.
import type { Clock } from '../clock.ts';

const WINDOW_MS = 30_000;

export interface CallWindow {
  /** Resolves when one more call may be made. */
  enter(signal?: AbortSignal): Promise<void>;
}

/** @param limit calls in any 30 s; null for no limit */
export function createWindow(limit: number | null, clock: Clock): CallWindow {
  if (limit === null) return { enter: async () => {} };
  const calls: number[] = [];
  let queue: Promise<void> = Promise.resolve();
  const take = async (signal?: AbortSignal) => {
    for (;;) {
      const now = clock.now();
      while (calls[0] !== undefined && calls[0] <= now - WINDOW_MS) calls.shift();
      if (calls.length < limit) {
        calls.push(now);
        return;
      }
      await clock.sleep((calls[0] ?? now) + WINDOW_MS - now + 1, signal);
    }
  };
  return {
    enter: (signal) => {
      const turn = queue.then(() => take(signal));
      queue = turn.catch(() => {});
      return turn;
    },
  };
}
