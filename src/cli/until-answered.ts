// A command that follows a run asks again and again. A server that is busy, or starts once more, has not lost the run: it is asked a little later.
import type { Clock } from '../clock.ts';
import { isGroovelakeError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** A server that is started again answers sooner; a key has all its points again. */
const LONGEST_MS = 60_000;
const PAUSE_MS = 1_000;

/**
 * What `ask` answers, however often it fails within a minute with an error that says that trying again may help. Only for what may be asked
 * twice.
 *
 * @throws what it fails with in any other way, still fails with after the minute, or fails with once the signal has aborted
 */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  { terminal, clock, signal }: { terminal: Terminal; clock: Clock; signal?: AbortSignal | undefined },
): Promise<T> {
  const deadline = clock.monotonic() + LONGEST_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const mayHelp = isGroovelakeError(error) && error.isRetryable;
      if (!mayHelp || signal?.aborted || clock.monotonic() >= deadline) throw error;
      terminal.status(`  ${error.message}`, '  The run is not touched by that. Asking again ...');
      await clock.sleep(PAUSE_MS, signal).catch(() => {});
    }
  }
}
