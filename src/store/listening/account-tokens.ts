// An account's access token, renewed when it ends: by one process at a time, and never so that a rotated refresh token is lost.
import type { Clock, Randomness } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import type { ListeningFile } from './listening-file.ts';
import { seal, unseal } from './sealed-tokens.ts';

/** What is read here of the tokens that a login client keeps; its own type has more. */
export interface KeptTokens {
  readonly accessToken: string;
  readonly accessUntil: number;
}

export interface AccountTokensParts<T extends KeptTokens> {
  readonly file: ListeningFile;
  readonly secret: string;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Exchanges the tokens for new ones. */
  readonly refresh: (tokens: T) => Promise<T>;
  /** Runs work that no other process may do at the same time for this account. */
  readonly alone: <R>(work: () => Promise<R>) => Promise<R>;
}

export interface AccountTokens<T extends KeptTokens> {
  find(): T | null;
  save(tokens: T): void;
  /** @throws GroovelakeError when nobody is logged in, and whatever `refresh` throws */
  getAccess(): Promise<string>;
  /** Forgets an access token that was refused; the next `getAccess` renews it. */
  drop(token: string): void;
}

const EARLY_MS = 60_000;

export function createAccountTokens<T extends KeptTokens>(parts: AccountTokensParts<T>): AccountTokens<T> {
  const { file, secret, clock, random } = parts;
  const read = (): { tokens: T; version: number } | null => {
    const stored = file.findTokens();
    return stored ? { tokens: unseal(stored.sealed, secret) as T, version: stored.version } : null;
  };
  const write = (tokens: T, version: number) => file.replaceTokens(seal(tokens, secret, random), version);
  let refused: string | null = null;
  const isFresh = ({ accessToken, accessUntil }: KeptTokens) =>
    accessToken !== refused && accessUntil - EARLY_MS > clock.now();

  return {
    find: () => read()?.tokens ?? null,
    save: (tokens) => {
      // A new login outranks whatever is there.
      while (!write(tokens, file.findTokens()?.version ?? 0));
    },
    getAccess: async () => {
      const before = read();
      if (before && isFresh(before.tokens)) return before.tokens.accessToken;
      return parts.alone(async () => {
        const found = read();
        if (!found)
          throw new GroovelakeError('NOT_FOUND', 'Nobody is logged in. Run "groovelake login" first.');
        // Another process may have renewed them while this one waited.
        if (isFresh(found.tokens)) return found.tokens.accessToken;
        const renewed = await parts.refresh(found.tokens);
        write(renewed, found.version);
        return renewed.accessToken;
      });
    },
    drop: (token) => {
      refused = token;
    },
  };
}
