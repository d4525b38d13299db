// Time and chance come in through this port, so that a test can script both. Nothing else in src/ asks the machine
// for the time, sets a timer or draws a random number (a check in `npm test` holds it).
import { randomBytes } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds on a clock that never steps back; for durations only. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` every `ms`; the returned function stops it. Does not keep the process alive. */
  every(ms: number, run: () => void): () => void;
}

export interface Randomness {
  /** 0 <= x < 1 */
  next(): number;
  /** Lower-case hexadecimal digits of `bytes` random bytes. */
  hex(bytes: number): string;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

export const systemRandomness: Randomness = {
  next: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  hex: (bytes) => randomBytes(bytes).toString('hex'),
};

/** A repeatable generator (mulberry32) for samples, synthetic data and tests: the same seed gives the same numbers. */
export function seededRandomness(seed: number): Randomness {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    hex: (bytes) =>
      Array.from({ length: bytes }, () =>
        Math.floor(next() * 256)
          .toString(16)
          .padStart(2, '0'),
      ).join(''),
  };
}

/** Clocks of two machines differ: so far ahead a time may lie that was noted before. */
export const CLOCK_SLACK_MS = 3_600_000;

/** Whether a time that was noted before lies so far ahead that the clock was wrong then, or is wrong now. Both in milliseconds since 1970. */
export function isAhead(noted: number, now: number): boolean {
  return noted > now + CLOCK_SLACK_MS;
}

/** An instant as ISO 8601 in UTC with milliseconds. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i;

/** Milliseconds since 1970 of an ISO 8601 instant with an offset; null for what is none, such as 30 February, which Date.parse takes for 2 March. */
export function parseInstant(text: string): number | null {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  const day = text.slice(0, 10);
  return Number.isNaN(ms) || !toIso(Date.parse(day)).startsWith(day) ? null : ms;
}
