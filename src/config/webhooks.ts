// Settings of webhooks, and of when data counts as too old.
import { listOf, secret, wholeNumber } from './kinds.ts';

const EVENTS = ['run.failed', 'run.recovered', 'snapshot.published', 'login.ends'];

function isReceiver(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    decodeURIComponent(username + password);
    return /^https?:$/.test(protocol);
  } catch {
    return false;
  }
}

export const WEBHOOK_SETTINGS = {
  webhookUrls: listOf(
    'GROOVELAKE_WEBHOOK_URLS',
    '',
    'http or https addresses with commas between them; user and password, percent-encoded, are sent as Basic credentials',
    isReceiver,
    'who is told of failures, recoveries, snapshots and logins that end',
    true,
  ),
  webhookSecret: secret('GROOVELAKE_WEBHOOK_SECRET', 'shared secret that webhooks are signed with', 16),
  webhookEvents: listOf(
    'GROOVELAKE_WEBHOOK_EVENTS',
    EVENTS.join(','),
    `some of ${EVENTS.join(', ')}, with commas between them`,
    (text) => EVENTS.includes(text),
    'what is told',
  ),
  webhookTries: wholeNumber(
    'GROOVELAKE_WEBHOOK_TRIES',
    10,
    1,
    100,
    'tries',
    'tries before a webhook is given up; pauses grow from 5 s to 6 h',
  ),
  webhookTimeoutMs: wholeNumber(
    'GROOVELAKE_WEBHOOK_TIMEOUT_MS',
    10_000,
    100,
    120_000,
    'ms',
    'time a receiver has to answer',
  ),
  maxDataAgeHours: wholeNumber(
    'GROOVELAKE_MAX_DATA_AGE_HOURS',
    0,
    0,
    87_600,
    'h',
    'age of the served snapshot from which /health/ready says "degraded"; 0 for no limit',
  ),
} as const;
