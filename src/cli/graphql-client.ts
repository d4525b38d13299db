// Asks a running server, with the key of the environment.
import { type ErrorCode, GroovelakeError, InvalidInputError, NotFoundError } from '../errors.ts';

const LIVE_MS = 2_000;
const TIMEOUT_MS = 90_000;

export type Ask = <T>(query: string, variables?: Readonly<Record<string, unknown>>) => Promise<T>;

/** Whether a Groovelake answers there: an address in a data folder may be that of a server that was killed. */
export async function isServerAlive(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(LIVE_MS) });
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
    return (await response.json()) as Answer;
  } catch (cause) {
    throw new GroovelakeError(
      'UNAVAILABLE',
      `The server at ${url} does not answer. Start it, or set GROOVELAKE_SERVER_URL to its address.`,
      { cause, isRetryable: true },
    );
  }
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
  return new GroovelakeError(kept, message, { isRetryable });
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
