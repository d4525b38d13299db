import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OpenSandbox, openSandbox } from './open-sandbox.ts';

const REDIRECT = 'http://127.0.0.1:8765/callback';
const VERIFIER = 'v'.repeat(64);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const MONTH_MS = 31 * 86_400_000;

/** Goes through both hops and answers with where the browser is sent. */
async function login(sandbox: OpenSandbox, query: Record<string, string> = {}): Promise<URL> {
  const all = {
    client_id: 'sandbox-client',
    response_type: 'code',
    redirect_uri: REDIRECT,
    state: 's',
    ...query,
  };
  const first = await sandbox.ask(`${sandbox.accountsUrl}/authorize?${new URLSearchParams(all)}`);
  expect(first.status).toBe(303);
  const second = await sandbox.ask(String(first.headers.get('location')));
  expect(second.status, second.text).toBe(303);
  return new URL(String(second.headers.get('location')));
}

const pkce = {
  code_challenge_method: 'S256',
  code_challenge: CHALLENGE,
  scope: 'user-top-read user-read-recently-played',
};
const exchange = (code: string | null, more: Record<string, string> = {}) => ({
  grant_type: 'authorization_code',
  code: code ?? '',
  redirect_uri: REDIRECT,
  ...more,
});

describe('a token of client credentials', () => {
  it('has exactly the documented fields, and ends when its time is over', async () => {
    const sandbox = await openSandbox({ settings: { tokenSeconds: 60 } });
    const { status, body, headers } = await sandbox.askToken({ grant_type: 'client_credentials' });
    expect([status, Object.keys(body).sort()]).toEqual([200, ['access_token', 'expires_in', 'token_type']]);
    expect([body.token_type, body.expires_in]).toEqual(['Bearer', 60]);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await sandbox.ask('/search?q=rush&type=artist', body.access_token)).status).toBe(200);
    sandbox.pass(60_000);
    expect((await sandbox.ask('/search?q=rush&type=artist', body.access_token)).status).toBe(401);
  });

  it('is given for credentials in the form too', async () => {
    const sandbox = await openSandbox();
    const form = {
      grant_type: 'client_credentials',
      client_id: sandbox.clientId,
      client_secret: sandbox.clientSecret,
    };
    expect((await sandbox.askToken(form, null)).status).toBe(200);
  });

  it.each([
    [
      'an unknown client',
      { id: 'nobody', secret: 'x' },
      { error: 'invalid_client', error_description: 'Invalid client' },
    ],
    [
      'a wrong secret',
      { id: 'sandbox-client', secret: 'x' },
      { error: 'invalid_client', error_description: 'Invalid client secret' },
    ],
    ['no credentials at all', null, { error: 'invalid_client' }],
  ])('is refused to %s in the shape of OAuth', async (_what, client, expected) => {
    const sandbox = await openSandbox();
    const { status, body } = await sandbox.askToken({ grant_type: 'client_credentials' }, client);
    expect([status, body]).toEqual([400, expected]);
  });

  it('is refused for another grant type, and for a body that is no form', async () => {
    const sandbox = await openSandbox();
    expect((await sandbox.askToken({ grant_type: 'password' })).body.error).toBe('unsupported_grant_type');
    const asJson = await fetch(`${sandbox.accountsUrl}/api/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials' }),
    });
    expect([asJson.status, (await asJson.json()).error]).toEqual([400, 'unsupported_grant_type']);
  });
});

describe('an authorization code', () => {
  it('is exchanged once for the tokens of the scopes that were granted', async () => {
    const sandbox = await openSandbox();
    const back = await login(sandbox, { scope: 'user-top-read' });
    expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([REDIRECT, 's']);
    const form = exchange(back.searchParams.get('code'));
    const { status, body } = await sandbox.askToken(form);
    expect([status, body.token_type, body.scope, body.expires_in]).toEqual([
      200,
      'Bearer',
      'user-top-read',
      3_600,
    ]);
    expect(body.refresh_token).toMatch(/^[0-9a-f]{64}$/);
    expect((await sandbox.askToken(form)).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Invalid authorization code',
    });
  });

  it('of PKCE needs the verifier and no secret', async () => {
    const sandbox = await openSandbox();
    const code = async () => (await login(sandbox, pkce)).searchParams.get('code');
    const id = { client_id: sandbox.clientId };
    const wrong = { ...id, code_verifier: 'w'.repeat(64) };
    const right = { ...id, code_verifier: VERIFIER };
    expect((await sandbox.askToken(exchange(await code(), wrong), null)).body.error_description).toBe(
      'code_verifier was incorrect',
    );
    expect(
      (await sandbox.askToken(exchange(await code(), { ...id, code_verifier: 'short' }), null)).status,
    ).toBe(400);
    expect((await sandbox.askToken(exchange(await code(), right), null)).status).toBe(200);
  });

  it('is good for ten minutes, for its own redirect address and for its own client', async () => {
    const sandbox = await openSandbox();
    const code = async () => (await login(sandbox)).searchParams.get('code');
    const late = await code();
    sandbox.pass(600_000);
    expect((await sandbox.askToken(exchange(late))).body.error).toBe('invalid_grant');
    const elsewhere = exchange(await code(), { redirect_uri: `${REDIRECT}/` });
    expect((await sandbox.askToken(elsewhere)).body.error).toBe('invalid_grant');
    const others = await sandbox.askToken(exchange(await code()), sandbox.clients[2]);
    expect(others.body.error).toBe('invalid_grant');
  });

  it.each([
    ['http://localhost:8765/callback', 'localhost has been refused since 2025-11-27'],
    ['http://app.sandbox.invalid/callback', 'http off the loopback'],
    ['https://elsewhere.invalid/callback', 'not registered'],
    ['not an address', 'no address'],
  ])('is not sent to %s (%s)', async (redirect_uri) => {
    const sandbox = await openSandbox();
    const query = new URLSearchParams({ client_id: sandbox.clientId, response_type: 'code', redirect_uri });
    const hop = await sandbox.ask(`${sandbox.accountsUrl}/authorize?${query}`);
    expect(hop.status).toBe(303);
    const { status, text } = await sandbox.ask(String(hop.headers.get('location')));
    expect([status, text]).toEqual([400, 'INVALID_CLIENT: Invalid redirect URI']);
  });

  it('is not given when the user says no, and the first hop does not look at the client', async () => {
    const sandbox = await openSandbox({ settings: { login: 'deny' } });
    expect((await login(sandbox)).search).toBe('?state=s&error=access_denied');
    const hop = await sandbox.ask(`${sandbox.accountsUrl}/authorize?client_id=bogus`);
    expect(hop.status).toBe(303);
    expect((await sandbox.ask(String(hop.headers.get('location')))).text).toBe(
      'INVALID_CLIENT: Invalid client',
    );
  });
});

describe('a refresh token', () => {
  const refresh = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token });

  async function openUser(rotation: 'always' | 'never') {
    const sandbox = await openSandbox({ settings: { rotation } });
    const { body } = await sandbox.askToken(exchange((await login(sandbox)).searchParams.get('code')));
    return { sandbox, token: String(body.refresh_token) };
  }

  it('is replaced by each use where it rotates, and the old one is revoked', async () => {
    const { sandbox, token } = await openUser('always');
    const { status, body } = await sandbox.askToken(refresh(token));
    expect([status, typeof body.refresh_token]).toEqual([200, 'string']);
    expect(body.refresh_token).not.toBe(token);
    expect((await sandbox.askToken(refresh(token))).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Refresh token revoked',
    });
    expect((await sandbox.askToken(refresh(body.refresh_token))).status).toBe(200);
  });

  it('stays where it does not rotate: the answer has none', async () => {
    const { sandbox, token } = await openUser('never');
    expect((await sandbox.askToken(refresh(token))).body).not.toHaveProperty('refresh_token');
    expect((await sandbox.askToken(refresh(token))).status).toBe(200);
  });

  it('ends six months after the user agreed, even if it was refreshed the day before', async () => {
    const { sandbox, token } = await openUser('always');
    sandbox.pass(5.8 * MONTH_MS);
    const { status, body } = await sandbox.askToken(refresh(token));
    expect(status).toBe(200);
    sandbox.pass(0.3 * MONTH_MS);
    expect((await sandbox.askToken(refresh(body.refresh_token))).body.error).toBe('invalid_grant');
  });

  it('is counted when it is used twice at once', async () => {
    const { sandbox, token } = await openUser('never');
    sandbox.requests.add({ family: 'token', answer: { kind: 'slow', ms: 30 } });
    await Promise.all([sandbox.askToken(refresh(token)), sandbox.askToken(refresh(token))]);
    const busiest = Math.max(
      ...sandbox.requests.entries.map(({ family, underWay }) => (family === 'token' ? underWay : 0)),
    );
    expect(busiest).toBe(2);
  });
});
