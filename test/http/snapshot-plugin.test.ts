// Which snapshot an answer names, and for how long it is held open.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Manifest } from '../../src/store/snapshots/manifest.ts';
import { ask, start } from './plain-server.ts';

/** A server with a snapshot to publish beside the first one, and how many hold each. */
async function serve() {
  const held = new Map<string, number>();
  let served = 's1';
  const { url } = await start({}, true, {
    acquire: () => {
      const id = served;
      held.set(id, (held.get(id) ?? 0) + 1);
      let isHeld = true;
      return {
        manifest: { id, publishedAt: '2026-11-20T22:15:07.123Z' } as unknown as Manifest,
        resource: {},
        release: () => {
          if (isHeld) held.set(id, (held.get(id) ?? 0) - 1);
          isHeld = false;
        },
      };
    },
  });
  return {
    url,
    held: (id: string) => held.get(id) ?? 0,
    publish: (id: string) => {
      served = id;
    },
  };
}

/** A subscription whose first event has come. */
async function subscribe(url: string) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: 'subscription { ticks }' }),
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!text.includes('"ticks":1')) text += new TextDecoder().decode((await reader.read()).value);
  return { snapshotId: response.headers.get('x-groovelake-snapshot'), close: () => reader.cancel() };
}

describe('useSnapshot', () => {
  it('holds no snapshot open for a subscription, and names the one that is served as it begins', async () => {
    const { url, held, publish } = await serve();
    const first = await subscribe(url);
    publish('s2');
    const second = await subscribe(url);
    expect([first.snapshotId, second.snapshotId]).toEqual(['s1', 's2']);
    expect([held('s1'), held('s2')]).toEqual([0, 0]);
    await Promise.all([first.close(), second.close()]);
  });

  it.each([
    ['a query that reads the snapshot', '{ hello }', {}],
    ['a query that is refused', '{ refused }', {}],
    ['a query that is told as an event stream', '{ hello }', { accept: 'text/event-stream' }],
    ['no valid query', '{ nothing }', {}],
    ['a mutation', 'mutation { change }', {}],
  ])('names one snapshot in the header and in the answer, and lets go of it: %s', async (_what, query, headers) => {
    const { url, held } = await serve();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    expect(response.headers.get('x-groovelake-snapshot')).toBe('s1');
    expect(text).toContain('"snapshot":{"id":"s1"');
    while (held('s1') > 0) await systemClock.sleep(5);
  });

  it('names the snapshot that a slow query began with, whatever is published meanwhile', async () => {
    const { url, publish } = await serve();
    const answer = ask(url, '{ slow }');
    await systemClock.sleep(100);
    publish('s2');
    const { headers, body } = await answer;
    expect([headers.get('x-groovelake-snapshot'), body.extensions?.snapshot]).toEqual([
      's1',
      expect.objectContaining({ id: 's1' }),
    ]);
  });
});
