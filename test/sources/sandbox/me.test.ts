import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { createListener } from '../../../src/sources/sandbox/listener.ts';
import type { SandboxOptions } from '../../../src/sources/sandbox/server.ts';
import { openSandbox } from './open-sandbox.ts';

const SCOPE = 'user-read-recently-played user-top-read';

async function openListener(options: Partial<SandboxOptions> = {}) {
  const sandbox = await openSandbox(options);
  const redirect_uri = 'http://127.0.0.1/callback';
  const query = new URLSearchParams({
    client_id: sandbox.clientId,
    response_type: 'code',
    redirect_uri,
    scope: SCOPE,
  });
  const { headers } = await sandbox.ask(`${sandbox.accountsUrl}/login?${query}`);
  const code = new URL(String(headers.get('location'))).searchParams.get('code') ?? '';
  const { body } = await sandbox.askToken({ grant_type: 'authorization_code', code, redirect_uri });
  const token = String(body.access_token);
  return { sandbox, me: async (path: string) => await sandbox.ask(`/me${path}`, token) };
}

interface PlayItem {
  readonly played_at: string;
  readonly track: { readonly id: string };
  readonly context: object | null;
}
const times = (items: readonly PlayItem[]) => items.map(({ played_at }) => Date.parse(played_at));

describe('recently played', () => {
  it('shows the latest first, to the millisecond, at most fifty, some from nowhere and some again', async () => {
    const { me, sandbox } = await openListener();
    const { items, cursors, limit } = (await me('/player/recently-played?limit=50')).body;
    expect([items.length, limit]).toEqual([50, 50]);
    expect(times(items)).toEqual(times(items).toSorted((a, b) => b - a));
    expect(
      items.every(({ played_at }: PlayItem) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(played_at)),
    ).toBe(true);
    expect(times(items)[0]).toBeLessThanOrEqual(sandbox.now());
    expect([cursors.after, cursors.before]).toEqual([String(times(items)[0]), String(times(items).at(-1))]);
    expect(items.some(({ context }: PlayItem) => context === null)).toBe(true);
    expect(new Set(items.map(({ track }: PlayItem) => track.id)).size).toBeLessThan(50);
  });

  it('goes back no further than fifty plays: the next page is promised and empty', async () => {
    const { me } = await openListener();
    const first = (await me('/player/recently-played?limit=50')).body;
    const before = new URL(first.next).searchParams.get('before');
    const { href: _, ...second } = (await me(`/player/recently-played?limit=50&before=${before}`)).body;
    expect(second).toEqual({ items: [], next: null, cursors: null, limit: 50 });
  });

  it('pages by before, polls by after, and refuses both at once', async () => {
    const { me } = await openListener();
    const all = times((await me('/player/recently-played?limit=50')).body.items);
    const older = (await me(`/player/recently-played?limit=5&before=${all[4]}`)).body.items;
    expect(times(older)).toEqual(all.slice(5, 10));
    const newer = (await me(`/player/recently-played?limit=50&after=${all[4]}`)).body.items;
    expect(times(newer)).toEqual(all.slice(0, 4));
    expect((await me(`/player/recently-played?after=1&before=2`)).status).toBe(400);
    expect((await me('/player/recently-played?limit=51')).body.error.message).toBe('Invalid limit');
  });

  it('lets a play come late, between others that were seen before', async () => {
    const listener = createListener(createCatalogue({ artists: 12 }));
    const begin = Date.UTC(2026, 10, 20, 18);
    let seen = new Set<number>();
    let late = 0;
    for (let poll = 0; poll < 60; poll++) {
      const now = listener.playsBefore(begin + poll * 240_000, 50).map(({ playedAt }) => playedAt);
      const newest = Math.max(0, ...seen);
      late += now.filter(
        (at) => seen.size > 0 && at < newest && !seen.has(at) && at > Math.min(...seen),
      ).length;
      seen = new Set(now);
    }
    expect(late).toBeGreaterThan(0);
  });

  it('is empty for a user who never played anything', async () => {
    const { me } = await openListener({ settings: { listener: 'new' } });
    expect((await me('/player/recently-played')).body).toMatchObject({
      items: [],
      next: null,
      cursors: null,
    });
    expect((await me('/top/tracks')).body).toMatchObject({ items: [], next: null, total: 0 });
  });
});

describe('top', () => {
  it('orders tracks and artists by three ranges of time, in pages of up to fifty', async () => {
    const { me } = await openListener();
    for (const kind of ['tracks', 'artists']) {
      const ids = async (range: string) =>
        (await me(`/top/${kind}?limit=50&time_range=${range}`)).body.items
          .map(({ id }: { id: string }) => id)
          .join();
      expect(new Set([await ids('short_term'), await ids('medium_term'), await ids('long_term')]).size).toBe(
        3,
      );
      expect((await me(`/top/${kind}?limit=50`)).body.items.map(({ id }: { id: string }) => id).join()).toBe(
        await ids('medium_term'),
      );
      expect((await me(`/top/${kind}?limit=51`)).status).toBe(400);
      expect((await me(`/top/${kind}?time_range=for_ever`)).status).toBe(400);
    }
    const { total, next } = (await me('/top/tracks?limit=50')).body;
    expect([total > 50, typeof next]).toEqual([true, 'string']);
  });
});

describe('me', () => {
  it('shows an app of 2026 neither country nor address, and everybody the account id', async () => {
    const { me, sandbox } = await openListener();
    expect(Object.keys((await me('')).body)).toEqual(
      expect.arrayContaining(['account_id', 'country', 'email', 'product']),
    );
    sandbox.setProfile('dev2026');
    const { body } = await me('');
    for (const key of ['country', 'email', 'product', 'followers', 'explicit_content'])
      expect(body).not.toHaveProperty(key);
    expect(body.account_id).toBe('sandbox-account');
  });
});
