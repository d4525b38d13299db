import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import type { AccessStore, Scope } from '../../src/store/access/access-store.ts';
import { createApiKey } from '../../src/store/access/api-keys.ts';
import { ask, start } from './plain-server.ts';

const KEY = 'a-key-of-many-characters';

/** Not by fetch, which sets headers of this kind itself. */
const send = (url: string, headers: Record<string, string>) =>
  new Promise<IncomingMessage>((resolve) => {
    request(url, { headers }, (response) => resolve(response.resume())).end();
  });

describe('access', () => {
  it('wants the key on every path but /health/live and the page', async () => {
    const { url } = await start({ GROOVELAKE_API_KEY: KEY });
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Bearer ${KEY}x` },
      { authorization: `Basic ${KEY}` },
    ]) {
      const { status, body } = await ask(url, '{ hello }', headers as Record<string, string>);
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    }
    expect((await ask(url, '{ hello }', { authorization: `Bearer ${KEY}` })).body.data).toEqual({
      hello: 'world',
    });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    expect((await fetch(`${url}/graphql?query={hello}`, { headers: { accept: 'text/html' } })).status).toBe(
      401,
    );
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).status).toBe(200);
  });

  it('without a key wants a loopback Host, against DNS rebinding', async () => {
    const { url } = await start();
    const { statusCode } = await send(`${url}/graphql?query={hello}`, { host: 'evil.example' });
    expect(statusCode).toBe(403);
  });
});

describe('keys', () => {
  const make = (keys: AccessStore, scope: Scope, expiresAt: number | null = null) =>
    createApiKey(
      keys,
      { name: scope, scope, createdBy: 'test', expiresAt },
      { now: systemClock.now(), random: systemRandomness },
    );
  const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

  it('open what their scope says: asking, operating, administering', async () => {
    const { url, keys } = await start();
    const [read, operate, admin] = await Promise.all([
      make(keys, 'read'),
      make(keys, 'operate'),
      make(keys, 'admin'),
    ]);
    const outcome = async (query: string, text: string) => {
      const { status, body } = await ask(url, query, bearer(text));
      return body.errors ? [status, body.errors[0]?.extensions.code] : status;
    };
    const all = [read.text, operate.text, admin.text];
    const forbidden = [403, 'FORBIDDEN'];
    expect(await Promise.all(all.map((text) => outcome('{ hello }', text)))).toEqual([200, 200, 200]);
    expect(await Promise.all(all.map((text) => outcome('mutation { change }', text)))).toEqual([
      forbidden,
      200,
      200,
    ]);
    expect(await Promise.all(all.map((text) => outcome('{ hello guarded }', text)))).toEqual([
      forbidden,
      forbidden,
      200,
    ]);
    const hidden = 'query { ...f } fragment f on Query { ... on Query { a: guarded } }';
    expect(await outcome(hidden, operate.text)).toEqual(forbidden);
  });

  it('are wanted from the first one on, and a revoked or expired one opens nothing, at once', async () => {
    const { url, keys } = await start();
    expect((await ask(url, '{ hello }')).status).toBe(200);
    const { key, text } = await make(keys, 'read');
    const brief = await make(keys, 'read', systemClock.now() + 3_600_000);
    expect((await ask(url, '{ hello }')).status).toBe(401);
    expect((await ask(url, '{ hello }', bearer(text))).status).toBe(200);
    await keys.revokeKey(key.id, systemClock.now());
    expect((await ask(url, '{ hello }', bearer(text))).status).toBe(401);
    expect((await ask(url, '{ hello }', bearer(brief.text))).status).toBe(200);
    await keys.saveKey({ ...brief.key, expiresAt: systemClock.now() - 1 });
    expect((await ask(url, '{ hello }', bearer(brief.text))).status).toBe(401);
    // An expired key does not open the door for those without one.
    expect((await ask(url, '{ hello }')).status).toBe(401);
  });

  it('of any shape get an answer, and none of them reaches the log', async () => {
    const { url, keys, logged } = await start();
    const { key, text } = await make(keys, 'admin');
    const near = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
    const strange = [near, text.slice(0, -1), `${text}0`, `gl_${key.id}_`, 'ü'.repeat(9), 'x'.repeat(8_000)];
    for (const given of strange) {
      const answer = await ask(url, '{ hello }', { authorization: `Bearer ${encodeURI(given)}` });
      expect(answer.status).toBe(401);
    }
    const huge = await fetch(`${url}/graphql?query={hello}`, { headers: bearer('x'.repeat(1_000_000)) }).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([431, 'cut']).toContain(huge);
    const [, , secret = ''] = text.split('_');
    expect(logged.join('\n')).not.toContain(secret);
  });

  it('are wanted of what comes by HTTP/1.0, which a proxy may send', async () => {
    const { url } = await start();
    const answer = await new Promise<string>((resolve) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () =>
        socket.write(`GET /graphql?query={hello} HTTP/1.0\r\nHost: ${hostname}:${port}\r\n\r\n`),
      );
      socket.once('data', (bytes) => resolve(bytes.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('lets no page from elsewhere use an open server through the reader’s browser', async () => {
    const { url } = await start();
    const from = async (origin: string) => (await ask(url, 'mutation { change }', { origin })).status;
    expect(await from('https://evil.example')).toBe(403);
    expect(await from('null')).toBe(403);
    expect(await from('http://localhost:8501')).toBe(200);
  });

  it('lets no page from elsewhere fetch as an image or a script, or lead there, either', async () => {
    const { url } = await start();
    const from = async (path: string, headers: Record<string, string>) =>
      (await send(`${url}${path}`, headers)).statusCode;
    for (const path of ['/graphql?query={hello}', '/export/tracks.csv', '/metrics']) {
      const elsewhere = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
      expect([path, await from(path, elsewhere)]).toEqual([path, 403]);
      expect([path, await from(path, { ...elsewhere, referer: 'https://evil.example/' })]).toEqual([
        path,
        403,
      ]);
      // 127.0.0.1 and localhost are two sites to a browser, and one machine.
      expect([path, await from(path, { ...elsewhere, referer: 'http://localhost:8501/' })]).not.toContain(
        403,
      );
      for (const site of ['none', 'same-origin', 'same-site'])
        expect([path, await from(path, { 'sec-fetch-site': site })]).not.toContain(403);
    }
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', accept: 'text/html' };
    for (const path of ['/studio/', '/studio', '/', '/graphql', '/callback?code=x'])
      expect([path, await from(path, link)]).not.toContain(403);
  });
});

describe('an answer', () => {
  it('is taken for nothing else than it says it is, and by no page from elsewhere', async () => {
    const { url } = await start();
    const paths = ['/graphql?query={hello}', '/graphql?query={secret}', '/graphql?query={', '/graphql'];
    paths.push('/export/tracks.csv', '/metrics', '/health/live', '/health/ready', '/nothing');
    for (const path of paths) {
      const { headers } = await fetch(url + path);
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      expect([path, headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-origin']);
    }
  });
});
