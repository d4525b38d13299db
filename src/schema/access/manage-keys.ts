// What the mutations about keys do.
import { NotFoundError } from '../../errors.ts';
import type { ApiKey, Scope } from '../../store/access/access-store.ts';
import { createApiKey } from '../../store/access/api-keys.ts';
import type { Context } from '../context.ts';
import { expectFailures, type InvalidInput, type NotFound } from '../runs/operate.ts';

export interface CreateApiKeySuccess {
  readonly kind: 'CreateApiKeySuccess';
  readonly apiKey: ApiKey;
  readonly text: string;
}
export interface RevokeApiKeySuccess {
  readonly kind: 'RevokeApiKeySuccess';
  readonly apiKey: ApiKey;
}

export function createKey(
  { accessStore, access, clock, random }: Context,
  input: { name: string; scope: Scope; expiresAt?: number | null | undefined },
): Promise<CreateApiKeySuccess | InvalidInput> {
  return expectFailures(async () => {
    const given = { ...input, createdBy: access.actor };
    const { key, text } = await createApiKey(accessStore, given, { now: clock.now(), random });
    return { kind: 'CreateApiKeySuccess', apiKey: key, text };
  });
}

export function revokeKey(
  { accessStore, clock }: Context,
  id: string,
): Promise<RevokeApiKeySuccess | NotFound> {
  return expectFailures(async () => {
    const apiKey = await accessStore.revokeKey(id, clock.now());
    if (!apiKey) throw new NotFoundError('key', id);
    return { kind: 'RevokeApiKeySuccess', apiKey };
  });
}
