// Spotify's two limits: calls in any 30 seconds, and quotas per family that last a day (SOURCES 1.3).
import type { Clock } from '../../clock.ts';
import { apiError, type Reply } from './reply.ts';

const WINDOW_MS = 30_000;
const QUOTA_SECONDS = 84_000;

export interface Throttle {
  /** The refusal of a call of this family, or null. Calling during the penalty lengthens it. */
  check(family: string): Reply | null;
}

export function createThrottle(
  clock: Clock,
  { windowRequests, quotas }: { windowRequests: number | null; quotas: Readonly<Record<string, number>> },
): Throttle {
  const calls: number[] = [];
  const used = new Map<string, number>();
  let penaltyUntil = 0;
  let refusals = 0;
  return {
    check: (family) => {
      const now = clock.now();
      const quota = quotas[family];
      if (quota !== undefined && (used.get(family) ?? 0) >= quota) {
        return apiError(
          429,
          'Too many requests',
          { reason: 'QUOTA_EXCEEDED' },
          { 'retry-after': String(QUOTA_SECONDS) },
        );
      }
      used.set(family, (used.get(family) ?? 0) + 1);
      if (windowRequests === null) return null;
      while (calls[0] !== undefined && calls[0] <= now - WINDOW_MS) calls.shift();
      if (now >= penaltyUntil && calls.length < windowRequests) {
        calls.push(now);
        return null;
      }
      refusals += 1;
      const free = (calls[0] ?? now) + WINDOW_MS;
      penaltyUntil = Math.max(free, penaltyUntil + (now < penaltyUntil ? 2_000 : 0));
      const seconds = String(Math.max(1, Math.ceil((penaltyUntil - now) / 1_000)));
      return refusals % 2
        ? apiError(429, 'API rate limit exceeded', {}, { 'retry-after': seconds })
        : {
            status: 429,
            body: 'Too many requests',
            headers: { 'content-type': 'text/plain', 'retry-after': seconds },
          };
    },
  };
}
