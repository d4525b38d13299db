// Settings of building and serving snapshots: memory, threads, disk, how many are kept.
import { wholeNumber } from './kinds.ts';

export const LAKEHOUSE_SETTINGS = {
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
} as const;
