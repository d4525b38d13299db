// Asks a running server, with the key of the environment.
import { type ErrorCode, GroovelakeError, InvalidInputError, NotFoundError } from '../errors.ts';

const LIVE_MS = 2_000;
const TIMEOUT_MS = 90_000;

export type Ask = <T>(query: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>;

/** Whether a Groovelake answers there in time: an address in a data folder may be that of a server that was killed. */
export async function isServerAlive(url: string, withinMs = LIVE_MS): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(withinMs) });
    return ((await response.json()) as { status?: unknown }).status === 'live';
  } catch {
    return false;
  }
}

interface Extensions {
  readonly code?: string;
  readonly isRetryable?: boolean;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { message: string; extensions?: Extensions }[];
}

/** @throws GroovelakeError UNAVAILABLE when nobody answers, FORBIDDEN for a missing, wrong or too narrow key */
export function createAsk(url: string, apiKey: string | undefined): Ask {
  return async <T>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const answer = await send(url, apiKey, { query, variables });
    const [error] = answer.errors ?? [];
    if (!error) return answer.data as T;
    throw toError(error.message, error.extensions);
  };
}

async function send(url: string, apiKey: string | undefined, body: object): Promise<Answer> {
  let status: number | undefined;
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    const answer: unknown = await response.json();
    if (isAnswer(answer)) return answer;
  } catch (cause) {
    if (!(cause instanceof SyntaxError && status !== undefined)) {
      throw new GroovelakeError(
        'UNAVAILABLE',
        `The server at ${url} does not answer (${describeCause(cause)}). Start it, or set GROOVELAKE_SERVER_URL to its address.`,
        { cause, isRetryable: true },
      );
    }
  }
  throw new GroovelakeError(
    'UNAVAILABLE',
    `What answers at ${url} is not Groovelake (HTTP ${status}): another program, or a proxy whose server is away or that asks for something itself. ` +
      'Look there, or set GROOVELAKE_SERVER_URL to the address of the server.',
    { isRetryable: status >= 500 },
  );
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null) return false;
  return 'data' in value || ('errors' in value && Array.isArray(value.errors));
}

/** A code where there is one, such as ECONNREFUSED; else what went wrong in words. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1000} s`;
  if (error.cause instanceof Error) return describeCause(error.cause);
  return 'code' in error ? String(error.code) : error.message;
}

/** Codes that say what is the matter with the server, not with what was asked. */
const OF_SERVER: readonly ErrorCode[] = ['STARTING', 'OVERLOADED', 'RATE_LIMITED', 'TIMEOUT', 'STORE'];

function toError(message: string, { code, isRetryable = false }: Extensions = {}): GroovelakeError {
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') {
    return new GroovelakeError('FORBIDDEN', message, {
      hint: 'The command line sends GROOVELAKE_API_KEY; set it to a key of that scope.',
    });
  }
  if (code === 'INVALID_INPUT') return new InvalidInputError(message, { expected: '' });
  const kept = OF_SERVER.find((each) => each === code) ?? 'INTERNAL';
  // A server tells nobody that its MongoDB is away, and masks that like a fault of its own.
  return new GroovelakeError(kept, message, { isRetryable: isRetryable || code === 'INTERNAL' });
}

/** The answer of a mutation, or the error it stands for. */
export function requireSuccess<T extends { __typename: string }>(
  result: T & { message?: string; field?: string; given?: string | null; expected?: string; id?: string },
): T {
  const { __typename: kind, message = kind } = result;
  if (kind.endsWith('Success')) return result;
  if (kind === 'InvalidInputError') {
    throw new InvalidInputError(message, {
      field: result.field ?? 'input',
      given: result.given ?? '',
      expected: result.expected ?? '',
    });
  }
  if (kind === 'NotFoundError') throw new NotFoundError('such thing as', result.id ?? '');
  throw new GroovelakeError('RUN_STATE', message);
}
