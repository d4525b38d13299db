// Holds calls to so many in any 30 seconds, evenly for whoever waits.
import type { Clock } from '../clock.ts';

const WINDOW_MS = 30_000;

export interface CallWindow {
  /**
   * Resolves when one more call may be made, with what must be called when its answer is there.
   *
   * A source counts a call when it arrives, which is any time between its departure and its answer: a place is therefore taken from the
   * departure on, and free 30 s after the answer. Counted by departure alone, a call that travels faster than an earlier one breaks the limit.
   */
  enter(signal?: AbortSignal): Promise<() => void>;
}

/** @param limit calls in any 30 s; null for no limit */
export function createWindow(limit: number | null, clock: Clock): CallWindow {
  if (limit === null) return { enter: async () => () => {} };
  /** On the clock that never steps: a wait must not grow when the machine's is set back, nor the limit break when it is set forward. */
  const answered: number[] = [];
  let underWay = 0;
  let queue: Promise<void> = Promise.resolve();
  let wake = () => {};
  const leave = () => {
    underWay -= 1;
    answered.push(clock.monotonic());
    wake();
  };
  /** Waits for the place that is free first; while all calls are under way, for an answer. */
  const waitForPlace = async (signal: AbortSignal | undefined): Promise<void> => {
    const first = answered[0];
    if (first !== undefined) return clock.sleep(first + WINDOW_MS - clock.monotonic() + 1, signal);
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(signal?.reason);
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      wake = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
    });
  };
  const take = async (signal?: AbortSignal) => {
    for (;;) {
      const now = clock.monotonic();
      while (answered[0] !== undefined && answered[0] <= now - WINDOW_MS) answered.shift();
      if (answered.length + underWay < limit) {
        underWay += 1;
        return once(leave);
      }
      await waitForPlace(signal);
    }
  };
  return {
    enter: (signal) => {
      const turn = queue.then(() => take(signal));
      queue = turn.then(
        () => {},
        () => {},
      );
      return turn;
    },
  };
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
