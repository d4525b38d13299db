import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createNetworkSend, readRetryAfter } from '../../src/sources/http.ts';
import { START, scriptSource } from './scripted-source.ts';

const URL_ = 'http://scripted/things?ids=1,2';

describe('send', () => {
  it('tries again what passes, with longer and longer pauses of chance length', async () => {
    const failures = [{ status: 500 }, new Error('socket hang up'), { status: 503 }];
    const { http, sent, clock } = scriptSource([...failures, { body: '[1]' }], { retries: 3 });
    expect(await http.send(URL_, {})).toMatchObject({ status: 200, value: [1] });
    expect(sent).toHaveLength(4);
    expect(clock.waits).toHaveLength(3);
    clock.waits.forEach((ms, at) => {
      expect(ms).toBeLessThanOrEqual(250 * 2 ** (at + 1));
    });
  });

  it('waits as long as a status that passes says in its Retry-After, and gives a longer one to the caller', async () => {
    const putOff = (seconds: number) => ({ status: 503, headers: { 'retry-after': String(seconds) } });
    const { http, sent, clock } = scriptSource([putOff(20), { status: 503 }, {}]);
    expect((await http.send(URL_, {})).status).toBe(200);
    expect(clock.waits[0]).toBe(20_000);
    expect([clock.waits.length, sent.length]).toEqual([2, 3]);
    const long = scriptSource([putOff(61), {}]);
    expect((await long.http.send(URL_, {})).status).toBe(503);
    expect([long.clock.waits, long.sent.length]).toEqual([[], 1]);
  });

  it.each([
    400, 401, 403, 404, 429,
  ])('takes status %i for an answer, however odd its body', async (status) => {
    const { http, sent } = scriptSource([{ status, body: '<html>' }]);
    expect(await http.send(URL_, { expectsJson: true })).toMatchObject({ status, value: undefined });
    expect(sent).toHaveLength(1);
  });

  it('takes no text for JSON where JSON is expected', async () => {
    const { http, sent } = scriptSource([{ body: '{"items":[' }, { body: '{"items":[]}' }]);
    expect(await http.send(URL_, { expectsJson: true })).toMatchObject({ value: { items: [] } });
    expect(sent).toHaveLength(2);
  });

  it.each([
    [{ status: 502 }, 'status 502', 502],
    [{ body: '<html>' }, 'status 200 with a body that is no JSON', 200],
    [new Error('getaddrinfo ENOTFOUND'), 'getaddrinfo ENOTFOUND', undefined],
  ] as const)('gives up with a retryable error that says why (%#)', async (failure, why, status) => {
    const { http } = scriptSource([failure]);
    await expect(http.send(URL_, { expectsJson: true })).rejects.toMatchObject({
      code: 'EXTRACT',
      isRetryable: true,
      status,
      message: `"scripted" did not answer http://scripted/things after 3 tries (${why}). Try again later.`,
    });
  });

  it('holds further tries to what is asked before each of them', async () => {
    const { http, sent } = scriptSource([{ status: 500 }]);
    let tries = 0;
    const beforeTry = async () => {
      tries += 1;
      if (tries === 2) throw new Error('no more');
      return undefined;
    };
    await expect(http.send(URL_, { beforeTry })).rejects.toThrow('no more');
    expect(sent).toHaveLength(1);
  });

  it('is no longer than its signal lets it', async () => {
    const stop = new AbortController();
    const { http, sent } = scriptSource([
      () => {
        stop.abort(new Error('cancelled'));
        return { status: 500 };
      },
    ]);
    await expect(http.send(URL_, { signal: stop.signal })).rejects.toThrow('cancelled');
    expect(sent).toHaveLength(1);
  });

  it('tries again only the statuses that were named, where some were', async () => {
    const { http, sent } = scriptSource([{ status: 503 }], { passing: [500] });
    expect((await http.send(URL_, {})).status).toBe(503);
    expect(sent).toHaveLength(1);
  });
});

describe('createNetworkSend', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function serve(
    answer: RequestListener,
    limits: { timeoutMs?: number; maxBytes?: number; isCompressed?: boolean } = {},
  ) {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const network = createNetworkSend({
      clock: systemClock,
      timeoutMs: 60_000,
      maxBytes: 100,
      connections: 2,
      ...limits,
    });
    ends.push(async () => {
      server.closeAllConnections();
      await network.close();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    return { send: network.send, url };
  }

  it('keeps its connections, no more than allowed, from one request to the next', async () => {
    const ports = new Set<number | undefined>();
    const { send, url } = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('Beyoncé');
    });
    for (let n = 0; n < 9; n++) expect((await send(url, {})).body).toBe('Beyoncé');
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('reads bytes as UTF-8 even where no charset is named', async () => {
    const { send, url } = await serve((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(Buffer.from('Beyoncé 宇多田'));
    });
    expect((await send(url, {})).body).toBe('Beyoncé 宇多田');
  });

  it('takes no longer answer than is allowed, and says so once and for all', async () => {
    const { send, url } = await serve((_request, response) => void response.end('x'.repeat(101)));
    await expect(send(url, {})).rejects.toMatchObject({
      code: 'EXTRACT',
      isRetryable: false,
      message: expect.stringMatching(/more than 100 bytes\. Raise GROOVELAKE_HTTP_MAX_BYTES/),
    });
  });

  it('asks for compressed bodies where it is told to, and takes them whichever way they come', async () => {
    const asked: unknown[] = [];
    const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
    for (const [encoding, encode] of Object.entries(encoders)) {
      const { send, url } = await serve(
        (request, response) => {
          asked.push(request.headers['accept-encoding']);
          response.setHeader('content-encoding', encoding);
          response.end(encode(Buffer.from('Beyoncé')));
        },
        { isCompressed: true },
      );
      expect((await send(url, {})).body).toBe('Beyoncé');
    }
    expect(asked).toEqual(['br, gzip', 'br, gzip', 'br, gzip']);
  });

  it('refuses a body that is damaged, encoded in an unknown way, or expands beyond what is allowed', async () => {
    const answers: [Buffer, string][] = [
      [gzipSync('x'.repeat(90)).fill(0, 12, 16), 'gzip'],
      [Buffer.from('x'), 'zstd'],
      [gzipSync('x'.repeat(10_000)), 'gzip'],
    ];
    const errors = [];
    for (const [body, encoding] of answers) {
      const { send, url } = await serve((_request, response) => {
        response.setHeader('content-encoding', encoding);
        response.end(body);
      });
      errors.push(await send(url, {}).catch((error: unknown) => String(error)));
    }
    expect(errors).toEqual([
      expect.stringMatching(/the body is damaged/),
      expect.stringMatching(/encoded as "zstd"/),
      expect.stringMatching(/more than 100 bytes/),
    ]);
  });

  it('refuses a body that is cut', async () => {
    const { send, url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '50' });
      response.write('half', () => response.destroy());
    });
    await expect(send(url, {})).rejects.toThrow();
  });

  it('takes 304 for an answer, with the length that a 200 would have and without, and goes on over the same connections', async () => {
    let n = 0;
    const { send, url } = await serve((_request, response) => {
      n += 1;
      const length = n % 2 === 0 ? {} : { 'content-length': '12345' };
      if (n > 4) response.end('changed');
      else response.writeHead(304, { etag: '"a"', ...length }).end();
    });
    for (let at = 0; at < 4; at++) {
      expect(await send(url, {})).toMatchObject({ status: 304, body: '', headers: { etag: '"a"' } });
    }
    expect(await send(url, {})).toMatchObject({ status: 200, body: 'changed' });
  });

  it('ends an answer that comes byte by byte, when its time is over', async () => {
    const { send, url } = await serve(
      (_request, response) => {
        response.write('x');
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      },
      { timeoutMs: 150, maxBytes: 1_000_000 },
    );
    await expect(send(url, {})).rejects.toThrow(/no whole answer within 150 ms/);
  });

  it('stops in the middle of an answer when it is told to', async () => {
    const stop = new AbortController();
    const { send, url } = await serve((_request, response) => {
      response.write('x', () => stop.abort(new Error('cancelled')));
    });
    await expect(send(url, { signal: stop.signal })).rejects.toThrow('cancelled');
    await expect(send(url, { signal: stop.signal })).rejects.toThrow('cancelled');
  });

  it('does not follow a source to another host', async () => {
    const { send, url } = await serve((_request, response) => {
      response.writeHead(302, { location: 'http://elsewhere.invalid/' }).end();
    });
    expect((await send(url, { headers: { authorization: 'Bearer t' } })).status).toBe(302);
  });
});

describe('readRetryAfter', () => {
  it.each([
    ['0', 0],
    ['2', 2],
    [' 86400 ', 86_400],
    ['1.2', 2],
    [new Date(START + 90_500).toUTCString(), 90],
    [new Date(START - 5_000).toUTCString(), 0],
    ['999999999999', 7 * 86_400],
    ['-5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('reads "%s" as %s seconds', (header, seconds) => {
    expect(readRetryAfter(header, START)).toBe(seconds);
  });

  it.each([
    'Fri, 20 Nov 2026 13:00:00 GMT',
    'Friday, 20-Nov-26 13:00:00 GMT',
    'Fri Nov 20 13:00:00 2026',
  ])('reads "%s" alike in whatever zone the machine is', (header) => {
    const { TZ } = process.env;
    try {
      for (const zone of ['America/New_York', 'Asia/Tokyo', 'UTC']) {
        process.env.TZ = zone;
        expect([zone, readRetryAfter(header, START)]).toEqual([zone, 3_600]);
      }
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });
});
