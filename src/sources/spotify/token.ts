// A token of the client-credentials flow: asked for once by whoever needs it first, renewed a minute before it ends.
import type { Clock } from '../../clock.ts';
import { ExtractError } from '../../errors.ts';
import { type Http, parseJson } from '../http.ts';

export interface TokenSource {
  get(signal?: AbortSignal): Promise<string>;
  /** Forgets a token that was refused. */
  drop(token: string): void;
}

const EARLY_MS = 60_000;

export function createTokenSource(options: {
  readonly http: Http;
  readonly accountsUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
}): TokenSource {
  let current: { token: string; until: number } | null = null;
  let asking: Promise<string> | null = null;
  const ask = async (signal: AbortSignal | undefined): Promise<string> => {
    const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64');
    const answer = await options.http.send(`${options.accountsUrl}/api/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials',
      signal,
    });
    const body = parseJson(answer.body) as
      | { access_token?: string; expires_in?: number; error?: string; error_description?: string }
      | undefined;
    if (answer.status !== 200 || !body?.access_token) throw refused(answer.status, body);
    current = {
      token: body.access_token,
      until: options.clock.now() + (body.expires_in ?? 3_600) * 1_000 - EARLY_MS,
    };
    return current.token;
  };
  return {
    get: (signal) => {
      if (current && current.until > options.clock.now()) return Promise.resolve(current.token);
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

function refused(
  status: number,
  body: { error?: string; error_description?: string } | undefined,
): ExtractError {
  const said = [body?.error, body?.error_description].filter(Boolean).join(': ') || `status ${status}`;
  return new ExtractError(
    `Spotify gave no token (${said}). Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET against the app's page in the developer dashboard.`,
    { source: 'spotify', status },
  );
}
