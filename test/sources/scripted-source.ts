// A source that answers from a script, on a clock that jumps over every wait.
import type { Clock } from '../../src/clock.ts';
import { seededRandomness } from '../../src/clock.ts';
import { createFamilies, type Families, type SourceMemory } from '../../src/sources/families.ts';
import { createGate, type Gate } from '../../src/sources/gate.ts';
import { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../../src/sources/http.ts';
import { createWindow } from '../../src/sources/window.ts';

export const START = Date.UTC(2026, 10, 20, 12);

export interface JumpingClock extends Clock {
  /** How long it slept each time, in milliseconds. */
  readonly waits: number[];
}

/** Sleeping takes no time and moves the clock. */
export function createJumpingClock(): JumpingClock {
  let now = START;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    monotonic: () => now - START,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
    after: () => () => {},
    every: () => () => {},
  };
}

/** One answer of a script: an answer, an error to reject with, or a function of the request. */
export type Scripted =
  | Partial<HttpAnswer>
  | Error
  | ((url: string, request: HttpRequest) => Partial<HttpAnswer>);

export interface ScriptedSource {
  readonly clock: JumpingClock;
  readonly http: Http;
  readonly families: Families;
  readonly gate: Gate;
  readonly memory: Map<string, unknown>;
  /** Requests as they were sent, with the time. */
  readonly sent: { url: string; at: number; request: HttpRequest }[];
}

/** The last answer of the script is given for ever. */
export function scriptSource(
  script: readonly Scripted[],
  options: {
    retries?: number;
    windowRequests?: number | null;
    spend?: () => void;
    memory?: Map<string, unknown>;
    key?: string;
    refusedSince?: number;
    passing?: readonly number[];
    stopsAtOnce?: boolean;
    onOddClock?: (message: string) => void;
  } = {},
): ScriptedSource {
  const clock = createJumpingClock();
  const sent: ScriptedSource['sent'] = [];
  const http = createHttp({
    source: 'scripted',
    clock,
    random: seededRandomness(5),
    retries: options.retries ?? 2,
    ...(options.passing ? { passing: options.passing } : {}),
    sendOnce: async (url, request) => {
      const next = script[Math.min(sent.length, script.length - 1)] ?? {};
      sent.push({ url, at: clock.now(), request });
      const answer = typeof next === 'function' ? next(url, request) : next;
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: '{}', ...answer };
    },
  });
  const memory = options.memory ?? new Map<string, unknown>();
  const place: SourceMemory = {
    get: async (key) => memory.get(key),
    set: async (key, value) => void memory.set(key, structuredClone(value)),
  };
  const { key = 'k', refusedSince = 0, onOddClock } = options;
  const families = createFamilies({
    source: 'scripted',
    memory: place,
    clock,
    key,
    refusedSince: () => refusedSince,
    ...(onOddClock ? { onOddClock } : {}),
  });
  const gate = createGate({
    http,
    families,
    window: createWindow(options.windowRequests ?? null, clock),
    clock,
    maxWaitSeconds: 60,
    spend: options.spend ?? (() => {}),
    stopsAtOnce: options.stopsAtOnce ?? false,
  });
  return { clock, http, families, gate, memory, sent };
}
