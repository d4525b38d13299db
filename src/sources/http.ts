// One GET or POST to a source: a time limit, a size limit, and retries of what passes by itself. Never retries a refusal.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Agent, request } from 'undici';
import type { Clock, Randomness } from '../clock.ts';
import { ExtractError, messageOf, TimeoutError } from '../errors.ts';
import { LONGEST_BLOCK_MS } from '../source-memory.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Takes an answer of 200 whose body is no JSON (a cut one, a captive portal's page) for a failure that passes. */
  readonly expectsJson?: boolean;
  /**
   * Awaited before each try, so that a further try is held to the same limits as the first; throws to give up. What it answers with is
   * called when the try is over.
   */
  readonly beforeTry?: () => Promise<(() => void) | undefined>;
  /** Told how long an answer that passes asks to be left alone, where that is no longer than is waited; in milliseconds. */
  readonly onWait?: (ms: number) => void;
}

/** Sends one request; rejects on a network error, a time-out, or a body that is cut or too long. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

export interface Http {
  /**
   * A status that passes is tried again, unless its Retry-After is longer than is waited: then it is an answer like others.
   *
   * @throws ExtractError when every try failed; the signal's reason when it aborts
   */
  send(url: string, request: HttpRequest): Promise<JsonAnswer>;
}

/** `value` is the body as JSON; undefined where it is none, as the bodies of refusals often are. */
export interface JsonAnswer extends HttpAnswer {
  readonly value: unknown;
}

export interface HttpOptions {
  readonly source: string;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly retries: number;
  readonly sendOnce: Send;
  /** Statuses that are tried again: 500, 502, 503 and 504 unless stated. */
  readonly passing?: readonly number[];
  /** Longest Retry-After that is waited out between two tries; a minute unless stated. */
  readonly maxWaitSeconds?: number;
}

const PASSING = [500, 502, 503, 504];
const LONGEST_PAUSE_MS = 30_000;
const FIRST_PAUSE_MS = 250;
const USUAL_WAIT_S = 60;

/** Repeats a request after a network error or a status that passes: exponentially longer pauses with full jitter. */
export function createHttp(options: HttpOptions): Http {
  const {
    source,
    clock,
    random,
    retries,
    sendOnce,
    passing = PASSING,
    maxWaitSeconds = USUAL_WAIT_S,
  } = options;
  return {
    send: async (url, request) => {
      for (let attempt = 0; ; attempt++) {
        const afterTry = await request.beforeTry?.();
        const result = await sendOnce(url, request).catch((error: unknown) => error);
        afterTry?.();
        request.signal?.throwIfAborted();
        if (result instanceof ExtractError) throw result;
        const answer = isAnswer(result) ? { ...result, value: parseJson(result.body) } : null;
        if (answer && !passing.includes(answer.status) && !isGarbled(answer, request)) return answer;
        const said = answer ? (readRetryAfter(answer.headers['retry-after'], clock.now()) ?? 0) : 0;
        if (answer && said > maxWaitSeconds) return answer;
        if (said > 0) request.onWait?.(said * 1_000);
        if (attempt >= retries) throw giveUp(source, url, answer, result, attempt + 1);
        const pause = random.next() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt + 1));
        await clock.sleep(Math.max(pause, said * 1_000), request.signal);
      }
    },
  };
}

/** It has no body, though it may say how long that of a 200 would be (RFC 9110, 8.6). */
const NOT_MODIFIED = 304;

/** Sends over the network, over connections that are kept. */
export function createNetworkSend(limits: {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly connections: number;
  /** Asks for compressed bodies; unless stated, of every host but one on this machine. */
  readonly isCompressed?: boolean;
}): { send: Send; close(): Promise<void> } {
  const agent = new Agent({ connections: limits.connections, connect: { timeout: limits.timeoutMs } });
  const send: Send = async (url, { method = 'GET', headers = {}, body, signal }) => {
    // One limit for the whole answer: a source that sends a byte now and then would outlast any limit on silence.
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancel = limits.clock.after(limits.timeoutMs, () =>
      stop.abort(new TimeoutError(`no whole answer within ${limits.timeoutMs} ms`)),
    );
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers: asksForLess(url, limits.isCompressed)
          ? { 'accept-encoding': 'br, gzip', ...headers }
          : headers,
        body: body ?? null,
        signal: stop.signal,
      });
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: answer.statusCode === NOT_MODIFIED ? '' : await readBody(url, answer, limits.maxBytes),
      };
    } finally {
      cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  };
  return { send, close: () => agent.close() };
}

const LONGEST_RETRY_AFTER_S = LONGEST_BLOCK_MS / 1_000;

/** Seconds until a source may be asked again, from Retry-After as a number or a date; null when it does not say. */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), LONGEST_RETRY_AFTER_S);
  // Date.parse takes almost anything for a date, "-5" too; an HTTP date begins with its weekday.
  const date = /^[a-z]{3,9},? /i.test(text) ? Date.parse(withZone(text)) : Number.NaN;
  if (Number.isNaN(date)) return null;
  return Math.min(Math.max(0, Math.ceil((date - now) / 1_000)), LONGEST_RETRY_AFTER_S);
}

/** The oldest form of an HTTP date names no zone and means GMT as the others do (RFC 9110, 5.6.7); read as it is it would mean the machine's. */
function withZone(date: string): string {
  return /(?:[a-z]|[+-]\d\d:?\d\d)$/i.test(date) ? date : `${date} GMT`;
}

/** The JSON of a text, or undefined. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isGarbled(answer: JsonAnswer, { expectsJson }: HttpRequest): boolean {
  return expectsJson === true && answer.status === 200 && answer.value === undefined;
}

function asksForLess(url: string, isCompressed: boolean | undefined): boolean {
  return isCompressed ?? !/^https?:\/\/(?:127\.|localhost|\[::1\])/.test(url);
}

interface RawAnswer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Buffer>;
}

async function readBody(url: string, { headers, body }: RawAnswer, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLong(url, maxBytes);
    chunks.push(chunk);
  }
  const announced = headers['content-length'];
  if (announced !== undefined && Number(announced) !== bytes)
    throw new Error(`the body was cut: ${bytes} of ${announced} bytes`);
  const [only] = chunks;
  const whole = only && chunks.length === 1 ? only : Buffer.concat(chunks);
  return (await expand(url, whole, String(headers['content-encoding'] ?? 'identity'), maxBytes)).toString(
    'utf8',
  );
}

const EXPANDERS = { gzip: promisify(gunzip), br: promisify(brotliDecompress), deflate: promisify(inflate) };

/** A small body may expand to any length: the limit holds for both. A damaged one is an error that passes. */
async function expand(url: string, body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  if (encoding === 'identity' || body.length === 0) return body;
  if (!Object.hasOwn(EXPANDERS, encoding)) throw new Error(`the body is encoded as "${encoding}"`);
  try {
    return await EXPANDERS[encoding as keyof typeof EXPANDERS](body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(url, maxBytes);
    throw new Error(`the body is damaged: ${messageOf(error)}`, { cause: error });
  }
}

/** Another try would bring as much again. */
function tooLong(url: string, maxBytes: number): ExtractError {
  return new ExtractError(
    `The answer of ${shorten(url)} has more than ${maxBytes} bytes. Raise GROOVELAKE_HTTP_MAX_BYTES if so much is right.`,
    { source: new URL(url).host, url: shorten(url) },
  );
}

function giveUp(
  source: string,
  url: string,
  answer: HttpAnswer | null,
  error: unknown,
  tries: number,
): ExtractError {
  const said = answer
    ? `status ${answer.status}${answer.status === 200 ? ' with a body that is no JSON' : ''}`
    : messageOf(error);
  return new ExtractError(
    `"${source}" did not answer ${shorten(url)} after ${tries} tries (${said}). Try again later.`,
    { source, url: shorten(url), ...(answer ? { status: answer.status } : {}) },
    { isRetryable: true, ...(answer ? {} : { cause: error }) },
  );
}

function isAnswer(value: unknown): value is HttpAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

/** The address without its query, which may be long. */
function shorten(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
