// The key of an account: scope read, and the only one besides its like that sees the account's listening.
import type { Randomness } from '../../clock.ts';
import type { AccessStore, ApiKey } from './access-store.ts';
import { createApiKey, isUsable } from './api-keys.ts';

/** A key of the account that still works, or null. */
export async function findAccountKey(
  store: Pick<AccessStore, 'listKeys'>,
  accountId: string,
  now: number,
): Promise<ApiKey | null> {
  const keys = await store.listKeys();
  return keys.find((key) => key.accountId === accountId && isUsable(key, now)) ?? null;
}

/**
 * Makes one. From then on the server wants a key from everybody: one person must not see another's listening.
 *
 * @returns its text, which is nowhere else
 */
export async function makeAccountKey(
  store: AccessStore,
  accountId: string,
  createdBy: string,
  about: { now: number; random: Randomness },
): Promise<string> {
  // No name of a person: it would stand in the audit log beside all that the key asked for.
  const given = { name: `listening of ${accountId}`, scope: 'read' as const, accountId, createdBy };
  return (await createApiKey(store, given, about)).text;
}
