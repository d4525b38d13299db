import { Agent, createServer, request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { ask, manifest, start } from './plain-server.ts';

describe('a request', () => {
  it('is answered before there is a snapshot, where it needs none', async () => {
    const { url } = await start({}, false);
    const { body, headers } = await ask(url, '{ hello }');
    expect(body).toEqual({ data: { hello: 'world' } });
    expect(headers.get('x-groovelake-snapshot')).toBeNull();
  });

  it('is answered with the snapshot it read', async () => {
    const { url } = await start();
    const { body, headers } = await ask(url, '{ hello }');
    expect(body).toEqual({
      data: { hello: 'world' },
      extensions: { snapshot: { id: manifest.id, publishedAt: manifest.publishedAt } },
    });
    expect(headers.get('x-groovelake-snapshot')).toBe(manifest.id);
  });

  it('may be a GET for a query, and not for a mutation', async () => {
    const { url } = await start();
    expect(await (await fetch(`${url}/graphql?query={hello}`)).json()).toMatchObject({
      data: { hello: 'world' },
    });
    expect((await fetch(`${url}/graphql?query=mutation{change}`)).status).toBe(405);
  });

  it.each([
    'PUT',
    'DELETE',
    'PATCH',
  ])('by %s is refused, whatever it is to be answered as', async (method) => {
    const { url } = await start();
    for (const accept of ['application/json', 'text/csv']) {
      const response = await fetch(`${url}/graphql?query={hello}`, { method, headers: { accept } });
      expect([accept, response.status]).toEqual([accept, 405]);
      expect(response.headers.get('allow')).toMatch(/GET.*POST/);
    }
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
  ])('is refused as %s, which a foreign page could send', async (type) => {
    const { url } = await start();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'query=mutation{change}',
    });
    expect(response.status).toBe(415);
  });

  it('is refused when its body is too long, announced or not', async () => {
    const { url } = await start({ GROOVELAKE_MAX_BODY_BYTES: '2048' });
    const long = `{ hello } ${'#'.repeat(3_000)}`;
    expect((await ask(url, long)).status).toBe(413);
    const stream = new ReadableStream({
      start: (controller) => {
        for (let i = 0; i < 5; i++) controller.enqueue(new TextEncoder().encode('x'.repeat(1_000)));
        controller.close();
      },
    });
    const chunked = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect((await ask(url, '{ hello }')).status).toBe(200);
  });

  it('to an unknown path gets a 404 that names what there is', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/nowhere`);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('/graphql')]);
  });
});

describe('a stream of events', () => {
  const subscribe = (url: string, query: string, accept: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify({ query }),
    });

  it('asks a proxy in front not to hold its events back, and no other answer does', async () => {
    const { url } = await start();
    const stream = await subscribe(url, 'subscription { lastTick }', 'text/event-stream');
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    expect(await stream.text()).toContain('"lastTick":1');
    const either = await subscribe(url, '{ hello }', 'application/json, text/event-stream');
    expect(either.headers.get('content-type')).toMatch(/^application\/json/);
    expect(either.headers.get('x-accel-buffering')).toBeNull();
  });
});

describe('starting and stopping', () => {
  it('names the port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(start({ PORT: String(port) })).rejects.toThrow(
      new RegExp(`PORT is "${port}" and cannot be listened on .*another program already uses it`),
    );
    other.close();
  });

  it('does not wait for connections that their clients keep alive once they are answered', async () => {
    const { url, server } = await start();
    const agent = new Agent({ keepAlive: true });
    const answer = () =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest(`${url}/graphql?query={slow}`, { agent }, (response) => {
          response.resume().on('end', resolve);
        });
        request.on('error', reject).end();
      });
    const answers = [answer(), answer()];
    await systemClock.sleep(50);
    // Were it for the deadline only, the test would time out before it.
    await server.stop(600_000);
    await Promise.all(answers);
    agent.destroy();
  });

  it('lets a query finish whose client would take a stream as well', async () => {
    const { url, server } = await start();
    const response = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ query: '{ late }' }),
    });
    await systemClock.sleep(50);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('\ngroovelake_subscriptions 0\n');
    // Streams are ended after a second.
    await server.stop(60_000);
    expect(await (await response).json()).toMatchObject({ data: { late: null } });
  });

  it('ends subscriptions, so that a stop does not wait for ever', async () => {
    const { url, server } = await start();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { ticks }' }),
    });
    const text = response.text().catch(() => 'cut');
    await systemClock.sleep(100);
    const started = systemClock.monotonic();
    await server.stop(60_000);
    expect(await text).toContain('"ticks":1');
    // Far below the deadline after which connections are cut.
    expect(systemClock.monotonic() - started).toBeLessThan(30_000);
  });
});
