// Settings of the shared deployment: landing and runs in MongoDB instead of the embedded files.
import { mongodbUri, wholeNumber } from './kinds.ts';

export const MONGODB_SETTINGS = {
  mongodbUri: mongodbUri(
    'MONGODB_URI',
    'MongoDB for landing and runs; embedded SQLite where it is not set. The database is the one it names, else "groovelake"',
  ),
  mongodbTimeoutMs: wholeNumber(
    'GROOVELAKE_MONGODB_TIMEOUT_MS',
    10_000,
    100,
    600_000,
    'ms',
    'time to find a server, to connect to it, and for a majority to confirm a write; also how long a failed call is tried again',
  ),
  mongodbSilenceMs: wholeNumber(
    'GROOVELAKE_MONGODB_SILENCE_MS',
    15_000,
    100,
    600_000,
    'ms',
    'time a MongoDB server may stay silent before its connection is given up; keep it below GROOVELAKE_LEASE_MS',
  ),
  mongodbConnections: wholeNumber(
    'GROOVELAKE_MONGODB_CONNECTIONS',
    20,
    1,
    1_000,
    'connections',
    'connections to MongoDB that one process may have open',
  ),
} as const;
