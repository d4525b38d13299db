// A token of the client-credentials flow: asked for once by whoever needs it first, renewed a minute before it ends.
import type { Clock } from '../../clock.ts';
import { ExtractError } from '../../errors.ts';
import type { Gate } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';

/** The accounts service gives tokens to crawls and to persons alike, and asks to be left alone by both. */
export const TOKEN_FAMILY = 'token';

export interface TokenSource {
  /** @throws SourceDeferredError while the accounts service asks to be left alone */
  get(signal?: AbortSignal): Promise<string>;
  /** Forgets a token that was refused. */
  drop(token: string): void;
}

export interface TokenOptions {
  readonly source: string;
  readonly gate: Gate;
  readonly accountsUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
}

interface TokenBody {
  readonly access_token?: unknown;
  readonly expires_in?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
}

const USUAL_LIFE_S = 3_600;
const EARLY_MS = 60_000;

export function createTokenSource(options: TokenOptions): TokenSource {
  let current: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;
  const ask = async (signal: AbortSignal | undefined): Promise<string> => {
    const { token, lifeMs } = await requestToken(options, signal);
    // A token of a very short life is still used for half of it.
    const until = options.clock.monotonic() + lifeMs - Math.min(EARLY_MS, lifeMs / 2);
    current = { token, until };
    return token;
  };
  return {
    get: (signal) => {
      if (current && current.until > options.clock.monotonic()) return Promise.resolve(current.token);
      asking ??= ask(signal).finally(() => {
        asking = null;
      });
      return asking;
    },
    drop: (token) => {
      if (current?.token === token) current = null;
    },
  };
}

async function requestToken(
  options: TokenOptions,
  signal: AbortSignal | undefined,
): Promise<{ token: string; lifeMs: number }> {
  const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64');
  const answer = await options.gate
    .send(TOKEN_FAMILY, `${options.accountsUrl}/api/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
      signal,
      expectsJson: true,
    })
    .catch((error: unknown) => {
      throw error instanceof ExtractError ? notGiven(options, error) : error;
    });
  const { access_token: token, expires_in: life } = (answer.value ?? {}) as TokenBody;
  if (answer.status !== 200 || typeof token !== 'string' || token === '') throw refused(options, answer);
  return { token, lifeMs: (typeof life === 'number' ? life : USUAL_LIFE_S) * 1_000 };
}

/** Whatever was to be called with the token has not been asked for, and nothing else can be either. */
function notGiven({ source }: TokenOptions, cause: ExtractError): ExtractError {
  const { message, status, isRetryable } = cause;
  return new ExtractError(
    `"${source}" gave no token: ${message}`,
    { source, isOfKey: true, ...(status === undefined ? {} : { status }) },
    { cause, isRetryable },
  );
}

function refused({ source }: TokenOptions, answer: JsonAnswer): ExtractError {
  const { status } = answer;
  const { error, error_description: description } = (answer.value ?? {}) as TokenBody;
  const said = [error, description].filter((part) => typeof part === 'string').join(': ');
  const isAboutTheKey = error === 'invalid_client' || status === 401;
  const advice = isAboutTheKey
    ? "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET against the app's page in the developer dashboard."
    : 'A token is expected; check SPOTIFY_ACCOUNTS_URL, or try again later.';
  return new ExtractError(`"${source}" gave no token (${said || `status ${status}`}). ${advice}`, {
    source,
    status,
    isOfKey: true,
  });
}
