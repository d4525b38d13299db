// The number of subscriptions under way: whichever way one ends, its place is free again, once.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { start } from './plain-server.ts';

const subscribe = (url: string, field: string, signal: AbortSignal | null = null) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: `subscription { ${field} }` }),
    signal,
  });

/** Asks again while there is no place: the server hears of an end after its client. */
async function untilOpen(url: string, field: string): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await subscribe(url, field);
    if (response.status !== 503 || tries === 100) return response;
    await response.text();
    await systemClock.sleep(20);
  }
}

/** Beside one that stays open: the limit is two. */
async function startBesideOne() {
  const { url } = await start({ GROOVELAKE_MAX_SUBSCRIPTIONS: '2' });
  const open = await subscribe(url, 'ticks');
  return { url, close: () => open.body?.cancel() };
}

describe('maxSubscriptions', () => {
  it.each([
    ['ends by itself', 'lastTick'],
    ['fails while it is under way', 'noTick'],
    ['is refused by its field', 'unheard'],
  ])('frees the place of a subscription that %s', async (_how, field) => {
    const { url, close } = await startBesideOne();
    for (let n = 0; n < 3; n++)
      expect(await (await untilOpen(url, field)).text()).not.toContain('TOO_MANY_SUBSCRIPTIONS');
    await close();
  });

  it('frees the place of one whose client leaves, and no other', async () => {
    const { url, close } = await startBesideOne();
    const left = new AbortController();
    await subscribe(url, 'ticks', left.signal);
    const refused = await subscribe(url, 'lastTick');
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('2 subscriptions')]);
    left.abort();
    // The one that stays still has its place: two beside it are one too many.
    expect((await untilOpen(url, 'ticks')).status).toBe(200);
    expect((await subscribe(url, 'lastTick')).status).toBe(503);
    await close();
  });
});
