// What each key may spend: a bucket of points that fills up evenly, one minute's worth at most.
import type { Clock } from '../../clock.ts';
import { invariant } from '../../errors.ts';
import { makeRefusal } from '../error-codes.ts';

export interface RateLimit {
  /**
   * Takes points from a key's bucket. A caller without a key has no bucket.
   *
   * @param paid how many of them have been taken before; where those are all, nothing is refused
   * @throws GraphQLError RATE_LIMITED (429 with Retry-After) when there are not enough
   */
  spend(key: string | null, points: number, paid?: number): void;
  /** Whether a key has so many, without taking them. */
  has(key: string | null, points: number): boolean;
}

/** What every request costs before it is read, so that one that is refused is not free. It is part of what its operation costs. */
export const READING_POINTS = 1;

interface Bucket {
  points: number;
  at: number;
}

/** Of several that come at once each has taken points for reading by then: of a full one they would keep each other waiting for good. */
const NEARLY_FULL = 0.9;

/** More keys than this are forgotten, those longest unused first; a forgotten bucket is full again. */
const MAX_KEYS = 10_000;

/** @param pointsPerMinute 0: no limit */
export function createRateLimit(pointsPerMinute: number, clock: Clock): RateLimit {
  const buckets = new Map<string, Bucket>();
  const perMs = pointsPerMinute / 60_000;

  const fill = (key: string): Bucket => {
    const now = clock.monotonic();
    const known = buckets.get(key) ?? { points: pointsPerMinute, at: now };
    const filled = { points: Math.min(pointsPerMinute, known.points + (now - known.at) * perMs), at: now };
    buckets.delete(key);
    buckets.set(key, filled);
    if (buckets.size > MAX_KEYS) buckets.delete(buckets.keys().next().value as string);
    return filled;
  };

  return {
    has: (key, points) => key === null || pointsPerMinute === 0 || fill(key).points >= points,
    spend: (key, points, paid = 0) => {
      invariant(points >= paid, `an operation costs ${points} points, and ${paid} are paid`);
      if (key === null || pointsPerMinute === 0 || points === paid) return;
      const bucket = fill(key);
      const had = bucket.points + paid;
      // An operation dearer than a whole bucket would never run: a bucket that is nearly full lets it through and goes into debt.
      const needed = Math.min(points, pointsPerMinute * NEARLY_FULL);
      if (had >= needed) {
        bucket.points -= points - paid;
        return;
      }
      const seconds = Math.ceil((needed - had) / perMs / 1_000);
      throw makeRefusal(
        'RATE_LIMITED',
        `The operation costs ${points} points; this key has ${Math.max(0, Math.floor(had))} of ${pointsPerMinute} a minute left. Ask again in ${seconds} s, or for less.`,
        { given: points, limit: pointsPerMinute, isRetryable: true },
        { headers: { 'retry-after': String(seconds) } },
      );
    },
  };
}
