import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import {
  createAccessCheck,
  isOpenToAll,
  requireKeysBeyondLoopback,
  requireOwnKey,
} from '../../src/http/access.ts';
import { createApiKey } from '../../src/store/access/api-keys.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';

const ISSUER = 'https://issuer.example';
const SECONDS = Math.floor(systemClock.now() / 1000);

function open(env: Readonly<Record<string, string>> = {}) {
  const keys = openSqliteAccess(':memory:');
  onTestFinished(() => keys.close());
  const config = readConfig(env);
  const check = createAccessCheck({ config, keys, now: systemClock.now });
  return { keys, config, check, ask: (text: string) => check({ authorization: `Bearer ${text}` }) };
}

describe('requireKeysBeyondLoopback(config, keys)', () => {
  const make = { name: 'x', scope: 'admin', createdBy: 'test' } as const;
  it('lets a server listen to other machines only when somebody can come in with a key', async () => {
    const { keys, config } = open({ HOST: '0.0.0.0' });
    const look = () => requireKeysBeyondLoopback(config, keys, systemClock.now());
    await expect(look()).rejects.toThrow(/HOST is "0.0.0.0".*there is no key.*groovelake keys create/s);
    const ports = { now: systemClock.now(), random: systemRandomness };
    const { key } = await createApiKey(keys, make, ports);
    await look();
    await keys.revokeKey(key.id, ports.now);
    await expect(look()).rejects.toThrow(/there is no key/);
    const brief = await createApiKey(keys, { ...make, expiresAt: ports.now + 60_000 }, ports);
    await keys.saveKey({ ...brief.key, expiresAt: ports.now - 1 });
    await expect(look()).rejects.toThrow(/there is no key/);
  });

  it('takes the key of the environment, or an issuer, for one', async () => {
    const own = { HOST: '0.0.0.0', GROOVELAKE_API_KEY: 'a-key-of-many-characters' };
    const issuer = { HOST: '::', GROOVELAKE_JWT_ISSUER: ISSUER, GROOVELAKE_JWT_AUDIENCE: 'lake' };
    for (const env of [own, issuer, { HOST: '127.0.0.1' }]) {
      const { config, keys } = open(env);
      await requireKeysBeyondLoopback(config, keys, 0);
    }
  });

  it('wants a key too where a proxy leads to this machine, which GROOVELAKE_PUBLIC_URL says', async () => {
    const { check, keys, config } = open({ GROOVELAKE_PUBLIC_URL: 'https://lake.example' });
    await expect(requireKeysBeyondLoopback(config, keys, 0)).rejects.toThrow(
      /GROOVELAKE_PUBLIC_URL is "https:\/\/lake.example\/?".*there is no key.*groovelake keys create/s,
    );
    expect(await check({ host: '127.0.0.1:4000' })).toMatchObject({ status: 401 });
    const local = open({ GROOVELAKE_PUBLIC_URL: 'http://127.0.0.1:4000' });
    await requireKeysBeyondLoopback(local.config, local.keys, 0);
    expect(await local.check({ host: '127.0.0.1:4000' })).toMatchObject({ scope: 'admin' });
  });

  it('never opens a server beyond loopback, whatever was revoked since', async () => {
    const { check } = open({ HOST: '0.0.0.0' });
    expect(await check({ host: '127.0.0.1:4000' })).toMatchObject({ status: 401 });
  });
});

describe('requireOwnKey(config)', () => {
  it('refuses a key that was made for a client, of this server or another, and names its id alone', async () => {
    const { keys } = open();
    const about = { now: systemClock.now(), random: systemRandomness };
    const { key, text } = await createApiKey(keys, { name: 'x', scope: 'read', createdBy: 'test' }, about);
    const refused = () => requireOwnKey(readConfig({ GROOVELAKE_API_KEY: text }));
    expect(refused).toThrow(
      new RegExp(
        `^GROOVELAKE_API_KEY is key ${key.id}, .*keys create.*scope admin.*env -u GROOVELAKE_API_KEY`,
      ),
    );
    expect(refused).not.toThrow(text.slice(-20));
  });

  it('takes any other secret, and none', () => {
    for (const env of [{}, { GROOVELAKE_API_KEY: 'gl_is-no-id_of-a-key' }]) requireOwnKey(readConfig(env));
  });
});

describe('isOpenToAll(config, keys)', () => {
  it('holds as long as nobody is asked for a key', async () => {
    const { config, keys } = open();
    expect(await isOpenToAll(config, keys)).toBe(true);
    const ports = { now: systemClock.now(), random: systemRandomness };
    await createApiKey(keys, { name: 'x', scope: 'read', createdBy: 'test' }, ports);
    expect(await isOpenToAll(config, keys)).toBe(false);
    for (const env of [
      { GROOVELAKE_API_KEY: 'a-key-of-many-characters' },
      { GROOVELAKE_JWT_ISSUER: ISSUER, GROOVELAKE_JWT_AUDIENCE: 'lake' },
      { GROOVELAKE_PUBLIC_URL: 'https://lake.example' },
    ]) {
      const closed = open(env);
      expect(await isOpenToAll(closed.config, closed.keys), JSON.stringify(env)).toBe(false);
    }
  });
});

describe('a server without a key', () => {
  it.each([
    { forwarded: 'for=203.0.113.9' },
    { 'x-forwarded-for': '203.0.113.9' },
    { 'x-forwarded-proto': 'https' },
    { 'x-real-ip': '203.0.113.9' },
    { via: '1.1 proxy' },
  ])('answers nothing that a proxy passed on, which may come from anywhere: %j', async (headers) => {
    const { check, keys, ask } = open();
    const local = { host: '127.0.0.1:4000' };
    expect(await check({ ...local, ...headers })).toMatchObject({
      status: 403,
      message: expect.stringContaining(Object.keys(headers)[0] ?? ''),
    });
    expect(await check(local)).toMatchObject({ scope: 'admin' });
    const ports = { now: systemClock.now(), random: systemRandomness };
    const { text } = await createApiKey(keys, { name: 'x', scope: 'read', createdBy: 'test' }, ports);
    expect(await ask(text)).toMatchObject({ scope: 'read' });
    expect(await check({ ...local, ...headers, authorization: `Bearer ${text}` })).toMatchObject({
      scope: 'read',
    });
  });

  it('answers no HTTP/1.0, by which nginx passes on without a word, unless a key is sent', async () => {
    const { check, keys } = open();
    const local = { host: '127.0.0.1:4000' };
    expect(await check(local, '1.0')).toMatchObject({ status: 403, message: /HTTP\/1\.0/ });
    expect(await check(local, '1.1')).toMatchObject({ scope: 'admin' });
    const ports = { now: systemClock.now(), random: systemRandomness };
    const { text } = await createApiKey(keys, { name: 'x', scope: 'read', createdBy: 'test' }, ports);
    expect(await check({ ...local, authorization: `Bearer ${text}` }, '1.0')).toMatchObject({
      scope: 'read',
    });
  });

  it('stays closed when its last key is revoked, and opens when the keys are removed', async () => {
    const { check, keys } = open();
    const ports = { now: systemClock.now(), random: systemRandomness };
    const { key } = await createApiKey(keys, { name: 'x', scope: 'admin', createdBy: 'test' }, ports);
    await keys.revokeKey(key.id, ports.now);
    const come = () => check({ host: '127.0.0.1:4000' });
    expect(await come()).toMatchObject({ status: 401, message: /groovelake keys create/ });
    await keys.removeKeys();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await come()).toMatchObject({ scope: 'admin' });
  });

  it('asks whether there is one by now once for all who come in the same turn, and again in the next', async () => {
    const keys = openSqliteAccess(':memory:');
    onTestFinished(() => keys.close());
    let asked = 0;
    const hasKeys = () => {
      asked += 1;
      return keys.hasKeys();
    };
    const check = createAccessCheck({
      config: readConfig({}),
      keys: { ...keys, hasKeys },
      now: systemClock.now,
    });
    const come = () => check({ host: '127.0.0.1:4000' });
    expect(await Promise.all([come(), come()])).toMatchObject([{ scope: 'admin' }, { scope: 'admin' }]);
    expect(asked).toBe(1);
    const ports = { now: systemClock.now(), random: systemRandomness };
    await createApiKey(keys, { name: 'first', scope: 'read', createdBy: 'test' }, ports);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await come()).toMatchObject({ status: 401 });
    expect(asked).toBe(2);
  });
});

describe('the key of an account', () => {
  it('says whose listening it may see, and a key of none says nothing', async () => {
    const { keys, ask } = open();
    const ports = { now: systemClock.now(), random: systemRandomness };
    const make = { scope: 'read', createdBy: 'test' } as const;
    const hers = await createApiKey(keys, { ...make, name: 'hers', accountId: 'aaaaaaaaaaaa' }, ports);
    const other = await createApiKey(keys, { ...make, name: 'other' }, ports);
    expect(await ask(hers.text)).toMatchObject({ accountId: 'aaaaaaaaaaaa', scope: 'read' });
    expect(await ask(other.text)).not.toHaveProperty('accountId');
  });
});

describe('a JSON Web Token', () => {
  let privateKey: CryptoKey;
  let jwksUrl: string;
  let fetched = 0;

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    privateKey = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' };
    const server = createServer((_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(server.address() as { port: number }).port}/keys`;
    return () => void server.close();
  });

  const configure = (change: Record<string, string> = {}) =>
    open({
      GROOVELAKE_JWT_ISSUER: ISSUER,
      GROOVELAKE_JWT_AUDIENCE: 'lake',
      GROOVELAKE_JWKS_URL: jwksUrl,
      ...change,
    });
  const sign = (
    claims: Record<string, unknown> = {},
    alg = 'ES256',
    key: Parameters<SignJWT['sign']>[0] = privateKey,
  ) =>
    new SignJWT({
      iss: ISSUER,
      aud: 'lake',
      sub: 'ada',
      scope: 'openid operate',
      exp: SECONDS + 600,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: 'k1' })
      .sign(key);

  it('of the issuer, for this audience, opens what its claim says; its keys are fetched once', async () => {
    const { ask } = configure();
    fetched = 0;
    expect(await ask(await sign())).toEqual({ scope: 'operate', actor: 'jwt:ada' });
    expect(await ask(await sign({ scope: 'groovelake:read groovelake:admin' }))).toMatchObject({
      scope: 'admin',
    });
    expect(await ask(await sign({ iss: `${ISSUER}/` }))).toMatchObject({ scope: 'operate' });
    expect(fetched).toBe(1);
    const roles = configure({ GROOVELAKE_JWT_SCOPE_CLAIM: 'roles' });
    expect(await roles.ask(await sign({ roles: ['read'] }))).toMatchObject({ scope: 'read' });
  });

  it.each([
    [{ aud: 'other' }, 401, /claim "aud"/],
    [{ iss: 'https://evil.example' }, 401, /claim "iss"/],
    [{ exp: SECONDS - 600 }, 401, /expired/],
    [{ exp: undefined }, 401, /claim "exp"/],
    [{ sub: undefined }, 401, /claim "sub"/],
    [{ nbf: SECONDS + 600 }, 401, /claim "nbf"/],
    [{ scope: 'openid administer' }, 403, /names none of read, operate, admin/],
    [{ scope: undefined }, 403, /names none/],
  ])('with %j is refused', async (claims, status, message) => {
    const answer = await configure().ask(await sign(claims));
    expect(answer).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  it('with another signature is refused: of another key, of a shared secret, of none', async () => {
    const { ask } = configure();
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const secret = new TextEncoder().encode('a shared secret of thirty-two bytes');
    const [header, body] = (await sign()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.x`;
    for (const token of [
      await sign({}, 'ES256', other),
      await sign({}, 'HS256', secret),
      none,
      `${header}.${body}.AAAA`,
    ]) {
      expect(await ask(token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });

  it('is refused with a reason when the keys of its issuer cannot be had, and keys of ours still open', async () => {
    const { ask, keys } = configure({ GROOVELAKE_JWKS_URL: 'http://127.0.0.1:9/keys' });
    expect(await ask(await sign())).toMatchObject({ status: 401, message: /could not be fetched/ });
    const ports = { now: systemClock.now(), random: systemRandomness };
    const { text } = await createApiKey(keys, { name: 'x', scope: 'read', createdBy: 'test' }, ports);
    expect(await ask(text)).toMatchObject({ scope: 'read' });
  });

  it('is checked by keys that nobody on the way can change for others', () => {
    const read = (change: Record<string, string>) =>
      readConfig({ GROOVELAKE_JWT_ISSUER: ISSUER, GROOVELAKE_JWT_AUDIENCE: 'lake', ...change });
    expect(() => read({ GROOVELAKE_JWT_ISSUER: 'http://issuer.example' })).toThrow(
      /GROOVELAKE_JWT_ISSUER is "http:\/\/issuer.example".*https.*GROOVELAKE_JWKS_URL/s,
    );
    expect(() => read({ GROOVELAKE_JWKS_URL: 'http://issuer.example/keys' })).toThrow(
      /GROOVELAKE_JWKS_URL is "http:\/\/issuer.example\/keys".*https/s,
    );
    read({ GROOVELAKE_JWT_ISSUER: 'http://127.0.0.1:8080/realm' });
    // Then the issuer is no more than a name.
    read({
      GROOVELAKE_JWT_ISSUER: 'http://issuer.example',
      GROOVELAKE_JWKS_URL: 'https://issuer.example/keys',
    });
  });

  it('wants issuer and audience to be set together', () => {
    expect(() => readConfig({ GROOVELAKE_JWT_ISSUER: ISSUER })).toThrow(/GROOVELAKE_JWT_AUDIENCE is not set/);
  });
});
