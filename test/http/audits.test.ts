// The audits of the GraphQL-over-HTTP specification (npm graphql-http), each as a test.
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureServer, serveFixture } from './serve-fixture.ts';

let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixture({ tracks: [{ track_id: 't1' }] });
});
afterAll(() => server.close());

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch });

  it('has 61 audits in the version that is pinned', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map(({ id, name, fn }) => [id, name, fn] as const))('%s: %s', async (_id, _name, fn) => {
    const result = await fn();
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok');
  });
});
