// The only reader of the environment. SETTINGS is the single list of what can be set: readConfig checks values against
// it, the README's table is printed from it (`npm run docs:config`), and the type Config follows from it.
import { resolve } from 'node:path';
import { ConfigError, findNearMiss } from './errors.ts';

interface Setting<T> {
  readonly variable: string;
  readonly meaning: string;
  readonly unit: string;
  readonly accepts: string;
  /** The default as README shows it. */
  readonly shown: string;
  readonly isSecret: boolean;
  readonly parse: (text: string | undefined) => T | undefined;
}

export const SETTINGS = {
  port: wholeNumber('PORT', 4000, 0, 65_535, '', 'TCP port of the server; 0 picks a free one'),
  host: text(
    'HOST',
    '127.0.0.1',
    'address the server listens on; beyond loopback it wants GROOVELAKE_API_KEY',
  ),
  dataDir: path('GROOVELAKE_DATA_DIR', './data', 'folder of every file Groovelake keeps'),
  apiKey: secret('GROOVELAKE_API_KEY', 'key that clients send as "Authorization: Bearer KEY"', 16),
  mongodbUri: secret('MONGODB_URI', 'MongoDB for landing and runs; embedded SQLite where it is not set', 10),

  spotifyClientId: optional(
    'SPOTIFY_CLIENT_ID',
    'client id of your Spotify app; without it the sandbox is crawled',
  ),
  spotifyClientSecret: secret('SPOTIFY_CLIENT_SECRET', 'its client secret', 1),
  spotifyApiUrl: url(
    'SPOTIFY_API_URL',
    'https://api.spotify.com/v1 with a key, else the sandbox',
    'base of the Spotify Web API',
  ),
  spotifyAccountsUrl: url(
    'SPOTIFY_ACCOUNTS_URL',
    'https://accounts.spotify.com with a key, else the sandbox',
    'base of the Spotify accounts service',
  ),
  kworbUrl: url('KWORB_URL', 'https://kworb.net with a key, else the sandbox', 'base of kworb'),
  reccobeatsUrl: url(
    'RECCOBEATS_URL',
    'https://api.reccobeats.com/v1 with a key, else the sandbox',
    'base of ReccoBeats',
  ),
  keepSandbox: yesNo(
    'GROOVELAKE_KEEP_SANDBOX',
    false,
    'keep sandbox rows in gold after real data has landed',
  ),

  logLevel: oneOf(
    'GROOVELAKE_LOG_LEVEL',
    'info',
    ['debug', 'info', 'warn', 'error'],
    'least severe log line that is written',
  ),
  logFormat: oneOf('GROOVELAKE_LOG_FORMAT', 'text', ['text', 'json'], 'form of a log line'),

  crawlTop: wholeNumber(
    'GROOVELAKE_CRAWL_TOP',
    300,
    1,
    100_000,
    'artists',
    'how many artists of the ranking a crawl without names takes',
  ),
  crawlBatchSize: wholeNumber(
    'GROOVELAKE_CRAWL_BATCH_SIZE',
    20,
    1,
    1_000,
    'artists',
    'artists in one sealed batch',
  ),
  crawlConcurrency: wholeNumber(
    'GROOVELAKE_CRAWL_CONCURRENCY',
    8,
    1,
    64,
    'requests',
    'requests under way at once',
  ),
  crawlWindowRequests: wholeNumber(
    'GROOVELAKE_CRAWL_WINDOW_REQUESTS',
    90,
    1,
    1_000_000,
    'requests per 30 s',
    'most requests to Spotify in any 30 s; the sandbox is not held to it',
  ),
  crawlMaxWaitSeconds: wholeNumber(
    'GROOVELAKE_CRAWL_MAX_WAIT_SECONDS',
    60,
    0,
    3_600,
    's',
    'longest Retry-After that is waited out; a longer one parks the work',
  ),
  crawlFreshHours: wholeNumber(
    'GROOVELAKE_CRAWL_FRESH_HOURS',
    24,
    0,
    8_760,
    'h',
    'an artist fetched within so many hours is not crawled again unless forced',
  ),
  httpTimeoutMs: wholeNumber(
    'GROOVELAKE_HTTP_TIMEOUT_MS',
    15_000,
    100,
    600_000,
    'ms',
    'time a source has to answer one request',
  ),
  httpMaxBytes: wholeNumber(
    'GROOVELAKE_HTTP_MAX_BYTES',
    33_554_432,
    1_024,
    1_073_741_824,
    'bytes',
    'longest answer taken from a source',
  ),
  httpRetries: wholeNumber(
    'GROOVELAKE_HTTP_RETRIES',
    3,
    0,
    20,
    '',
    'further tries after a network error, 500, 502, 503 or 504',
  ),
  importMaxLineBytes: wholeNumber(
    'GROOVELAKE_IMPORT_MAX_LINE_BYTES',
    1_048_576,
    1_024,
    268_435_456,
    'bytes',
    'longest line of an imported file',
  ),
  importMaxRejects: wholeNumber(
    'GROOVELAKE_IMPORT_MAX_REJECTS',
    1_000,
    0,
    100_000_000,
    'rows',
    'malformed rows after which an import gives up',
  ),

  buildMemoryMb: wholeNumber(
    'GROOVELAKE_BUILD_MEMORY_MB',
    768,
    128,
    1_048_576,
    'MB',
    'memory limit of DuckDB while it builds',
  ),
  buildThreads: wholeNumber(
    'GROOVELAKE_BUILD_THREADS',
    2,
    1,
    256,
    'threads',
    'threads of DuckDB while it builds',
  ),
  serveMemoryMb: wholeNumber(
    'GROOVELAKE_SERVE_MEMORY_MB',
    512,
    64,
    1_048_576,
    'MB',
    'memory limit of DuckDB while it serves',
  ),
  serveThreads: wholeNumber(
    'GROOVELAKE_SERVE_THREADS',
    2,
    1,
    256,
    'threads',
    'threads of DuckDB while it serves',
  ),
  serveConnections: wholeNumber(
    'GROOVELAKE_SERVE_CONNECTIONS',
    6,
    1,
    256,
    'statements',
    'statements under way at once; keep it below UV_THREADPOOL_SIZE',
  ),
  tempMaxMb: wholeNumber(
    'GROOVELAKE_TEMP_MAX_MB',
    8_192,
    16,
    10_485_760,
    'MB',
    'disk space a statement may spill to',
  ),
  statementTimeoutMs: wholeNumber(
    'GROOVELAKE_STATEMENT_TIMEOUT_MS',
    5_000,
    10,
    600_000,
    'ms',
    'time one statement of a query may take',
  ),
  keepSnapshots: wholeNumber(
    'GROOVELAKE_KEEP_SNAPSHOTS',
    5,
    1,
    10_000,
    'snapshots',
    'published snapshots that are kept',
  ),

  maxPageSize: wholeNumber(
    'GROOVELAKE_MAX_PAGE_SIZE',
    100,
    1,
    10_000,
    'rows',
    'largest first or last of a connection',
  ),
  maxDepth: wholeNumber('GROOVELAKE_MAX_DEPTH', 10, 1, 100, 'levels', 'deepest nesting of a query'),
  maxAliases: wholeNumber('GROOVELAKE_MAX_ALIASES', 30, 0, 10_000, 'aliases', 'aliases in one document'),
  maxTokens: wholeNumber(
    'GROOVELAKE_MAX_TOKENS',
    2_000,
    100,
    1_000_000,
    'tokens',
    'lexical tokens of one document',
  ),
  maxCost: wholeNumber(
    'GROOVELAKE_MAX_COST',
    1_000,
    1,
    1_000_000,
    'points',
    'cost of one operation (README, Limits)',
  ),
  maxBodyBytes: wholeNumber(
    'GROOVELAKE_MAX_BODY_BYTES',
    102_400,
    1_024,
    104_857_600,
    'bytes',
    'body of one HTTP request',
  ),
  maxConnections: wholeNumber(
    'GROOVELAKE_MAX_CONNECTIONS',
    1_000,
    1,
    100_000,
    'connections',
    'open TCP connections',
  ),
  maxSubscriptions: wholeNumber(
    'GROOVELAKE_MAX_SUBSCRIPTIONS',
    1_000,
    0,
    100_000,
    'subscriptions',
    'subscriptions under way at once',
  ),
  introspection: yesNo('GROOVELAKE_INTROSPECTION', true, 'answer introspection queries'),
  graphiql: yesNo('GROOVELAKE_GRAPHIQL', true, 'serve GraphiQL at /graphql'),

  leaseMs: wholeNumber(
    'GROOVELAKE_LEASE_MS',
    20_000,
    200,
    600_000,
    'ms',
    "how long a run is its worker's without a heartbeat",
  ),
  heartbeatMs: wholeNumber(
    'GROOVELAKE_HEARTBEAT_MS',
    5_000,
    20,
    300_000,
    'ms',
    'time between two heartbeats of a worker',
  ),
  stepTimeoutMs: wholeNumber(
    'GROOVELAKE_STEP_TIMEOUT_MS',
    3_600_000,
    100,
    864_000_000,
    'ms',
    'time one step of a run may take',
  ),
  stepRetries: wholeNumber(
    'GROOVELAKE_STEP_RETRIES',
    2,
    0,
    20,
    '',
    'further tries of a step after an error that may pass by itself',
  ),
  crashRetries: wholeNumber(
    'GROOVELAKE_CRASH_RETRIES',
    1,
    0,
    20,
    '',
    'times a crashed run is queued again by itself; not for runs of the command line',
  ),
  maxWorkers: wholeNumber(
    'GROOVELAKE_MAX_WORKERS',
    2,
    1,
    16,
    'processes',
    'runs under way at once, each in a process of its own',
  ),
  cancelGraceMs: wholeNumber(
    'GROOVELAKE_CANCEL_GRACE_MS',
    8_000,
    10,
    600_000,
    'ms',
    'time a cancelled step has before its process is killed',
  ),
  refreshCron: optional(
    'GROOVELAKE_REFRESH_CRON',
    'schedule of REFRESH as five cron fields in UTC; "0 5 * * *" for real sources, none for the sandbox',
  ),

  indexM: wholeNumber(
    'GROOVELAKE_INDEX_M',
    8,
    2,
    100,
    'links',
    'HNSW links per node: more costs memory and build time, and finds more',
  ),
  indexEfConstruction: wholeNumber(
    'GROOVELAKE_INDEX_EF_CONSTRUCTION',
    64,
    4,
    2_000,
    'candidates',
    'HNSW candidates while building',
  ),
  indexEf: wholeNumber(
    'GROOVELAKE_INDEX_EF',
    64,
    1,
    10_000,
    'candidates',
    'HNSW candidates while searching: more is slower and finds more',
  ),
  indexExactBelow: wholeNumber(
    'GROOVELAKE_INDEX_EXACT_BELOW',
    1_000,
    0,
    100_000_000,
    'vectors',
    'up to so many vectors the search is exact and no index is built',
  ),
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
      `Unknown environment variable "${name}". ${near ? `Did you mean "${near}"?` : 'README lists the variables that are read.'}`,
    );
  }
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const given = env[setting.variable];
    const blank = given === undefined || given.trim() === '';
    const value = setting.parse(blank ? undefined : given?.trim());
    if (!blank && value === undefined) {
      throw new ConfigError(
        `${setting.variable} is ${setting.isSecret ? 'not acceptable' : `"${given}"`}; ${setting.accepts} is expected. ` +
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
  if (!isLoopback(config.host) && config.apiKey === undefined) {
    throw new ConfigError(
      `HOST is "${config.host}", which other machines can reach, and no key is set. ` +
        'Set GROOVELAKE_API_KEY to a secret of at least 16 characters, or leave HOST at 127.0.0.1.',
    );
  }
  if ((config.spotifyClientId === undefined) !== (config.spotifyClientSecret === undefined)) {
    const missing = config.spotifyClientId === undefined ? 'SPOTIFY_CLIENT_ID' : 'SPOTIFY_CLIENT_SECRET';
    throw new ConfigError(
      `${missing} is not set, but its counterpart is. Set both, or neither for the sandbox.`,
    );
  }
  if (config.heartbeatMs * 2 > config.leaseMs) {
    throw new ConfigError(
      `GROOVELAKE_HEARTBEAT_MS is "${config.heartbeatMs}"; at most half of GROOVELAKE_LEASE_MS (${config.leaseMs}) is expected, ` +
        'so that one late heartbeat loses nothing.',
    );
  }
}

function setting<T>(
  variable: string,
  shown: string,
  about: { meaning: string; unit?: string; accepts: string; isSecret?: boolean },
  parse: (text: string | undefined) => T | undefined,
): Setting<T> {
  return { variable, shown, unit: '', isSecret: false, ...about, parse };
}

function wholeNumber(
  variable: string,
  fallback: number,
  min: number,
  max: number,
  unit: string,
  meaning: string,
): Setting<number> {
  const accepts = `a whole number from ${min} to ${max}`;
  return setting(variable, String(fallback), { meaning, unit, accepts }, (text) => {
    if (text === undefined) return fallback;
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

function text(variable: string, fallback: string, meaning: string): Setting<string> {
  return setting(variable, fallback, { meaning, accepts: 'a text' }, (given) => given ?? fallback);
}

function path(variable: string, fallback: string, meaning: string): Setting<string> {
  return setting(variable, fallback, { meaning, accepts: 'a folder' }, (given) => resolve(given ?? fallback));
}

function optional(variable: string, meaning: string): Setting<string | undefined> {
  return setting<string | undefined>(variable, '', { meaning, accepts: 'a text' }, (given) => given);
}

function secret(variable: string, meaning: string, minLength: number): Setting<string | undefined> {
  const accepts = `a secret of at least ${minLength} characters`;
  return setting<string | undefined>(variable, '', { meaning, accepts, isSecret: true }, (given) =>
    given === undefined || given.length < minLength ? undefined : given,
  );
}

function url(variable: string, shown: string, meaning: string): Setting<string | undefined> {
  return setting<string | undefined>(
    variable,
    shown,
    { meaning, accepts: 'an http or https address' },
    (given) => {
      if (given === undefined || !URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol))
        return undefined;
      return given.replace(/\/+$/, '');
    },
  );
}

function yesNo(variable: string, fallback: boolean, meaning: string): Setting<boolean> {
  return setting(variable, fallback ? 'true' : 'false', { meaning, accepts: 'true or false' }, (given) => {
    if (given === undefined) return fallback;
    return given === 'true' || given === '1' ? true : given === 'false' || given === '0' ? false : undefined;
  });
}

function oneOf<const T extends string>(
  variable: string,
  fallback: T,
  options: readonly T[],
  meaning: string,
): Setting<T> {
  return setting(variable, fallback, { meaning, accepts: `one of ${options.join(', ')}` }, (given) =>
    given === undefined ? fallback : options.find((option) => option === given),
  );
}
