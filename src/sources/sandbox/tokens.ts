// Tokens of the accounts service: access tokens of apps and of users, codes that are good for one use, refresh tokens that rotate.
import type { Clock } from '../../clock.ts';

export interface Access {
  readonly clientId: string;
  /** Null for a token of client credentials, which stands for the app and not for a user. */
  readonly scopes: readonly string[] | null;
  readonly until: number;
}

export interface Grant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** Of PKCE; null where the app has a secret instead. */
  readonly challenge: string | null;
}

interface Consent {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** When the user agreed; refreshing does not move it. */
  readonly at: number;
}

export interface TokenBook {
  issueAccess(clientId: string, scopes: readonly string[] | null, seconds: number): string;
  findAccess(token: string): Access | null;
  issueCode(grant: Grant): string;
  /** The grant of a code, once: a second use finds nothing. */
  takeCode(code: string): Grant | null;
  issueRefresh(clientId: string, scopes: readonly string[]): string;
  /** Null: never issued, rotated away, of another client, or older than six months since the user agreed. */
  findRefresh(token: string, clientId: string): Consent | null;
  /** Another refresh token of the same consent; the old one ends. */
  rotate(token: string): string;
}

const CODE_MS = 600_000;
const MONTHS = 6;

export function createTokenBook(clock: Clock, makeToken: () => string): TokenBook {
  const accesses = new Map<string, Access>();
  const codes = new Map<string, { grant: Grant; until: number }>();
  const consents = new Map<string, Consent>();
  return {
    issueAccess: (clientId, scopes, seconds) => {
      const token = makeToken();
      accesses.set(token, { clientId, scopes, until: clock.now() + seconds * 1_000 });
      return token;
    },
    findAccess: (token) => {
      const found = accesses.get(token);
      return found && found.until > clock.now() ? found : null;
    },
    issueCode: (grant) => {
      const code = makeToken();
      codes.set(code, { grant, until: clock.now() + CODE_MS });
      return code;
    },
    takeCode: (code) => {
      const found = codes.get(code);
      codes.delete(code);
      return found && found.until > clock.now() ? found.grant : null;
    },
    issueRefresh: (clientId, scopes) => {
      const token = makeToken();
      consents.set(token, { clientId, scopes, at: clock.now() });
      return token;
    },
    findRefresh: (token, clientId) => {
      const consent = consents.get(token);
      if (consent?.clientId !== clientId) return null;
      return addMonths(consent.at, MONTHS) > clock.now() ? consent : null;
    },
    rotate: (token) => {
      const consent = consents.get(token);
      if (!consent) return token;
      const next = makeToken();
      consents.delete(token);
      consents.set(next, consent);
      return next;
    },
  };
}

function addMonths(at: number, months: number): number {
  const date = new Date(at);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.getTime();
}
