// One key may have so many exports under way: whoever holds the others open takes no place of another key.
import { type ClientRequest, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type FixtureServer, post, readAnswer, serveFixture } from '../serve-fixture.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const KEY = 'a-key-of-many-characters';
let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixture(
    {
      artists: [{ artist_id: 'a1' }],
      tracks: [{ track_id: 't1', artists: ['a1'] }],
      copies: { track_artists: 2_000_000 },
    },
    {
      GROOVELAKE_API_KEY: KEY,
      GROOVELAKE_MAX_EXPORTS: '3',
      GROOVELAKE_MAX_KEY_EXPORTS: '2',
      GROOVELAKE_QUEUE_TIMEOUT_MS: '300',
    },
  );
});
afterAll(() => server?.close());

/** Begins an export and reads nothing of it: it stands still after what the sockets hold. */
function holdExport(key: string): Promise<ClientRequest> {
  const request = httpRequest(`${server.url}/export/track_artists.csv`, {
    headers: { authorization: `Bearer ${key}` },
  });
  request.on('error', () => {});
  request.end();
  return new Promise((resolve) =>
    request.once('response', (response) => resolve(response.pause() && request)),
  );
}

const askExport = async (key: string) =>
  readAnswer(
    await fetch(`${server.url}/export/artists.csv`, { headers: { authorization: `Bearer ${key}` } }),
  );

it('GROOVELAKE_MAX_KEY_EXPORTS of one key are under way at once, and leave room for another', async () => {
  const { body } = await post(
    server.url,
    {
      query:
        'mutation { createApiKey(input: { name: "another", scope: READ }) { ... on CreateApiKeySuccess { text } } }',
    },
    { headers: { authorization: `Bearer ${KEY}` } },
  );
  const { text: other } = (body.data as { createApiKey: { text: string } }).createApiKey;
  const held = [await holdExport(KEY), await holdExport(KEY)];
  const refused = await askExport(KEY);
  expect(refused.status).toBe(503);
  expect(refused.body.errors).toMatchObject([
    {
      message: expect.stringMatching(/2 exports of this key are under way/),
      extensions: { code: 'OVERLOADED', isRetryable: true },
    },
  ]);
  expect((await askExport(other)).status).toBe(200);
  held[0]?.destroy();
  await expect.poll(async () => (await askExport(KEY)).status, { timeout: 30_000 }).toBe(200);
  held[1]?.destroy();
});
