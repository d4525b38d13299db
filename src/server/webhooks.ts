// Sends what the outbox holds: signed, with growing pauses after a failure, until it has been taken or tried long enough. An address that
// takes something is offered one after the other what still waits for it, and loses nothing by refusing that.
// Signed as Standard Webhooks has it (https://www.standardwebhooks.com, read 2026-11-26): webhook-signature is "v1," and the base64 of
// HMAC-SHA256 over "ID.TIMESTAMP.BODY" with the shared secret.
import { createHmac } from 'node:crypto';
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import { type Log, sayErrorsSeldom } from '../log.ts';
import { type Delivery, type DeliveryStore, LONGEST_PAUSE_MS } from '../store/deliveries/delivery-store.ts';
import type { Login } from '../store/listening/logins.ts';
import type { RunStore } from '../store/runs/run-store.ts';
import { enqueueLoginNotices } from './login-notices.ts';
import { enqueueNotices } from './run-notices.ts';

export interface WebhookParts {
  readonly config: Pick<
    Config,
    'webhookUrls' | 'webhookSecret' | 'webhookEvents' | 'webhookTries' | 'webhookTimeoutMs' | 'loginWarnDays'
  >;
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  /** Logins of the connected accounts. */
  readonly listLogins: () => Promise<readonly Login[]>;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  readonly fetch?: typeof fetch;
}

export interface Webhooks {
  /** A run has ended, as a rule: there may be something to tell. */
  wake(): void;
  start(): void;
  /** Resolves when the deliveries under way are over, or were given up after two seconds; these and the others are sent after the next start. */
  stop(): Promise<void>;
}

/** Ends of other processes, and what nobody works on, are looked for so often; the end of a worker of this one wakes it at once. */
const LOOK_MS = 5_000;
/** Logins end by the day. */
const LOOK_AT_LOGINS_MS = 60_000;
/** Deliveries under way at once. */
const BATCH = 8;
const FIRST_PAUSE_MS = 5_000;
/** A stop waits so long for answers. */
const STOP_GRACE_MS = 2_000;
/** The receiver says that it is gone for good. */
const GONE = 410;
/** Statuses with which a receiver says when it wants to be asked again. */
const BUSY: readonly number[] = [429, 503];

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { config, deliveries, clock, log } = parts;
  const complain = sayErrorsSeldom(log, clock.monotonic);
  let working = Promise.resolve();
  let isWoken = false;
  let isStopped = false;
  const giveUp = new AbortController();
  let loginsSeenAt = Number.NEGATIVE_INFINITY;
  const addresses: Addresses = { willing: new Set(), quietUntil: new Map(), refusedEarly: new Map() };
  let stopLooking = () => {};

  const look = async () => {
    isWoken = false;
    const { runs } = parts;
    const { webhookUrls: urls, webhookEvents: types, loginWarnDays: days } = config;
    const receivers = urls.map((url) => ({ deliveries, url, types }));
    for (const receiver of receivers) {
      if (isStopped) return;
      await enqueueNotices({ ...receiver, runs }, clock.now());
    }
    try {
      if (types.includes('login.ends') && clock.monotonic() - loginsSeenAt >= LOOK_AT_LOGINS_MS) {
        loginsSeenAt = clock.monotonic();
        const logins = await parts.listLogins();
        for (const receiver of receivers) await enqueueLoginNotices(receiver, { logins, days }, clock.now());
      }
    } catch (error) {
      complain('Webhooks could not be told of logins', { error });
    }
    const leaseMs = 2 * config.webhookTimeoutMs;
    while (!isStopped) {
      const listening = urls.filter((url) => (addresses.quietUntil.get(url) ?? 0) <= clock.monotonic());
      const due = await deliveries.take(clock.now(), { urls: listening, leaseMs, first: BATCH });
      const early = await takeEarly(listening, leaseMs, addresses, parts);
      if (due.length + early.length === 0) break;
      const stop = giveUp.signal;
      await Promise.all([
        ...due.map((delivery) => deliver(delivery, { isEarly: false, stop }, addresses, parts)),
        ...early.map((delivery) => deliver(delivery, { isEarly: true, stop }, addresses, parts)),
      ]);
      // There may be something new to tell, which comes before what waits for hours: the next look, which is on its way, goes on here.
      if (isWoken) break;
    }
  };
  const wake = () => {
    if (isWoken || isStopped || config.webhookUrls.length === 0) return;
    isWoken = true;
    working = working
      .then(look)
      .catch((error: unknown) => complain('Webhooks could not be looked after', { error }));
  };
  return {
    wake,
    start: () => {
      stopLooking = clock.every(LOOK_MS, wake);
      wake();
    },
    stop: async () => {
      isStopped = true;
      stopLooking();
      const cancel = clock.after(STOP_GRACE_MS, () => giveUp.abort());
      await working;
      cancel();
    },
  };
}

/** What this process has seen of the addresses. */
interface Addresses {
  /** Have just taken something, and may be offered what waits for hours. */
  readonly willing: Set<string>;
  /** Until when, on the monotonic clock, they asked to be told nothing. */
  readonly quietUntil: Map<string, number>;
  /** Deliveries that were offered before their time, and refused, each with its time: none is again before then. */
  readonly refusedEarly: Map<string, number>;
}

/** Takes one that waits of each address that has just taken something. */
async function takeEarly(
  listening: readonly string[],
  leaseMs: number,
  { willing, refusedEarly }: Addresses,
  { deliveries, clock }: Pick<WebhookParts, 'deliveries' | 'clock'>,
): Promise<Delivery[]> {
  for (const [id, nextAt] of refusedEarly) if (nextAt <= clock.now()) refusedEarly.delete(id);
  const besides = new Set(refusedEarly.keys());
  const early: Delivery[] = [];
  for (const url of listening.filter((each) => willing.delete(each))) {
    const next = await deliveries.takeWaiting(url, clock.now(), { leaseMs, besides });
    if (next) early.push(next);
  }
  return early;
}

interface Offer {
  /** Before its time: a refusal is no try, and the delivery waits on as it did. */
  readonly isEarly: boolean;
  /** Aborts when nothing is waited for any more: a delivery that has no answer then is as it was before. */
  readonly stop: AbortSignal;
}

async function deliver(
  delivery: Delivery,
  { isEarly, stop }: Offer,
  { willing, quietUntil, refusedEarly }: Addresses,
  parts: WebhookParts,
): Promise<void> {
  const { config, deliveries, clock, random, log } = parts;
  const { id, url } = delivery;
  const failure = await send(delivery, parts, stop);
  if (failure && stop.aborted) {
    const lastError = 'There was no answer before this server stopped.';
    const nextAt = isEarly ? delivery.nextAt : clock.now();
    return deliveries.settle(id, { state: 'PENDING', tries: delivery.tries, nextAt, lastError });
  }
  refusedEarly.delete(id);
  if (failure === null) {
    const tries = delivery.tries + 1;
    await deliveries.settle(id, { state: 'DELIVERED', tries, nextAt: 0, lastError: null });
    willing.add(url);
    return;
  }
  const { message, isFinal, quietMs } = failure;
  if (quietMs > 0) quietUntil.set(url, clock.monotonic() + quietMs);
  const tries = delivery.tries + (isEarly ? 0 : 1);
  const isLast = isFinal || (!isEarly && tries >= config.webhookTries);
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** (tries - 1)) * (0.5 + random.next() / 2);
  const ownAt = isEarly ? delivery.nextAt : clock.now() + Math.round(pause);
  const nextAt = Math.max(ownAt, clock.now() + quietMs);
  if (isEarly && !isLast) refusedEarly.set(id, nextAt);
  const state = isLast ? 'GIVEN_UP' : 'PENDING';
  await deliveries.settle(id, { state, tries, nextAt, lastError: message });
  const said = { webhook: new URL(url).origin, notice: delivery.messageId, tries, error: message };
  if (isLast) log.error('A webhook was given up', said);
  else log.warn('A webhook was not taken; it is tried again', said);
}

interface Failure {
  readonly message: string;
  /** It need not be tried again. */
  readonly isFinal: boolean;
  /** For so long the address wants to be told nothing. */
  readonly quietMs: number;
}

async function send(
  { url, body, messageId }: Delivery,
  { config, clock, fetch: request = fetch }: WebhookParts,
  stop: AbortSignal,
): Promise<Failure | null> {
  const timestamp = String(Math.floor(clock.now() / 1000));
  try {
    const { address, credentials } = readTarget(url);
    const response = await request(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'groovelake',
        ...credentials,
        'webhook-id': messageId,
        'webhook-timestamp': timestamp,
        'webhook-signature': sign({ secret: config.webhookSecret ?? '', id: messageId, timestamp, body }),
      },
      body,
      // An address that was allowed must not lead to one that was not.
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(config.webhookTimeoutMs)]),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    const { status, headers } = response;
    const quietMs = BUSY.includes(status) ? readRetryAfter(headers.get('retry-after'), clock.now()) : 0;
    return { message: `HTTP ${status}`, isFinal: status === GONE, quietMs };
  } catch (error) {
    const { cause, message } = error as Error;
    return {
      message: showOrigins(cause instanceof Error ? cause.message : message),
      isFinal: false,
      quietMs: 0,
    };
  }
}

/** Milliseconds of a Retry-After (RFC 9110, 10.2.3: seconds, or a date), no more than anything is put off for; 0 for none. */
function readRetryAfter(value: string | null, now: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? 1000 * Number(value) : Date.parse(value) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), LONGEST_PAUSE_MS);
}

/** What is asked of an address with a user, which fetch refuses as it is. */
function readTarget(url: string): { address: string; credentials: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address: url, credentials: {} };
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  address.username = '';
  address.password = '';
  return {
    address: address.href,
    credentials: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  };
}

/** The same text with the origins of its addresses: the path of a webhook is often its only secret. */
function showOrigins(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'<>]+/gi, (url) =>
    URL.canParse(url) ? new URL(url).origin : '***',
  );
}

/** The value of webhook-signature. */
export function sign(given: { secret: string; id: string; timestamp: string; body: string }): string {
  const text = `${given.id}.${given.timestamp}.${given.body}`;
  return `v1,${createHmac('sha256', toKey(given.secret)).update(text).digest('base64')}`;
}

/** As that standard has it, a secret is "whsec_" and the key in base64; one that is not is the key itself. */
function toKey(secret: string): Buffer {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  return base64 && base64.length % 4 === 0 ? Buffer.from(base64, 'base64') : Buffer.from(secret);
}
