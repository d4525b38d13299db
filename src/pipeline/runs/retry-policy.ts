// Which errors of a step are worth another try, how many, and after what pause: decided by the error's code.
//
// - a source that says when to come back (SOURCE_DEFERRED) is no failure: the run is parked (run-step.ts);
// - disk space does not come back within a run, and another try would only use up the reserve: never;
// - an error that was thrown as one that may pass (isRetryable): GROOVELAKE_STEP_RETRIES further tries;
// - a code named in GROOVELAKE_ERROR_RETRIES: as many as stated there, whatever the error says of itself.
import type { Randomness } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { type ErrorCode, isDiskFull, isGroovelakeError } from '../../errors.ts';
import { toRunError } from './run-error.ts';

const NEVER: readonly ErrorCode[] = ['DISK_FULL', 'FENCED', 'CANCELLED', 'SOURCE_DEFERRED'];

interface Pause {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** A source that stumbles needs longer than a file that another process holds for a moment. */
const PAUSES: Partial<Record<ErrorCode, Pause>> = {
  EXTRACT: { firstMs: 2_000, longestMs: 120_000 },
};
const USUAL: Pause = { firstMs: 1_000, longestMs: 60_000 };

/** How many further tries a step gets after this error. */
export function countRetries(error: unknown, config: Pick<Config, 'stepRetries' | 'errorRetries'>): number {
  const { code } = toRunError(error, null);
  if (isDiskFull(error) || NEVER.includes(code as ErrorCode)) return 0;
  const isRetryable = isGroovelakeError(error) && error.isRetryable;
  return config.errorRetries[code] ?? (isRetryable ? config.stepRetries : 0);
}

/** The pause before the next try, in milliseconds: anything from 0 to a limit that doubles with every try (full jitter). */
export function drawPause(error: unknown, retry: number, random: Randomness): number {
  const { firstMs, longestMs } = PAUSES[toRunError(error, null).code as ErrorCode] ?? USUAL;
  return random.next() * Math.min(longestMs, firstMs * 2 ** retry);
}

/** The time a step may take, in milliseconds. */
export function findTimeout(step: string, config: Pick<Config, 'stepTimeoutMs' | 'stepTimeouts'>): number {
  return config.stepTimeouts[step] ?? config.stepTimeoutMs;
}
