// The only reader of the environment. SETTINGS is the single list of what can be set, in parts by subject under src/config/:
// readConfig checks values against it, docs/configuration.md is printed from it (`npm run docs:config`), and the type Config
// follows from it.
import { API_SETTINGS } from './config/api.ts';
import type { Setting } from './config/kinds.ts';
import { LAKEHOUSE_SETTINGS } from './config/lakehouse.ts';
import { MONGODB_SETTINGS } from './config/mongodb.ts';
import { RUNS_SETTINGS } from './config/runs.ts';
import { SERVER_SETTINGS } from './config/server.ts';
import { SIMILARITY_SETTINGS } from './config/similarity.ts';
import { SOURCES_SETTINGS } from './config/sources.ts';
import { WEBHOOK_SETTINGS } from './config/webhooks.ts';
import { ConfigError } from './errors.ts';
import { redact } from './log.ts';
import { findNearMiss } from './near-miss.ts';

export type { ConfiguredSchedule } from './config/schedules.ts';

export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...MONGODB_SETTINGS,
  ...SOURCES_SETTINGS,
  ...LAKEHOUSE_SETTINGS,
  ...API_SETTINGS,
  ...RUNS_SETTINGS,
  ...SIMILARITY_SETTINGS,
  ...WEBHOOK_SETTINGS,
} as const;

type Value<S> = S extends Setting<infer T> ? T : never;

export type Config = Readonly<{ [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> }> & {
  /** Whether crawls go to the built-in sandbox: no Spotify key and no base URL is set. */
  readonly isSandbox: boolean;
};

/**
 * Reads and checks every setting.
 *
 * @param env the process's environment, or a test's
 * @throws ConfigError naming the variable, its value and what is accepted; also for an unknown GROOVELAKE_ variable
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const known: string[] = Object.values(SETTINGS).map((setting) => setting.variable);
  for (const name of Object.keys(env)) {
    if (!name.startsWith('GROOVELAKE_') || known.includes(name) || name.startsWith('GROOVELAKE_TEST_'))
      continue;
    const near = findNearMiss(name, known);
    throw new ConfigError(
      `Unknown environment variable "${name}". ${near ? `Did you mean "${near}"?` : 'docs/configuration.md lists the variables that are read.'}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const given = env[setting.variable];
    const blank = given === undefined || given.trim() === '';
    const value = setting.parse(blank ? undefined : given?.trim());
    if (!blank && value === undefined) {
      throw new ConfigError(
        `${setting.variable} is ${setting.isSecret ? 'not acceptable' : `"${redact(given ?? '')}"`}; ${setting.accepts} is expected. ` +
          'Change the variable, or unset it for the default.',
      );
    }
    values[key] = value;
  }
  const config = values as unknown as Omit<Config, 'isSandbox'>;
  checkTogether(config);
  const isSandbox = config.spotifyClientId === undefined && config.spotifyApiUrl === undefined;
  return Object.freeze({ ...config, isSandbox });
}

/** Whether an address is this machine only. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}

function checkTogether(config: Omit<Config, 'isSandbox'>): void {
  if ((config.jwtIssuer === undefined) !== (config.jwtAudience === undefined)) {
    const missing = config.jwtIssuer === undefined ? 'GROOVELAKE_JWT_ISSUER' : 'GROOVELAKE_JWT_AUDIENCE';
    throw new ConfigError(
      `${missing} is not set, but its counterpart is. Set both: a token for somebody else must not open this server.`,
    );
  }
  requireSafeKeys(config);
  if ((config.spotifyClientId === undefined) !== (config.spotifyClientSecret === undefined)) {
    const missing = config.spotifyClientId === undefined ? 'SPOTIFY_CLIENT_ID' : 'SPOTIFY_CLIENT_SECRET';
    throw new ConfigError(
      `${missing} is not set, but its counterpart is. Set both, or neither for the sandbox.`,
    );
  }
  const crons = { REFRESH: config.refreshCron, HISTORY: config.historyCron };
  for (const [name, cron] of Object.entries(crons)) {
    if (cron === undefined || !config.schedules.some(({ pipeline }) => pipeline === name)) continue;
    throw new ConfigError(
      `GROOVELAKE_${name}_CRON is set, and GROOVELAKE_SCHEDULES names ${name} too. Unset one of them.`,
    );
  }
  if (config.webhookUrls.length > 0 && config.webhookSecret === undefined) {
    throw new ConfigError(
      'GROOVELAKE_WEBHOOK_URLS is set, but GROOVELAKE_WEBHOOK_SECRET is not. Set a secret of at least 16 characters, with which receivers check who tells them.',
    );
  }
  if (config.maxSubscriptions * 2 > config.maxConnections) {
    throw new ConfigError(
      `GROOVELAKE_MAX_SUBSCRIPTIONS is "${config.maxSubscriptions}"; at most half of GROOVELAKE_MAX_CONNECTIONS (${config.maxConnections}) is expected, ` +
        'so that whoever listens leaves connections to those who ask. Lower the one, or raise the other.',
    );
  }
  if (config.heartbeatMs * 2 > config.leaseMs) {
    throw new ConfigError(
      `GROOVELAKE_HEARTBEAT_MS is "${config.heartbeatMs}"; at most half of GROOVELAKE_LEASE_MS (${config.leaseMs}) is expected, ` +
        'so that one late heartbeat loses nothing.',
    );
  }
}

/** Whoever can change the issuer's public keys on their way here makes tokens of any scope. */
function requireSafeKeys({ jwtIssuer, jwksUrl }: Pick<Config, 'jwtIssuer' | 'jwksUrl'>): void {
  const address = jwksUrl ?? jwtIssuer;
  if (address === undefined) return;
  const { protocol, hostname } = new URL(address);
  if (protocol === 'https:' || isLoopback(hostname)) return;
  const [variable, advice] = jwksUrl
    ? ['GROOVELAKE_JWKS_URL', 'Give the https address of the keys']
    : [
        'GROOVELAKE_JWT_ISSUER',
        'Name the issuer by https, or set GROOVELAKE_JWKS_URL to an https address of its keys',
      ];
  throw new ConfigError(
    `${variable} is "${address}"; an https address, or one of this machine, is expected: whoever can change keys on their way here could come in as admin. ${advice}.`,
  );
}
