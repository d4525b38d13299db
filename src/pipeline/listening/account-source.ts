// What an account lets us ask of Spotify: a client with the person's own token, held to the same limits as a crawl.
import { REAL_HOSTS } from '../../config/sources.ts';
import type { Config } from '../../config.ts';
import { ConfigError, HOW_TO_LOG_IN } from '../../errors.ts';
import { createFamilies, type Families } from '../../sources/families.ts';
import { createGate, type Gate } from '../../sources/gate.ts';
import { createHttp, createNetworkSend, type Http } from '../../sources/http.ts';
import {
  createLoginClient,
  type LoginClient,
  LoginEndedError,
  loginEnds,
  type UserTokens,
} from '../../sources/spotify/login.ts';
import { createMeClient, type MeClient } from '../../sources/spotify/me.ts';
import { createWindow } from '../../sources/window.ts';
import { type AccountTokens, createAccountTokens } from '../../store/listening/account-tokens.ts';
import type { ListeningFile } from '../../store/listening/listening-file.ts';
import { openRunWindow } from '../run-window.ts';
import type { StepContext } from '../step.ts';
import { digestAccount, holdLogin } from './account-lease.ts';

/** What the source of an account needs; a step's context has it. */
export type AccountParts = Pick<
  StepContext,
  'config' | 'clock' | 'random' | 'run' | 'runs' | 'scope' | 'signal'
>;

export interface AccountSource {
  readonly me: MeClient;
  readonly tokens: AccountTokens<UserTokens>;
  close(): Promise<void>;
}

const SOURCE = 'spotify';
/** Whose token is refused even when it was renewed. */
export const LOG_IN_AGAIN = `The person took the consent back, or the app was removed. Log in again ${HOW_TO_LOG_IN}.`;

export function openAccountSource(
  parts: AccountParts,
  { accountId, file }: { accountId: string; file: ListeningFile },
): AccountSource {
  const { config, clock, random, runs, signal } = parts;
  const { http, tokenHttp, close } = openHttp(parts);
  const families = createFamilies({
    source: SOURCE,
    clock,
    // What may be asked differs from person to person. A block holds for all of them: quotas are counted per developer account.
    key: `account ${digestAccount(accountId)}`,
    memory: {
      get: (key) => runs.getSourceState(SOURCE, key),
      set: (key, value) => runs.setSourceState(SOURCE, key, value),
    },
  });
  const login = createTokenGate(parts, tokenHttp, families);
  const tokens: AccountTokens<UserTokens> = createAccountTokens({
    file,
    secret: requireTokenKey(config),
    clock,
    random,
    refresh: async (old) => {
      try {
        return await createLogin(parts, login).refresh(old);
      } catch (error) {
        if (!(error instanceof LoginEndedError)) throw error;
        // Somebody has logged in again meanwhile: that login has not ended.
        const now = tokens.find();
        if (now && now.authorizedAt !== old.authorizedAt) return now;
        // Refused after its day, it ended on that day: another one would be told of anew.
        file.saveLoginEnd(Math.min(clock.now(), loginEnds(old) + 1));
        throw error;
      }
    },
    alone: (work) => holdLogin(parts, accountId, work),
  });
  const gate = createGate({
    http,
    families,
    window: openRunWindow(parts),
    clock,
    maxWaitSeconds: config.crawlMaxWaitSeconds,
    spend: () => {},
  });
  const me = createMeClient({
    source: SOURCE,
    apiUrl: config.spotifyApiUrl ?? REAL_HOSTS.spotifyApi,
    gate,
    tokens: { get: () => tokens.getAccess(), drop: tokens.drop },
    ifRefused: LOG_IN_AGAIN,
    signal,
  });
  return {
    me,
    tokens,
    close: async () => {
      await families.save();
      await close();
    },
  };
}

/** The login of the configured app. @throws ConfigError without SPOTIFY_CLIENT_ID */
export function createLogin(
  { config, clock, random }: Pick<AccountParts, 'config' | 'clock' | 'random'>,
  gate: Gate,
): LoginClient {
  if (config.spotifyClientId === undefined) {
    throw new ConfigError(
      'SPOTIFY_CLIENT_ID is not set, and nobody can log in without an app. Set it and SPOTIFY_CLIENT_SECRET, and register ' +
        'http://127.0.0.1/callback as a redirect URI of the app.',
    );
  }
  return createLoginClient({
    source: SOURCE,
    gate,
    accountsUrl: config.spotifyAccountsUrl ?? REAL_HOSTS.spotifyAccounts,
    clientId: config.spotifyClientId,
    clock,
    random,
  });
}

/**
 * The gate of logins, with the question who logs in, and of refreshes. It waits for nothing: whoever refreshes holds a lease, whoever logs in a
 * browser, and both are shorter than what Spotify may ask for.
 */
export function createTokenGate(
  { clock }: Pick<AccountParts, 'clock'>,
  tokenHttp: Http,
  families: Families,
): Gate {
  const window = createWindow(null, clock);
  return createGate({ http: tokenHttp, families, window, clock, maxWaitSeconds: 0, spend: () => {} });
}

/** `tokenHttp` waits out no Retry-After. */
export function openHttp({ config, clock, random }: Pick<AccountParts, 'config' | 'clock' | 'random'>): {
  http: Http;
  tokenHttp: Http;
  close(): Promise<void>;
} {
  const network = createNetworkSend({
    clock,
    timeoutMs: config.httpTimeoutMs,
    maxBytes: config.httpMaxBytes,
    connections: 2,
  });
  const httpThatWaits = (maxWaitSeconds: number) =>
    createHttp({
      source: SOURCE,
      clock,
      random,
      retries: config.httpRetries,
      maxWaitSeconds,
      sendOnce: network.send,
    });
  return {
    http: httpThatWaits(config.crawlMaxWaitSeconds),
    tokenHttp: httpThatWaits(0),
    close: network.close,
  };
}

/** @throws ConfigError where none is set: a login is kept encrypted or not at all */
export function requireTokenKey({ tokenKey }: Pick<Config, 'tokenKey'>): string {
  if (tokenKey !== undefined) return tokenKey;
  throw new ConfigError(
    'GROOVELAKE_TOKEN_KEY is not set, and a login is kept encrypted or not at all. ' +
      'Set it to a secret of at least 16 characters, for example with openssl rand -hex 24, and keep it.',
  );
}
