import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { createLoginClient, LoginEndedError } from '../../../src/sources/spotify/login.ts';
import { type Scripted, scriptSource } from '../scripted-source.ts';

const REDIRECT = 'http://127.0.0.1/callback';
const given: Scripted = {
  body: JSON.stringify({ access_token: 'a', refresh_token: 'r', expires_in: 3_600, scope: 's' }),
};

function open(...script: Scripted[]) {
  const source = scriptSource(script);
  const client = createLoginClient({
    source: 'spotify',
    gate: source.gate,
    accountsUrl: 'http://accounts',
    clientId: 'id',
    clock: source.clock,
    random: seededRandomness(1),
  });
  return { ...source, client, attempt: client.begin(REDIRECT).attempt };
}

describe('createLoginClient', () => {
  it('exchanges a code for tokens, and renews them', async () => {
    const { client, attempt, sent, clock } = open(given);
    const tokens = await client.exchange(attempt, 'code');
    expect(tokens).toMatchObject({ accessToken: 'a', refreshToken: 'r', authorizedAt: clock.now() });
    await client.refresh(tokens);
    expect(sent.map(({ url }) => url)).toEqual(Array(2).fill('http://accounts/api/token'));
    expect(sent[1]?.request.body).toContain('grant_type=refresh_token');
  });

  it('leaves the accounts service alone for as long as it asks, in both', async () => {
    const headers = { 'retry-after': '7200' };
    const { client, attempt, sent, clock, families } = open(given, { status: 429, headers }, given);
    const tokens = await client.exchange(attempt, 'code');
    const until = clock.now() + 7_200_000;
    const deferred = { code: 'SOURCE_DEFERRED', family: 'token', until };
    await expect(client.refresh(tokens)).rejects.toMatchObject(deferred);
    await expect(client.refresh(tokens)).rejects.toMatchObject(deferred);
    await expect(client.exchange(attempt, 'code')).rejects.toMatchObject(deferred);
    expect([sent.length, families.counts()]).toEqual([2, { token: 2 }]);
    await clock.sleep(7_200_001);
    expect(await client.refresh(tokens)).toMatchObject({ accessToken: 'a' });
  });

  it('says that the person must log in again where the login has ended', async () => {
    const { client, attempt } = open(given, { status: 400, body: '{"error":"invalid_grant"}' });
    const tokens = await client.exchange(attempt, 'code');
    await expect(client.refresh(tokens)).rejects.toThrow(
      /takes the login no longer .* Log in again with "groovelake login" or at \/auth\/spotify\.$/,
    );
    await expect(client.refresh(tokens)).rejects.toBeInstanceOf(LoginEndedError);
  });

  it('says what to set where the login is of another app', async () => {
    const { client, attempt } = open(given, { status: 401, body: '{"error":"invalid_client"}' });
    const tokens = await client.exchange(attempt, 'code');
    await expect(client.refresh(tokens)).rejects.toThrow(
      /\(invalid_client\)\. SPOTIFY_CLIENT_ID is expected to be the app .* log in again with "groovelake login" or at \/auth\/spotify\./,
    );
  });
});
