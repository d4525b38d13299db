import { Agent, createServer, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { ask, flood, manifest, start } from './plain-server.ts';

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

describe('a client that is slow', () => {
  const IMPATIENT = { GROOVELAKE_HEADERS_TIMEOUT_MS: '200', GROOVELAKE_BODY_TIMEOUT_MS: '400' };
  const HEAD =
    'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n';
  const open = async (url: string, text: string): Promise<Socket> => {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(text);
    return socket;
  };
  /** What the server has said by the time that it closes the connection. */
  const untilClosed = async (socket: Socket): Promise<string> => {
    let said = '';
    socket.on('data', (chunk) => {
      said += chunk;
    });
    await new Promise((resolve) => socket.once('close', resolve));
    return said;
  };

  it.each([
    ['half a header', HEAD],
    ['a header and one byte of the body', `${HEAD}\r\n{`],
  ])('is let go with %s, and others are answered meanwhile', async (_what, text) => {
    const { url } = await start(IMPATIENT);
    const began = systemClock.monotonic();
    const closed = untilClosed(await open(url, text));
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(['', 'HTTP/1.1 408']).toContain((await closed).slice(0, 12));
    expect(systemClock.monotonic() - began).toBeLessThan(3_000);
  });

  it('has no connection beyond the limit, and the next one has it when another is closed', async () => {
    const { url } = await start({ GROOVELAKE_MAX_CONNECTIONS: '4', GROOVELAKE_MAX_SUBSCRIPTIONS: '2' });
    const live = 'GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
    const answered = (socket: Socket) =>
      new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
    const sockets: Socket[] = [];
    for (let n = 0; n < 4; n++) {
      const socket = await open(url, live);
      expect(await answered(socket)).toMatch(/^HTTP\/1\.1 200/);
      sockets.push(socket);
    }
    expect(await untilClosed(await open(url, live))).toBe('');
    sockets[0]?.destroy();
    await systemClock.sleep(100);
    sockets.push(await open(url, live));
    expect(await answered(sockets.at(-1) as Socket)).toMatch(/^HTTP\/1\.1 200/);
    for (const socket of sockets) socket.destroy();
  });

  it('holds no more of a stream than fits on the way when it does not read, and no other client up', async () => {
    const { url } = await start();
    const body = JSON.stringify({ query: 'subscription { flood }' });
    const socket = await open(
      url,
      `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: text/event-stream\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    socket.pause();
    let before = -1;
    for (let tries = 0; before < flood.events || before === 0; tries++) {
      expect(tries).toBeLessThan(40);
      before = flood.events;
      await systemClock.sleep(250);
    }
    // Buffers of the system take a few megabytes.
    expect(flood.events).toBeLessThan(200);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    socket.destroy();
  });
});

describe('starting and stopping', () => {
  /** The metrics once so many requests are under way beside the one that asks. */
  const untilUnderWay = async (url: string, count: number): Promise<string> => {
    for (;;) {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      if (metrics.includes(`in_flight ${count + 1}\n`)) return metrics;
      await systemClock.sleep(5);
    }
  };

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
        const request = httpRequest(`${url}/graphql?query={late}`, { agent }, (response) => {
          response.resume().on('end', resolve);
        });
        request.on('error', reject).end();
      });
    const answers = [answer(), answer()];
    await untilUnderWay(url, 2);
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
    expect(await untilUnderWay(url, 1)).toContain('\ngroovelake_subscriptions 0\n');
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
