// Errors of ours as clients see them: the message, a stable code, and the details that help. Everything else is masked.
import { GraphQLError } from 'graphql';
import { InvalidInputError, isGroovelakeError, NotFoundError } from '../errors.ts';

/** Codes that say something to a client; the others are faults of ours and stay in the log. */
const SHOWN = new Set([
  'INVALID_INPUT',
  'NOT_FOUND',
  'STARTING',
  'TIMEOUT',
  'CANCELLED',
  'RUN_STATE',
  'OUT_OF_MEMORY',
  'OVERLOADED',
  'SNAPSHOT',
  'ANN_INDEX',
]);

/** The error for the answer; null when it must be masked. */
export function toGraphQLError(error: unknown): GraphQLError | null {
  if (isGroovelakeError(error) && error.code === 'DISK_FULL') return fullDisk();
  if (!isGroovelakeError(error) || !SHOWN.has(error.code)) return null;
  const details =
    error instanceof InvalidInputError
      ? { field: error.field ?? null, given: error.given ?? null, expected: error.expected }
      : error instanceof NotFoundError
        ? { id: error.id }
        : {};
  return new GraphQLError(error.hint ? `${error.message} ${error.hint}` : error.message, {
    extensions: { code: error.code, isRetryable: error.isRetryable, ...details },
  });
}

/** Its own message names a file of the server. */
function fullDisk(): GraphQLError {
  return new GraphQLError(
    "The disk of the server's data folder is full, so nothing can be written. Free space on it, then try again.",
    { extensions: { code: 'DISK_FULL', isRetryable: true } },
  );
}
