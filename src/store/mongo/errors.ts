// What MongoDB's errors mean: which say that the same call may succeed soon, which that another writer was first, and each with a code
// of ours. No message repeats the URI: the driver's own name hosts, never credentials.
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';
import { ConfigError, GroovelakeError, isDiskFull, StoreError } from '../../errors.ts';

const DUPLICATE_KEY = 11_000;
const OUT_OF_DISK_SPACE = 14_031;
const UNAUTHORIZED = new Set([13, 18, 8_000]);

/**
 * Codes after which the server, or the one that takes its place, may answer: not (yet) primary, shutting down, stepping down, host or
 * network trouble, a majority that did not confirm in time.
 * https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md, read 2026-11-20
 */
const PASSING = new Set([
  6, 7, 24, 50, 64, 89, 91, 134, 189, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

/** Another document has this key. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && isDuplicateKeyCode(error.code);
}

export function isDuplicateKeyCode(code: unknown): boolean {
  return code === DUPLICATE_KEY;
}

/** Whether the same call may succeed soon. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (error instanceof MongoWriteConcernError || isUnconfirmed(error)) return true;
  if (!(error instanceof MongoError)) return false;
  // A bulk whose connection broke says so only inside.
  if (error instanceof MongoBulkWriteError && (error.errorResponse as unknown) instanceof MongoNetworkError)
    return true;
  if (error.hasErrorLabel('RetryableWriteError') || error.name === 'MongoWaitQueueTimeoutError') return true;
  return PASSING.has(Number(error.code));
}

/** The error of a call with a code of ours; errors that are not MongoDB's pass as they are. */
export function toMongoStoreError(error: unknown): unknown {
  if (error instanceof GroovelakeError || !(error instanceof MongoError)) return error;
  const code = Number(error.code);
  const said = error.message;
  if (code === OUT_OF_DISK_SPACE || isDiskFull(error)) {
    return new GroovelakeError(
      'DISK_FULL',
      `The disk of MongoDB is full (${said}). Free space, then try again.`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  if (UNAUTHORIZED.has(code)) {
    return new ConfigError(
      `MongoDB refuses the user that MONGODB_URI names (${said}); one that may read and write the database is expected.`,
      { cause: error },
    );
  }
  if (error instanceof MongoServerSelectionError) {
    return new StoreError(
      `No MongoDB server that takes writes was found (${said}). Check that the one MONGODB_URI names is up.`,
      { cause: error, isRetryable: true },
    );
  }
  if (error instanceof MongoWriteConcernError || isUnconfirmed(error)) {
    return new StoreError(
      `MongoDB has not confirmed a write by a majority (${said}). It may stand or fall; doing it again is safe.`,
      { cause: error, isRetryable: true },
    );
  }
  return new StoreError(`MongoDB did not do what was asked (${said}).`, {
    cause: error,
    isRetryable: isPassing(error),
  });
}

function isUnconfirmed(error: unknown): boolean {
  return error instanceof MongoBulkWriteError && error.result.getWriteConcernError() !== undefined;
}
