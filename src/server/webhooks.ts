// Sends what the outbox holds: signed, with growing pauses after a failure, until it has been taken or tried long enough.
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
  /** Resolves when the delivery under way is over; the others are sent after the next start. */
  stop(): Promise<void>;
}

/** Ends of other processes, and what nobody works on, are looked for so often; the end of a worker of this one wakes it at once. */
const LOOK_MS = 5_000;
/** Logins end by the day. */
const LOOK_AT_LOGINS_MS = 60_000;
/** Deliveries under way at once. */
const BATCH = 8;
const FIRST_PAUSE_MS = 5_000;
/** The receiver says that it is gone for good. */
const GONE = 410;

export function createWebhooks(parts: WebhookParts): Webhooks {
  const { config, deliveries, clock, log } = parts;
  const complain = sayErrorsSeldom(log, clock.monotonic);
  let working = Promise.resolve();
  let isWoken = false;
  let isStopped = false;
  let loginsSeenAt = Number.NEGATIVE_INFINITY;
  let stopLooking = () => {};

  const look = async () => {
    isWoken = false;
    const { runs } = parts;
    const { webhookUrls: urls, webhookEvents: types, loginWarnDays: days } = config;
    const receivers = urls.map((url) => ({ deliveries, url, types }));
    for (const receiver of receivers) await enqueueNotices({ ...receiver, runs }, clock.now());
    try {
      if (types.includes('login.ends') && clock.monotonic() - loginsSeenAt >= LOOK_AT_LOGINS_MS) {
        loginsSeenAt = clock.monotonic();
        const logins = await parts.listLogins();
        for (const receiver of receivers) await enqueueLoginNotices(receiver, { logins, days }, clock.now());
      }
    } catch (error) {
      complain('Webhooks could not be told of logins', { error });
    }
    const wanted = { urls, leaseMs: 2 * config.webhookTimeoutMs, first: BATCH };
    while (!isStopped) {
      const due = await deliveries.take(clock.now(), wanted);
      if (due.length === 0) break;
      await Promise.all(due.map((delivery) => deliver(delivery, parts)));
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
      await working;
    },
  };
}

async function deliver(delivery: Delivery, parts: WebhookParts): Promise<void> {
  const { config, deliveries, clock, random, log } = parts;
  const tries = delivery.tries + 1;
  const failure = await send(delivery, parts);
  if (failure === null) {
    await deliveries.settle(delivery.id, { state: 'DELIVERED', tries, nextAt: 0, lastError: null });
    // It is there again: what it did not take before need not wait for hours.
    await deliveries.hasten(delivery.url, clock.now());
    return;
  }
  const isLast = tries >= config.webhookTries || failure.isFinal;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 4 ** (tries - 1)) * (0.5 + random.next() / 2);
  await deliveries.settle(delivery.id, {
    state: isLast ? 'GIVEN_UP' : 'PENDING',
    tries,
    nextAt: clock.now() + Math.round(pause),
    lastError: failure.message,
  });
  const said = {
    webhook: new URL(delivery.url).origin,
    notice: delivery.messageId,
    tries,
    error: failure.message,
  };
  if (isLast) log.error('A webhook was given up', said);
  else log.warn('A webhook was not taken; it is tried again', said);
}

async function send(
  { url, body, messageId }: Delivery,
  { config, clock, fetch: request = fetch }: WebhookParts,
): Promise<{ message: string; isFinal: boolean } | null> {
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
      signal: AbortSignal.timeout(config.webhookTimeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return null;
    return { message: `HTTP ${response.status}`, isFinal: response.status === GONE };
  } catch (error) {
    const { cause, message } = error as Error;
    return { message: showOrigins(cause instanceof Error ? cause.message : message), isFinal: false };
  }
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
