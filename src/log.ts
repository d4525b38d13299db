// Structured log lines: one line per event, JSON where a machine reads, short text where a person does.
// Values under names that look like secrets, and passwords and tokens inside URLs, never reach a line.
import { messageOf } from './errors.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log that adds these fields to every line. */
  with(fields: LogFields): Log;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };
const SECRET_NAME = /secret|password|passwd|token|authorization|api[-_]?key|cookie|credential/i;
/** Up to the last "@" before the path: a password may hold one, though it should not. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi;
/** A slash in the password ends what can be told of other addresses; those of MongoDB have no "@" behind it. */
const MONGODB_PASSWORD = /(\bmongodb(?:\+srv)?:\/\/)\S*@/gi;
const QUERY_SECRET = /([?&][^=&#\s]*(?:secret|token|passw|api[-_]?key|signature)[^=&#\s]*=)[^&#\s"']+/gi;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9+/_=.-]{6,}/g;

/** Replaces secrets in a text: userinfo and tokens in URLs, Bearer and Basic credentials. */
export function redact(text: string): string {
  return text
    .replace(MONGODB_PASSWORD, '$1***@')
    .replace(URL_PASSWORD, '$1***@')
    .replace(QUERY_SECRET, '$1***')
    .replace(BEARER, '$1 ***');
}

/** What moves a cursor, begins a line of its own or turns the direction of what follows. */
const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** A text with such characters as JSON writes them, e.g. \\u001b, but for those that are kept: shown, not obeyed. */
export function showControls(text: string, kept = ''): string {
  return text.replace(CONTROLS, (found) =>
    kept.includes(found) ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function createLog(options: {
  level: LogLevel;
  format: 'json' | 'text';
  write: (line: string) => void;
  now: () => number;
  fields?: LogFields;
}): Log {
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (RANK[level] < RANK[options.level]) return;
    const all = sanitize({ ...options.fields, ...fields }) as Record<string, unknown>;
    const at = new Date(options.now()).toISOString();
    const line =
      options.format === 'json'
        ? JSON.stringify({ at, level, message: redact(message), ...all })
        : `${at} ${level.padEnd(5)} ${redact(message)}${formatFields(all)}`;
    options.write(showControls(line));
  };
  return {
    debug: (message, fields) => emit('debug', message, fields),
    info: (message, fields) => emit('info', message, fields),
    warn: (message, fields) => emit('warn', message, fields),
    error: (message, fields) => emit('error', message, fields),
    with: (fields) => createLog({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

/** The same is said again after so long. */
const SAID_AGAIN_MS = 60_000;
/** More names than so many within that time go by one: whoever chooses them would fill the log. */
const MOST_NAMES = 1_000;

/**
 * For what comes again and again: under one name `say` is called once a minute, however often it comes, and then told how often it came
 * meanwhile; or how often all names did for which there was no room.
 *
 * @param monotonic milliseconds on a clock that never steps back
 */
export function saySeldom(
  monotonic: () => number,
): (name: string, say: (more: { unsaid?: number; unsaidOthers?: number }) => void) => void {
  // Said longest ago first.
  const said = new Map<string, { readonly at: number; unsaid: number }>();
  let others = { at: Number.NEGATIVE_INFINITY, unsaid: 0 };
  return (name, say) => {
    const now = monotonic();
    const isOver = ({ at }: { at: number }) => now - at >= SAID_AGAIN_MS;
    const known = said.get(name);
    if (known && !isOver(known)) {
      known.unsaid += 1;
      return;
    }
    for (const [old, when] of said) {
      if (known || said.size < MOST_NAMES || !isOver(when)) break;
      said.delete(old);
    }
    if (!known && said.size >= MOST_NAMES) {
      if (!isOver(others)) {
        others.unsaid += 1;
        return;
      }
      const { unsaid: unsaidOthers } = others;
      others = { at: now, unsaid: 0 };
      say(unsaidOthers > 0 ? { unsaidOthers } : {});
      return;
    }
    said.delete(name);
    said.set(name, { at: now, unsaid: 0 });
    say(known && known.unsaid > 0 ? { unsaid: known.unsaid } : {});
  };
}

/** An error line for what is tried again and again, of which the same failure is said seldom. */
export function sayErrorsSeldom(
  log: Pick<Log, 'error'>,
  monotonic: () => number,
): (message: string, fields: LogFields & { readonly error: unknown }) => void {
  const seldom = saySeldom(monotonic);
  return (message, fields) => {
    const { error } = fields;
    const name = `${message} ${messageOf(error)}`;
    seldom(name, (more) => log.error(message, { ...fields, ...more }));
  };
}

/** A log that says nothing; for tests and for code that is handed none. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
};

/** A value fit for a log or an event: no secrets, no cycles deeper than a few levels. */
export function sanitize(value: unknown, name = '', depth = 0): unknown {
  if (SECRET_NAME.test(name) && value !== null && value !== undefined) return '***';
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Error) {
    return {
      name: value.name,
      message: redact(value.message),
      ...('code' in value ? { code: value.code } : {}),
      stack: redact(value.stack ?? ''),
      ...(value.cause === undefined || depth > 3 ? {} : { cause: sanitize(value.cause, '', depth + 1) }),
    };
  }
  if (value === null || typeof value !== 'object') return value;
  if (depth > 4) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => sanitize(item, '', depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, sanitize(item, key, depth + 1)]),
  );
}

function formatFields(fields: Record<string, unknown>): string {
  const parts = Object.entries(fields).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' && /^[\w.:/+-]+$/.test(value) ? value : JSON.stringify(value)}`,
  );
  return parts.length ? ` ${parts.join(' ')}` : '';
}
