import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAsk } from '../../src/cli/graphql-client.ts';

/** What the client makes of a server that answers with this error. */
async function failWith(extensions: object): Promise<unknown> {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ errors: [{ message: 'said', extensions }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return createAsk(`http://127.0.0.1:${port}`, undefined)('{ __typename }').catch((error: unknown) => error);
}

describe('createAsk(url): errors of the server', () => {
  it('keep their code and whether trying again may help, where it is the server that passes', async () => {
    for (const code of ['OVERLOADED', 'RATE_LIMITED', 'TIMEOUT', 'STARTING'])
      expect(await failWith({ code, isRetryable: true })).toMatchObject({
        code,
        isRetryable: true,
        message: 'said',
      });
  });

  it('may pass where they are masked, as those of a store that is away are', async () => {
    expect(await failWith({ code: 'INTERNAL', id: 'a1' })).toMatchObject({
      code: 'INTERNAL',
      isRetryable: true,
    });
  });

  it('are INTERNAL where their code says nothing here, and final where they say nothing else', async () => {
    expect(await failWith({ code: 'BAD_USER_INPUT' })).toMatchObject({
      code: 'INTERNAL',
      isRetryable: false,
    });
    expect(await failWith({ code: 'FORBIDDEN' })).toMatchObject({ code: 'FORBIDDEN', isRetryable: false });
  });
});

describe('createAsk(url): what answers', () => {
  const ask = (url: string) =>
    createAsk(url, undefined)('{ __typename }').catch((error: unknown) => error as Error);

  it('is told by its status where it is no Groovelake, and may be asked again where a proxy cannot reach one', async () => {
    let said = { status: 401, body: '<html>Password?</html>' };
    const server = createServer((_request, response) => response.writeHead(said.status).end(said.body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await ask(url)).toMatchObject({
      code: 'UNAVAILABLE',
      isRetryable: false,
      message: expect.stringMatching(`^What answers at ${url} is not Groovelake \\(HTTP 401\\): `),
    });
    said = { status: 404, body: '{"message":"none"}' };
    expect(await ask(url)).toMatchObject({ message: expect.stringContaining('(HTTP 404)') });
    said = { status: 502, body: 'Bad gateway' };
    expect(await ask(url)).toMatchObject({
      isRetryable: true,
      message: expect.stringContaining('(HTTP 502)'),
    });
  });

  it('is told by the code of what went wrong where nobody answers', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await ask(`http://127.0.0.1:${port}`)).toMatchObject({
      code: 'UNAVAILABLE',
      isRetryable: true,
      message: expect.stringContaining('does not answer (ECONNREFUSED). Start it'),
    });
  });
});
