// Settings of runs: leases, retries, schedules.
import { optional, wholeNumber } from './kinds.ts';

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
} as const;
