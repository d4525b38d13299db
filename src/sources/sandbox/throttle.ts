// Spotify's two limits: calls of a client in any 30 seconds, and quotas per family and developer account that last a day (SOURCES 1.3).
import type { Clock } from '../../clock.ts';
import { apiError, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

const WINDOW_MS = 30_000;
const QUOTA_SECONDS = 84_000;
/** What a call during the penalty adds to it. */
const ESCALATION_MS = 2_000;

export interface ThrottleOptions {
  readonly clock: Clock;
  readonly settings: Readonly<SandboxSettings>;
  /** Most calls of one client in any 30 s; null for no limit. */
  readonly windowRequests: number | null;
  /** Most calls of a family before its quota is used up. */
  readonly quotas: Readonly<Record<string, number>>;
}

export interface Throttle {
  /** The refusal of a call of this family, or null. Calling during the penalty lengthens it. */
  check(family: string, caller: { client: string; developer: string }): Reply | null;
}

interface Bucket {
  used: number;
  /** When a used-up quota is filled again; null while some is left. */
  until: number | null;
}

interface Window {
  readonly calls: number[];
  penaltyUntil: number;
  refusals: number;
}

export function createThrottle({ clock, settings, windowRequests, quotas }: ThrottleOptions): Throttle {
  const buckets = new Map<string, Bucket>();
  const windows = new Map<string, Window>();
  const checkQuota = (family: string, developer: string, now: number): Reply | null => {
    const quota = quotas[family];
    if (quota === undefined) return null;
    const bucket = take(buckets, `${developer} ${family}`, (): Bucket => ({ used: 0, until: null }));
    if (bucket.until !== null && now >= bucket.until) Object.assign(bucket, { used: 0, until: null });
    if (bucket.used < quota) {
      bucket.used += 1;
      return null;
    }
    bucket.until ??= now + QUOTA_SECONDS * 1_000;
    return apiError(
      429,
      'Too many requests',
      { reason: 'QUOTA_EXCEEDED' },
      retryAfter(bucket.until, now, settings),
    );
  };
  const checkWindow = (client: string, limit: number, now: number): Reply | null => {
    const window = take(windows, client, (): Window => ({ calls: [], penaltyUntil: 0, refusals: 0 }));
    while (window.calls[0] !== undefined && window.calls[0] <= now - WINDOW_MS) window.calls.shift();
    if (now >= window.penaltyUntil && window.calls.length < limit) {
      window.calls.push(now);
      return null;
    }
    window.refusals += 1;
    const free = (window.calls[0] ?? now) + WINDOW_MS;
    const isEarly = now < window.penaltyUntil;
    window.penaltyUntil = Math.max(free, window.penaltyUntil + (isEarly ? ESCALATION_MS : 0));
    const headers = retryAfter(window.penaltyUntil, now, settings);
    return window.refusals % 2
      ? apiError(429, 'API rate limit exceeded', {}, headers)
      : { status: 429, body: 'Too many requests', headers: { 'content-type': 'text/plain', ...headers } };
  };
  return {
    check: (family, { client, developer }) => {
      const now = clock.now();
      return (
        checkQuota(family, developer, now) ??
        (windowRequests === null ? null : checkWindow(client, windowRequests, now))
      );
    },
  };
}

function retryAfter(
  until: number,
  now: number,
  { retryAfter: form }: SandboxSettings,
): Record<string, string> {
  const seconds = Math.max(1, Math.ceil((until - now) / 1_000));
  if (form === 'none') return {};
  return { 'retry-after': form === 'date' ? new Date(now + seconds * 1_000).toUTCString() : String(seconds) };
}

function take<T>(all: Map<string, T>, key: string, make: () => T): T {
  const found = all.get(key) ?? make();
  all.set(key, found);
  return found;
}
