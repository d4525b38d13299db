import { describe, expect, it } from 'vitest';
import type { Gate } from '../../../src/sources/gate.ts';
import { createMeClient, type MeClient } from '../../../src/sources/spotify/me.ts';

/** A client that is answered so, whatever it asks. */
function answered(value: unknown): MeClient {
  const gate = { send: async () => ({ status: 200, headers: {}, body: '', value }) };
  const tokens = { get: async () => 'token', drop: () => {} };
  const { signal } = new AbortController();
  return createMeClient({ source: 'spotify', apiUrl: '', gate: gate as unknown as Gate, tokens, signal });
}

describe('person()', () => {
  it('is told apart by the stable id, else by the user id', async () => {
    expect(await answered({ account_id: 'a', id: 'u', display_name: 'Anna' }).person()).toEqual({
      accountId: 'a',
      displayName: 'Anna',
    });
    expect(await answered({ account_id: '', id: 'u' }).person()).toEqual({ accountId: 'u', displayName: '' });
  });

  it.each([
    [{}],
    [{ id: null }],
    [{ id: '' }],
    [{ account_id: ' ', id: 7 }],
  ])('is nobody where neither is a text that says anything: %j', async (value) => {
    await expect(answered({ ...value, display_name: 'Anna' }).person()).rejects.toMatchObject({
      code: 'EXTRACT',
      message: '"spotify" answered /me without an id of the person. Try again later.',
    });
  });
});
