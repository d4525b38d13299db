// When a server is told to stop, and when it is told so in earnest.
import type { Clock } from '../clock.ts';

export interface HearStopParts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** What the signals come to. */
  readonly process: { on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown };
  /** Ends the process at once. */
  readonly exit: () => void;
}

/**
 * Ctrl-C and systemd tell the whole group of processes. Under an older Node bin/groovelake.js is one of it and hands its own signal on, so
 * that one wish to stop comes twice, a few milliseconds apart; a person who presses again needs longer than that.
 */
const SAME_WISH_MS = 1_000;

/** Aborts at the first signal to stop; one that comes later than a second after it ends the process at once. */
export function hearStop({ clock, process, exit }: HearStopParts): AbortSignal {
  const stop = new AbortController();
  let heardAt = 0;
  const hear = () => {
    if (!stop.signal.aborted) {
      heardAt = clock.monotonic();
      stop.abort();
    } else if (clock.monotonic() - heardAt >= SAME_WISH_MS) exit();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, hear);
  return stop.signal;
}
