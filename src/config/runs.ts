// Settings of runs: leases, retries, schedules.
import { numbersByName, oneOf, optional, wholeNumber } from './kinds.ts';
import { schedules } from './schedules.ts';

/** Of all pipelines (a test holds this to them). */
const STEPS = [
  'crawl',
  'import',
  'plays',
  'listening',
  'wanted',
  'bronze',
  'silver',
  'gold',
  'warehouse',
  'checks',
  'index',
  'serving',
  'publish',
];
/** Errors whose steps it can make sense to try again. */
const ERRORS = [
  'EXTRACT',
  'TIMEOUT',
  'TRANSFORM',
  'CHECK_FAILED',
  'SNAPSHOT',
  'STORE',
  'ANN_INDEX',
  'OUT_OF_MEMORY',
  'INTERNAL',
];

export const RUNS_SETTINGS = {
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
    'time one step of a run may take, unless GROOVELAKE_STEP_TIMEOUTS names it',
  ),
  stepTimeouts: numbersByName(
    'GROOVELAKE_STEP_TIMEOUTS',
    'crawl=86400000',
    { names: STEPS, min: 100, max: 864_000_000, unit: 'ms' },
    'time that single steps may take, by their name',
  ),
  stepRetries: wholeNumber(
    'GROOVELAKE_STEP_RETRIES',
    2,
    0,
    20,
    '',
    'further tries of a step after an error that may pass by itself, unless GROOVELAKE_ERROR_RETRIES names its code',
  ),
  errorRetries: numbersByName(
    'GROOVELAKE_ERROR_RETRIES',
    'OUT_OF_MEMORY=0',
    { names: ERRORS, min: 0, max: 20, unit: '' },
    'further tries of a step by the code of its error, e.g. EXTRACT=5,TIMEOUT=1',
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
  role: oneOf(
    'GROOVELAKE_ROLE',
    'all',
    ['all', 'serve', 'worker'],
    'what this process does: all; serve the API only; or worker, schedule and run only',
  ),
  catchUpRuns: wholeNumber(
    'GROOVELAKE_CATCH_UP_RUNS',
    10,
    1,
    100,
    'runs',
    'missed ticks of a schedule that get a run each under missedTicks ALL; older ones are recorded as missed',
  ),
  keepRunDays: wholeNumber(
    'GROOVELAKE_KEEP_RUN_DAYS',
    90,
    1,
    36_500,
    'days',
    'life of the event logs of ended runs and of ticks; the runs and their steps stay',
  ),
  schedules: schedules(
    'GROOVELAKE_SCHEDULES',
    'schedules as a JSON list, e.g. [{"pipeline":"TRANSFORM","cron":"0 6 * * *","timeZone":"Europe/Berlin"}]',
  ),
  historyMaxTracks: wholeNumber(
    'GROOVELAKE_HISTORY_MAX_TRACKS',
    200,
    0,
    10_000,
    'tracks',
    'tracks that were played and the catalogue lacks, fetched by one run of HISTORY',
  ),
  historyCron: optional(
    'GROOVELAKE_HISTORY_CRON',
    'schedule of HISTORY as five cron fields in UTC; "*/30 * * * *" where GROOVELAKE_TOKEN_KEY is set, else none',
  ),
  refreshCron: optional(
    'GROOVELAKE_REFRESH_CRON',
    'schedule of REFRESH as five cron fields in UTC; "0 5 * * *" for real sources, none for the sandbox',
  ),
} as const;
