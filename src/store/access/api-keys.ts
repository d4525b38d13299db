// API keys: how they are made, told apart and checked. A key reads `gl_ID_SECRET`; the store has its id and its hash.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Randomness } from '../../clock.ts';
import { InvalidInputError } from '../../errors.ts';
import { type AccessStore, type ApiKey, SCOPES, type Scope } from './access-store.ts';

export interface NewApiKey {
  readonly name: string;
  readonly scope: Scope;
  readonly expiresAt?: number | null | undefined;
  /** The account whose listening it may see; nobody's unless stated. */
  readonly accountId?: string | null | undefined;
  readonly createdBy: string;
}

const LONGEST_NAME = 100;
const SECRET_BYTES = 24;
/** The last use is kept to the minute: a busy key costs one write a minute. */
const TOUCH_EVERY_MS = 60_000;

/** Makes and stores a key. Its text is in the answer and nowhere else. @throws InvalidInputError */
export async function createApiKey(
  store: AccessStore,
  given: NewApiKey,
  { now, random }: { now: number; random: Randomness },
): Promise<{ key: ApiKey; text: string }> {
  const name = given.name.trim();
  if (name.length === 0 || name.length > LONGEST_NAME) {
    const expected = `1 to ${LONGEST_NAME} characters`;
    throw new InvalidInputError(`name has ${name.length} characters; ${expected} are expected.`, {
      field: 'name',
      given: name.slice(0, LONGEST_NAME),
      expected,
    });
  }
  const expiresAt = given.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now) {
    throw new InvalidInputError('expiresAt is over already; an instant to come is expected.', {
      field: 'expiresAt',
      given: new Date(expiresAt).toISOString(),
      expected: 'an instant to come',
    });
  }
  const id = random.hex(6);
  const text = `gl_${id}_${random.hex(SECRET_BYTES)}`;
  const key: ApiKey = {
    id,
    name,
    scope: given.scope,
    accountId: given.accountId ?? null,
    hash: hashKey(text).toString('hex'),
    createdAt: now,
    createdBy: given.createdBy,
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  await store.saveKey(key);
  return { key, text };
}

/**
 * The key behind a text, or null when it is unknown, revoked or expired: three cases that look the same from outside, and cost the
 * same work.
 */
export async function findApiKey(store: AccessStore, text: string, now: number): Promise<ApiKey | null> {
  const given = hashKey(text);
  const key = await store.findKey(findKeyId(text) ?? '');
  const isSame = timingSafeEqual(given, key ? Buffer.from(key.hash, 'hex') : NO_KEY);
  if (!key || !isSame || !isUsable(key, now)) return null;
  // Where the disk is full or the database busy the last use is not written: no reason to let nobody in.
  if (now - (key.lastUsedAt ?? 0) >= TOUCH_EVERY_MS) await store.touchKey(key.id, now).catch(() => {});
  return key;
}

/** The id within a text that has the form of a key; null where it has another. */
export function findKeyId(text: string): string | null {
  return /^gl_([0-9a-f]{12})_/.exec(text)?.[1] ?? null;
}

export function isUsable(key: ApiKey, now: number): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
}

export function hashKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compared with where there is no key of that id; no text has this hash. */
const NO_KEY = Buffer.alloc(32);

/** @throws InvalidInputError */
export function readScope(given: string): Scope {
  const scope = SCOPES.find((name) => name === given.toLowerCase());
  if (scope) return scope;
  throw new InvalidInputError(`scope is "${given}"; ${SCOPES.join(', ')} are expected.`, {
    field: 'scope',
    given,
    expected: SCOPES.join(', '),
  });
}
