// Failures of the machine that an operator meets every day, in words instead of a stack trace.
import { ConfigError, GroovelakeError, isDiskFull, isGroovelakeError } from '../errors.ts';
import { REFUSED_PORT } from '../http/refused-port.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it',
  EPERM: 'this user may not use it',
  EROFS: 'its disk cannot be written',
  ENOTDIR: 'what should be a folder is none',
};

/** The same error in words, with the path or port it is about: ConfigError for one that cannot be used, DISK_FULL; any other as it is. */
export function toOrdinary(error: unknown): unknown {
  if (isGroovelakeError(error)) return error;
  const { code = '', path, syscall, address, port } = (error ?? {}) as Readonly<Record<string, unknown>>;
  const place = typeof path === 'string' ? `"${path}"` : null;
  if (isDiskFull(error)) {
    return new GroovelakeError(
      'DISK_FULL',
      `${place ?? 'A file'} could not be written: its disk is full. Free space, then try again.`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  const closed = REFUSED_PORT[String(code)];
  if (syscall === 'listen' && closed !== undefined)
    return new ConfigError(`Port ${port} of ${address} cannot be listened on (${code}): ${closed}`, {
      cause: error,
    });
  const why = REFUSALS[String(code)];
  if (place === null || why === undefined) return error;
  return new ConfigError(
    `${place} cannot be used (${code}): ${why}. Give this user the right to it, or name another place.`,
    { cause: error },
  );
}
