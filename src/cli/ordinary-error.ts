// Failures of the machine that an operator meets every day, in words instead of a stack trace.
import { ConfigError, GroovelakeError, isDiskFull, isGroovelakeError } from '../errors.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'its disk cannot be written',
  ENOTDIR: 'what should be a folder is none',
};

/** The same error in words, with the path it is about: ConfigError for a place that cannot be used, DISK_FULL; any other as it is. */
export function toOrdinary(error: unknown): unknown {
  if (isGroovelakeError(error)) return error;
  const { code = '', path } = (error ?? {}) as { code?: unknown; path?: unknown };
  const place = typeof path === 'string' ? `"${path}"` : 'A file';
  if (isDiskFull(error)) {
    return new GroovelakeError(
      'DISK_FULL',
      `${place} could not be written: its disk is full. Free space, then try again.`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  const why = REFUSALS[String(code)];
  if (why === undefined) return error;
  return new ConfigError(
    `${place} cannot be used (${code}): ${why}. Give this user the right to it, or name another place.`,
    { cause: error },
  );
}
