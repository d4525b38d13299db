// Every error of ours has a stable code, says whether trying again can help, and keeps its cause.
// Message grammar: what was wrong with the value in quotes, what was expected, what to do.

/** What a person does who must log in again. */
export const HOW_TO_LOG_IN = 'with "groovelake login" or at /auth/spotify';

export type ErrorCode =
  | 'CONFIG'
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'STARTING'
  | 'EXTRACT'
  | 'SOURCE_DEFERRED'
  | 'TRANSFORM'
  | 'CHECK_FAILED'
  | 'SNAPSHOT'
  | 'STORE'
  | 'DISK_FULL'
  | 'ANN_INDEX'
  | 'RUN_STATE'
  | 'FENCED'
  | 'CANCELLED'
  | 'TIMEOUT'
  | 'OUT_OF_MEMORY'
  | 'OVERLOADED'
  | 'RATE_LIMITED'
  | 'FORMAT'
  | 'UNAVAILABLE'
  | 'FORBIDDEN'
  | 'INTERNAL';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Whether the same attempt may succeed later; decided where the error is thrown. */
  readonly isRetryable?: boolean;
  /** What the reader should do, where the message has no room for it. */
  readonly hint?: string;
}

export class GroovelakeError extends Error {
  readonly code: ErrorCode;
  readonly isRetryable: boolean;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.isRetryable = details.isRetryable ?? false;
    this.hint = details.hint;
  }
}

/** A setting that cannot be used: names the variable, its value and what is accepted. */
export class ConfigError extends GroovelakeError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('CONFIG', message, details);
  }
}

/** What a caller handed over is not acceptable. `field` names the argument, `expected` what it takes. */
export class InvalidInputError extends GroovelakeError {
  readonly field: string | undefined;
  readonly given: string | undefined;
  readonly expected: string;

  constructor(
    message: string,
    about: { field?: string; given?: string; expected: string },
    details: ErrorDetails = {},
  ) {
    super('INVALID_INPUT', message, details);
    this.field = about.field;
    this.given = about.given;
    this.expected = about.expected;
  }
}

export class NotFoundError extends GroovelakeError {
  readonly id: string;

  constructor(what: string, id: string, details: ErrorDetails = {}) {
    super('NOT_FOUND', `There is no ${what} "${id}".`, details);
    this.id = id;
  }
}

/** A source did not give what it should: which source, where, and with what status. */
export class ExtractError extends GroovelakeError {
  readonly source: string;
  readonly url: string | undefined;
  readonly status: number | undefined;
  /** Whether the source refused whoever asked and not what was asked for: no other call would fare better. */
  readonly isOfKey: boolean;

  constructor(
    message: string,
    about: { source: string; url?: string; status?: number; isOfKey?: boolean },
    details: ErrorDetails = {},
  ) {
    super('EXTRACT', message, details);
    this.source = about.source;
    this.url = about.url;
    this.status = about.status;
    this.isOfKey = about.isOfKey ?? false;
  }
}

/** A source asked to be left alone until a later time: park the work, do not sleep. */
export class SourceDeferredError extends GroovelakeError {
  readonly source: string;
  readonly family: string;
  /** Milliseconds since 1970 from when the family may be asked again. */
  readonly until: number;

  constructor(about: { source: string; family: string; until: number }, details: ErrorDetails = {}) {
    super(
      'SOURCE_DEFERRED',
      `Source "${about.source}" asked for no more "${about.family}" calls before ${new Date(about.until).toISOString()}.`,
      { isRetryable: true, ...details },
    );
    this.source = about.source;
    this.family = about.family;
    this.until = about.until;
  }
}

/** A relation could not be built: which layer and relation. */
export class TransformError extends GroovelakeError {
  readonly relation: string;

  constructor(relation: string, message: string, details: ErrorDetails = {}) {
    super('TRANSFORM', message, details);
    this.relation = relation;
  }
}

export class SnapshotError extends GroovelakeError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('SNAPSHOT', message, details);
  }
}

/** A database that another process or machine runs did not do what was asked: not reached, not confirmed, refused. */
export class StoreError extends GroovelakeError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('STORE', message, details);
  }
}

/** Input or file that the similarity index must not see. */
export class AnnIndexError extends GroovelakeError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ANN_INDEX', message, details);
  }
}

export class CancelledError extends GroovelakeError {
  constructor(message = 'The work was cancelled.', details: ErrorDetails = {}) {
    super('CANCELLED', message, details);
  }
}

export class TimeoutError extends GroovelakeError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('TIMEOUT', message, { isRetryable: true, ...details });
  }
}

export function isGroovelakeError(error: unknown): error is GroovelakeError {
  return error instanceof GroovelakeError;
}

/** What something that was thrown says, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error says that the disk or the allowed file size is used up. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EFBIG' || code === 'EDQUOT' || code === 'DISK_FULL') return true;
  return /no space left on device|file too large|disk (?:is )?full|database or disk is full/i.test(
    messageOf(error),
  );
}

/** Whether the machine refused this user a place: no right to it, or a disk that is not to be written. */
export function isRefused(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(String((error as { code?: unknown } | null)?.code));
}

/** Ends with a typed error when a rule of this program, not of its input, is broken. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new GroovelakeError('INTERNAL', `Broken invariant: ${message}`);
}
