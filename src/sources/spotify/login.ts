// Logging a person in: authorization code with PKCE, and refresh (SOURCES 1.1). Knows no store: tokens are handed back.
import { createHash } from 'node:crypto';
import type { Clock, Randomness } from '../../clock.ts';
import { ExtractError, HOW_TO_LOG_IN } from '../../errors.ts';
import type { Gate } from '../gate.ts';
import type { JsonAnswer } from '../http.ts';
import { TOKEN_FAMILY } from './token.ts';

/** What the listening of a person is read with. */
const LOGIN_SCOPES = ['user-read-recently-played', 'user-top-read'] as const;

/** One attempt to log in; the verifier stays with whoever began it. */
export interface LoginAttempt {
  readonly state: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

export interface UserTokens {
  readonly accessToken: string;
  /** Milliseconds since 1970. */
  readonly accessUntil: number;
  readonly refreshToken: string;
  readonly scope: string;
  /** When the person agreed; the refresh token ends six months later, however often it is used. */
  readonly authorizedAt: number;
}

/** Both that ask throw a SourceDeferredError while the accounts service asks to be left alone. */
export interface LoginClient {
  begin(redirectUri: string): { attempt: LoginAttempt; url: string };
  /** @throws ExtractError for a code that is not taken */
  exchange(attempt: LoginAttempt, code: string): Promise<UserTokens>;
  /** @throws LoginEndedError when the person must log in again */
  refresh(tokens: UserTokens): Promise<UserTokens>;
}

/** The refresh token was revoked, or its six months are over. */
export class LoginEndedError extends ExtractError {}

export interface LoginOptions {
  readonly source: string;
  readonly gate: Gate;
  readonly accountsUrl: string;
  readonly clientId: string;
  readonly clock: Clock;
  readonly random: Randomness;
}

const SIX_MONTHS_MS = 182 * 86_400_000;

/** When the person must have logged in again, milliseconds since 1970. */
export function loginEnds({ authorizedAt }: Pick<UserTokens, 'authorizedAt'>): number {
  return authorizedAt + SIX_MONTHS_MS;
}

export function createLoginClient(options: LoginOptions): LoginClient {
  const { accountsUrl, clientId, clock, random } = options;
  const ask = async (form: Record<string, string>): Promise<JsonAnswer> =>
    options.gate.send(TOKEN_FAMILY, `${accountsUrl}/api/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, client_id: clientId }).toString(),
      expectsJson: true,
    });
  return {
    begin: (redirectUri) => {
      // 64 hexadecimal digits are within the 43 to 128 characters that a verifier has.
      const attempt = { state: random.hex(16), verifier: random.hex(32), redirectUri };
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirectUri,
        scope: LOGIN_SCOPES.join(' '),
        state: attempt.state,
        code_challenge_method: 'S256',
        code_challenge: createHash('sha256').update(attempt.verifier).digest('base64url'),
      });
      return { attempt, url: `${accountsUrl}/authorize?${query}` };
    },
    exchange: async ({ redirectUri, verifier }, code) => {
      const answer = await ask({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      const tokens = readTokens(answer, clock.now());
      if (tokens?.refreshToken)
        return { ...tokens, refreshToken: tokens.refreshToken, authorizedAt: clock.now() };
      throw refused(options.source, answer, 'Begin the login again.');
    },
    refresh: async (old) => {
      const answer = await ask({ grant_type: 'refresh_token', refresh_token: old.refreshToken });
      const tokens = readTokens(answer, clock.now());
      // An answer without a new refresh token leaves the old one in force.
      if (tokens)
        return {
          ...tokens,
          scope: tokens.scope || old.scope,
          refreshToken: tokens.refreshToken ?? old.refreshToken,
          authorizedAt: old.authorizedAt,
        };
      if (readError(answer).error === 'invalid_grant') throw ended(options.source, answer);
      const isOfApp = ['invalid_client', 'unauthorized_client'].includes(readError(answer).error);
      throw refused(
        options.source,
        answer,
        isOfApp
          ? `SPOTIFY_CLIENT_ID is expected to be the app that the person logged in to. Set it so, or log in again ${HOW_TO_LOG_IN}.`
          : 'It is tried again at the next run.',
      );
    },
  };
}

type GivenTokens = Omit<UserTokens, 'authorizedAt' | 'refreshToken'> & { refreshToken: string | null };

function readTokens({ status, value }: JsonAnswer, now: number): GivenTokens | null {
  const body = (value ?? {}) as Record<string, unknown>;
  if (status !== 200 || typeof body.access_token !== 'string' || body.access_token === '') return null;
  const life = typeof body.expires_in === 'number' ? body.expires_in : 3_600;
  return {
    accessToken: body.access_token,
    accessUntil: now + life * 1_000,
    refreshToken: typeof body.refresh_token === 'string' ? body.refresh_token : null,
    scope: typeof body.scope === 'string' ? body.scope : '',
  };
}

function readError({ value }: JsonAnswer): { error: string; said: string } {
  const { error, error_description: description } = (value ?? {}) as Record<string, unknown>;
  const words = [error, description].filter((part) => typeof part === 'string');
  return { error: typeof error === 'string' ? error : '', said: words.join(': ') };
}

function ended(source: string, answer: JsonAnswer): LoginEndedError {
  return new LoginEndedError(
    `"${source}" takes the login no longer (${readError(answer).said}): it was revoked, or its six months are over. ` +
      `Log in again ${HOW_TO_LOG_IN}.`,
    { source, status: answer.status, isOfKey: true },
  );
}

function refused(source: string, answer: JsonAnswer, advice: string): ExtractError {
  const { said } = readError(answer);
  return new ExtractError(`"${source}" gave no tokens (${said || `status ${answer.status}`}). ${advice}`, {
    source,
    status: answer.status,
    isOfKey: true,
  });
}
