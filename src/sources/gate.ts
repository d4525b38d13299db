// Calls within a source's limits: its blocks, its pauses, our window and the run's budget before every try, and obedience to 429 and to
// every other answer that says when to come back.
import type { Clock } from '../clock.ts';
import { ExtractError, type SourceDeferredError } from '../errors.ts';
import type { Families } from './families.ts';
import { type Http, type HttpAnswer, type HttpRequest, type JsonAnswer, readRetryAfter } from './http.ts';
import type { CallWindow } from './window.ts';

export interface Gate {
  /** @throws SourceDeferredError when the source asks to be left alone for longer than is waited */
  send(family: string, url: string, request: HttpRequest): Promise<JsonAnswer>;
}

export interface GateOptions {
  readonly http: Http;
  readonly families: Families;
  readonly window: CallWindow;
  readonly clock: Clock;
  /** A Retry-After up to so long is waited out; a longer one blocks the family. */
  readonly maxWaitSeconds: number;
  /** A single 429 ends it: for sources that ask to be left alone rather than called more slowly. */
  readonly stopsAtOnce?: boolean;
  /** Called before each request; throws when the run's budget for the family is used up. */
  readonly spend: (family: string) => Promise<void> | void;
}

/** After so many refusals of one call the family is blocked, however short the waits that were asked for. */
const RATE_TRIES = 5;
/** A used-up quota lasts up to a day; where the source does not say how long, it is asked again so much later. */
const QUOTA_SECONDS = 3_600;

export function createGate(options: GateOptions): Gate {
  const { http, families, window, clock, spend } = options;
  /** @returns what must be called when the answer is there */
  const admit = async (family: string, signal: AbortSignal | undefined): Promise<() => void> => {
    for (;;) {
      const wait = await families.holdOff(family);
      if (wait > 0) {
        await clock.sleep(wait, signal);
        continue;
      }
      const leave = await window.enter(signal);
      try {
        // The family may have been blocked or paused by another call while this one stood at the window.
        if ((await families.holdOff(family)) === 0) {
          signal?.throwIfAborted();
          await spend(family);
          families.count(family);
          return leave;
        }
        leave();
      } catch (error) {
        leave();
        throw error;
      }
    }
  };
  return {
    send: async (family, url, request) => {
      for (let attempt = 1; ; attempt++) {
        const answer = await http
          .send(url, {
            ...request,
            beforeTry: () => admit(family, request.signal),
            onWait: (ms) => families.pause(family, ms),
          })
          .catch(async (error: unknown) => {
            if (error instanceof ExtractError) await families.noteError(family, error.message);
            throw error;
          });
        // A refusal of the key or of the call; an unknown id is an answer like others.
        if (answer.status >= 400 && answer.status !== 404) await families.noteError(family, describe(answer));
        if (answer.status !== 429 && !isPutOff(answer, options)) return answer;
        const deferred = await obey(options, family, answer, attempt);
        if (deferred) throw deferred;
      }
    },
  };
}

/** Whether a server that fails says itself that it will for longer than is waited (RFC 9110, 10.2.3). */
function isPutOff({ status, headers }: JsonAnswer, { clock, maxWaitSeconds }: GateOptions): boolean {
  return status >= 500 && (readRetryAfter(headers['retry-after'], clock.now()) ?? 0) > maxWaitSeconds;
}

/** Pauses the whole family for as long as the source says, or blocks it and answers with the error to throw. */
async function obey(
  { families, clock, maxWaitSeconds, stopsAtOnce = false }: GateOptions,
  family: string,
  answer: JsonAnswer,
  attempt: number,
): Promise<SourceDeferredError | null> {
  const now = clock.now();
  const isQuota = stopsAtOnce || quotaReason(answer) === 'QUOTA_EXCEEDED';
  const said = readRetryAfter(answer.headers['retry-after'], now);
  const seconds = Math.max(1, said ?? (isQuota ? QUOTA_SECONDS : 2 ** attempt));
  if (isQuota || seconds > maxWaitSeconds || attempt >= RATE_TRIES)
    return families.block(family, now + seconds * 1_000, describe(answer));
  families.pause(family, seconds * 1_000);
  return null;
}

/** A body is read no further to say what it says: tags that never end take the square of its length to be looked for. */
const DESCRIBED = 4_000;
const LONGEST_MESSAGE = 500;

/** Status and what the source said about it, as text. */
export function describe(answer: HttpAnswer & { readonly value?: unknown }): string {
  const message = (answer.value as { error?: { message?: unknown } } | null | undefined)?.error?.message;
  const text = answer.body
    .slice(0, DESCRIBED)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  const said = typeof message === 'string' ? message.slice(0, LONGEST_MESSAGE) : text.trim().slice(0, 120);
  return `status ${answer.status}${said ? `: ${said}` : ''}`;
}

function quotaReason(answer: JsonAnswer): unknown {
  return (answer.value as { error?: { reason?: unknown } } | null | undefined)?.error?.reason;
}
