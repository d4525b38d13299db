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

  it('are INTERNAL where their code says nothing here, and final where they say nothing else', async () => {
    expect(await failWith({ code: 'BAD_USER_INPUT' })).toMatchObject({
      code: 'INTERNAL',
      isRetryable: false,
    });
    expect(await failWith({ code: 'FORBIDDEN' })).toMatchObject({ code: 'FORBIDDEN', isRetryable: false });
  });
});
