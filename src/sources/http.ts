// One GET or POST to a source: a time limit, a size limit, and retries of what passes by itself. Never retries a refusal.
import { Agent, request } from 'undici';
import type { Clock, Randomness } from '../clock.ts';
import { ExtractError } from '../errors.ts';

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
}

/** Sends one request; rejects on a network error, a time-out, or a body that is cut or too long. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

export interface Http {
  /** @throws ExtractError when every try failed; the signal's reason when it aborts */
  send: Send;
}

export interface HttpOptions {
  readonly source: string;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly retries: number;
  readonly sendOnce: Send;
}

const PASSING = new Set([500, 502, 503, 504]);
const LONGEST_PAUSE_MS = 30_000;
const FIRST_PAUSE_MS = 250;

/** Repeats a request after a network error, 500, 502, 503 or 504: exponentially longer pauses with full jitter. */
export function createHttp({ source, clock, random, retries, sendOnce }: HttpOptions): Http {
  return {
    send: async (url, request) => {
      for (let attempt = 0; ; attempt++) {
        const result = await sendOnce(url, request).catch((error: unknown) => error);
        request.signal?.throwIfAborted();
        const answer = isAnswer(result) ? result : null;
        if (answer && !PASSING.has(answer.status)) return answer;
        if (attempt >= retries) throw giveUp(source, url, answer, result, attempt + 1);
        const pause = random.next() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt + 1));
        await clock.sleep(pause, request.signal);
      }
    },
  };
}

/** Sends over the network, over connections that are kept. */
export function createNetworkSend(limits: { timeoutMs: number; maxBytes: number; connections: number }): {
  send: Send;
  close(): Promise<void>;
} {
  const agent = new Agent({
    connections: limits.connections,
    headersTimeout: limits.timeoutMs,
    bodyTimeout: limits.timeoutMs,
    connect: { timeout: limits.timeoutMs },
  });
  const send: Send = async (url, { method = 'GET', headers = {}, body, signal }) => {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers,
      body: body ?? null,
      signal: signal ?? null,
    });
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: await readBody(answer.body, answer.headers['content-length'], limits.maxBytes),
    };
  };
  return { send, close: () => agent.close() };
}

/** Seconds until a source may be asked again, from Retry-After as a number or a date; null when it does not say. */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1_000));
}

/** The JSON of an answer, or undefined: bodies of refusals may be text, HTML or empty. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function readBody(
  stream: AsyncIterable<Buffer>,
  announced: string | string[] | undefined,
  maxBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the body has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (announced !== undefined && Number(announced) !== bytes)
    throw new Error(`the body was cut: ${bytes} of ${announced} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}

function giveUp(
  source: string,
  url: string,
  answer: HttpAnswer | null,
  error: unknown,
  tries: number,
): ExtractError {
  const why = answer ? `status ${answer.status}` : error instanceof Error ? error.message : String(error);
  return new ExtractError(
    `"${source}" did not answer ${shorten(url)} after ${tries} tries (${why}). Try again later.`,
    { source, url: shorten(url), ...(answer ? { status: answer.status } : {}) },
    { isRetryable: true, cause: error },
  );
}

function isAnswer(value: unknown): value is HttpAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

/** The address without its query, which may be long. */
function shorten(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
