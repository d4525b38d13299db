// Connecting a person's account: a login that was begun, finished by the code that Spotify sends back. The command line and the server do
// the same; whoever began a login is told apart by its state.
import { REAL_HOSTS } from '../../config/sources.ts';
import { InvalidInputError, NotFoundError, SourceDeferredError } from '../../errors.ts';
import { createFamilies } from '../../sources/families.ts';
import type { Gate } from '../../sources/gate.ts';
import { type LoginAttempt, loginEnds, type UserTokens } from '../../sources/spotify/login.ts';
import { createMeClient, type Person } from '../../sources/spotify/me.ts';
import { createAccountTokens } from '../../store/listening/account-tokens.ts';
import {
  type Account,
  createAccount,
  listAccounts,
  openAccount,
  SANDBOX_ACCOUNT,
} from '../../store/listening/accounts.ts';
import {
  type AccountParts,
  createLogin,
  createTokenGate,
  LOG_IN_AGAIN,
  openHttp,
  requireTokenKey,
} from './account-source.ts';

export interface Connector {
  /** Whether one could be begun; begins none. @throws ConfigError without an app or a key for tokens */
  check(redirectUri: string): void;
  /**
   * Begins a login.
   *
   * @param into the account to connect, or ONLY: the one that was imported, where there is no other. Whoever may name it may connect
   *   anybody to the plays it holds, so that neither is for strangers; unless stated, a new person has a new account
   * @param by who begins, where several may: nobody else finishes it
   * @returns the address to open in a browser
   * @throws ConfigError without an app or a key for tokens
   */
  begin(redirectUri: string, into?: { readonly accountId: string } | 'ONLY', by?: string): string;
  /**
   * Finishes it. The account is the one of that person, else the one it was begun for, else a new one.
   *
   * @param query as Spotify sent it back: code and state, or error and state
   * @throws InvalidInputError for a state that was not begun here or by somebody else, a person who did not agree, or an account that is
   *   another person's
   */
  finish(query: URLSearchParams, by?: string): Promise<Account>;
}

type LoginParts = Pick<AccountParts, 'config' | 'clock' | 'random'>;

type Into = Parameters<Connector['begin']>[1];

interface Begun {
  readonly attempt: LoginAttempt;
  readonly into: Into;
  readonly by: string | undefined;
  readonly at: number;
}

const LIFE_MS = 600_000;
const MOST_ATTEMPTS = 100;
/** So long a browser may wait for who logs in: the code is spent by then, and another one takes the person. */
const SHORT_MS = 10_000;

export function createConnector(parts: LoginParts): Connector {
  const { config, clock, random } = parts;
  const begun = new Map<string, Begun>();
  // Of this process: whoever logs in is not held off by what a crawl was told, but by what logins were.
  const memory = { get: async () => null, set: async () => {} };
  const families = createFamilies({ source: 'spotify', clock, key: 'login', memory });
  const prepare = (redirectUri: string) => {
    requireTokenKey(config);
    const { tokenHttp, close } = openHttp(parts);
    try {
      return createLogin(parts, createTokenGate(parts, tokenHttp, families)).begin(redirectUri);
    } finally {
      void close();
    }
  };
  return {
    check: (redirectUri) => {
      prepare(redirectUri);
    },
    begin: (redirectUri, into, by) => {
      const { attempt, url } = prepare(redirectUri);
      begun.set(attempt.state, { attempt, into, by, at: clock.now() });
      const [oldest] = begun.keys();
      if (begun.size > MOST_ATTEMPTS && oldest !== undefined) begun.delete(oldest);
      return url;
    },
    finish: async (query, by) => {
      const state = query.get('state') ?? '';
      const found = begun.get(state);
      // One state, one answer: whoever brings it again, or another, is not who began.
      begun.delete(state);
      if (!found || clock.now() - found.at > LIFE_MS)
        throw refused('the login was not begun here, or more than ten minutes ago');
      if (found.by !== by) throw refused('the login was begun with another key');
      const code = query.get('code');
      const error = (query.get('error') ?? 'no reason').slice(0, 100);
      if (error === 'access_denied') throw refused('whoever was asked did not agree (access_denied)');
      if (code === null) throw refused(`Spotify sent no code (${error})`);
      const { tokenHttp, close } = openHttp(parts);
      try {
        const gate = createTokenGate(parts, tokenHttp, families);
        const tokens = await createLogin(parts, gate).exchange(found.attempt, code);
        return await keep(tokens, await askWho(parts, gate, tokens), found.into);
      } finally {
        await close();
      }
    },
  };

  function refused(what: string): InvalidInputError {
    return new InvalidInputError(`Not connected: ${what}. Begin again.`, {
      field: 'state',
      expected: 'the answer to a login that was begun here',
    });
  }

  async function keep(tokens: UserTokens, person: Person, into: Into): Promise<Account> {
    const { dataDir } = config;
    const known = chooseAccount(await listAccounts(dataDir), person, into);
    const account = await createAccount(dataDir, {
      id: known?.id ?? random.hex(6),
      spotifyAccountId: person.accountId,
      displayName: person.displayName,
      createdAt: known?.createdAt ?? clock.now(),
    });
    const file = await openAccount(dataDir, account.id);
    try {
      createAccountTokens<UserTokens>({
        file,
        secret: requireTokenKey(config),
        clock,
        random,
        refresh: async (old) => old,
        alone: (work) => work(),
      }).save(tokens);
      file.saveLoginEnd(loginEnds(tokens));
      return account;
    } finally {
      file.close();
    }
  }
}

/** The account of a person who logged in; undefined: a new one. @throws InvalidInputError */
function chooseAccount(all: readonly Account[], { accountId }: Person, into: Into): Account | undefined {
  const accounts = all.filter(({ id }) => id !== SANDBOX_ACCOUNT);
  const theirs = accounts.find(({ spotifyAccountId }) => spotifyAccountId === accountId);
  if (into === undefined || into === 'ONLY') {
    const [only] = accounts.length === 1 ? accounts : [];
    return theirs ?? (into === 'ONLY' && only?.spotifyAccountId === null ? only : undefined);
  }
  const wanted = accounts.find(({ id }) => id === into.accountId);
  if (!wanted) throw new NotFoundError('account', into.accountId);
  if ((theirs ?? wanted) === wanted && [null, accountId].includes(wanted.spotifyAccountId)) return wanted;
  const reason = theirs ? `whoever logged in is account "${theirs.id}"` : 'somebody else is connected to it';
  throw new InvalidInputError(
    `account is "${wanted.id}", but ${reason}; an account of the same person is expected. Log in without --account.`,
    { field: 'account', given: wanted.id, expected: 'an account of the same person' },
  );
}

async function askWho({ config, clock }: LoginParts, gate: Gate, tokens: UserTokens): Promise<Person> {
  const me = createMeClient({
    source: 'spotify',
    apiUrl: config.spotifyApiUrl ?? REAL_HOSTS.spotifyApi,
    gate,
    tokens: { get: async () => tokens.accessToken, drop: () => {} },
    ifRefused: LOG_IN_AGAIN,
    signal: new AbortController().signal,
  });
  try {
    return await me.person();
  } catch (error) {
    const wait = error instanceof SourceDeferredError ? error.until - clock.now() : Infinity;
    if (wait > SHORT_MS) throw error;
    await clock.sleep(wait);
    return me.person();
  }
}
