import { describe, expect, it } from 'vitest';
import type { Lie } from '../../../src/sources/sandbox/faults.ts';
import { openSandbox } from './open-sandbox.ts';

interface Item {
  readonly id: string | null;
}
const idsOf = (items: readonly (Item | null)[]) => items.map((item) => item?.id ?? null);

describe('a list', () => {
  const openList = async (lie?: Lie) => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const artist = sandbox.catalogue.artists.find(({ albums }) => albums.length > 100);
    if (lie) sandbox.requests.add({ family: 'artist-albums', answer: { kind: 'lie', lie } });
    const page = async (offset: number) =>
      (
        await sandbox.ask(
          `/artists/${artist?.id}/albums?limit=50&offset=${offset}&include_groups=album,single,compilation`,
          token,
        )
      ).body;
    return { sandbox, page, all: artist?.albums.map(({ id }) => id) ?? [] };
  };

  it('comes in pages with absolute links that end with null, and is empty past its end', async () => {
    const { sandbox, page, all } = await openList();
    const [first, last, beyond] = [await page(0), await page(100), await page(500)];
    expect(first.next).toMatch(new RegExp(`^${sandbox.apiUrl}/artists/.*offset=50&limit=50&locale=\\*$`));
    expect([first.previous, last.next, first.total]).toEqual([null, null, all.length]);
    expect([beyond.items, beyond.next]).toEqual([[], null]);
    sandbox.set({ links: 'real' });
    expect((await page(0)).next).toMatch(/^https:\/\/api\.spotify\.com\/v1\//);
  });

  it.each([
    ['empty', (page: { items: Item[]; next: unknown }) => page.items.length === 0 && page.next !== null],
    [
      'repeated',
      (page: { items: Item[] }, first: { items: Item[] }) =>
        idsOf(page.items).join() === idsOf(first.items).join(),
    ],
    ['endless', (page: { next: unknown }) => page.next !== null],
    [
      'shifted',
      (page: { items: Item[] }, first: { items: Item[] }) => page.items[0]?.id === first.items.at(-1)?.id,
    ],
  ] as const)('can lie: %s', async (lie, isToldSo) => {
    const honest = await (await openList()).page(0);
    expect(isToldSo(await (await openList(lie)).page(lie === 'endless' ? 100 : 50), honest)).toBe(true);
  });

  it('can have a total that drifts while its pages stay whole', async () => {
    const { page, all } = await openList('drifting');
    const pages = [await page(0), await page(50), await page(100)];
    expect(new Set(pages.map(({ total }) => total)).size).toBe(3);
    expect(new Set(pages.flatMap(({ items }) => idsOf(items)))).toEqual(new Set(all));
  });
});

describe('the contents', () => {
  it('groups albums by how they belong to the artist', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const guest = sandbox.catalogue.artists.find(({ appearsOn }) => appearsOn.length > 0);
    const list = async (groups: string) =>
      (await sandbox.ask(`/artists/${guest?.id}/albums?limit=50${groups}`, token)).body.items;
    const foreign = await list('&include_groups=appears_on');
    expect(foreign.every((item: { album_group: string }) => item.album_group === 'appears_on')).toBe(true);
    expect(foreign.some((item: { artists: Item[] }) => item.artists[0]?.id !== guest?.id)).toBe(true);
    expect((await list('')).length).toBeGreaterThan((await list('&include_groups=album')).length);
  });

  it('plays another track in its place where a market is named, with a trace that 2026 does not show', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const twin = [...sandbox.catalogue.trackById.values()].find(({ original }) => original !== undefined);
    const path = `/tracks/${twin?.id}?market=DE`;
    const linked = (await sandbox.ask(path, token)).body;
    expect([linked.id, linked.linked_from.id]).toEqual([twin?.original?.id, twin?.id]);
    expect((await sandbox.ask(`/tracks/${twin?.id}`, token)).body.id).toBe(twin?.id);
    sandbox.setProfile('dev2026');
    const traceless = (await sandbox.ask(path, token)).body;
    expect([traceless.id, 'linked_from' in traceless]).toEqual([twin?.original?.id, false]);
  });

  it('says what may be played only where a market is named', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const ids = [...sandbox.catalogue.trackById.values()]
      .filter(({ original }) => !original)
      .slice(0, 50)
      .map(({ id }) => id);
    const ask = async (market: string) =>
      (await sandbox.ask(`/tracks?ids=${ids.join()}${market}`, token)).body.tracks;
    expect((await ask('')).some((track: object) => 'is_playable' in track)).toBe(false);
    const seen = new Set<string>();
    for (const market of ['DE', 'US', 'GB', 'SE', 'FR'])
      for (const track of await ask(`&market=${market}`))
        seen.add(JSON.stringify([track.is_playable, track.restrictions]));
    expect([...seen].sort()).toEqual(['[false,{"reason":"market"}]', '[true,null]']);
  });

  it('has a box set over several discs, extremes of length, a local file without ids, and artists without image', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const { catalogue } = sandbox;
    const box = [...catalogue.albumById.values()].find(({ tracks }) => tracks.length > 50);
    const album = (await sandbox.ask(`/albums/${box?.id}`, token)).body;
    expect([album.tracks.items.length, album.tracks.total, typeof album.tracks.next, album.genres]).toEqual([
      50,
      64,
      'string',
      [],
    ]);
    expect(
      new Set(album.tracks.items.map((track: { disc_number: number }) => track.disc_number)).size,
    ).toBeGreaterThan(1);
    const lengths = [...catalogue.trackById.values()].map(({ durationMs }) => durationMs);
    expect([Math.min(...lengths) < 15_000, Math.max(...lengths) > 5_000_000]).toEqual([true, true]);
    const odd = [...catalogue.albumById.values()].find(({ hasLocalFile }) => hasLocalFile);
    const { items, total } = (await sandbox.ask(`/albums/${odd?.id}/tracks?limit=50`, token)).body;
    expect([
      items.at(-1).is_local,
      items.at(-1).id,
      items.at(-1).uri.startsWith('spotify:local:'),
      total,
    ]).toEqual([true, null, true, (odd?.tracks.length ?? 0) + 1]);
    const plain = catalogue.artists.find(({ hasImage }) => !hasImage);
    expect((await sandbox.ask(`/artists/${plain?.id}`, token)).body.images).toEqual([]);
  });

  it('finds the popular before the right, and nothing, and null', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const search = async (q: string, type = 'artist') =>
      (await sandbox.ask(`/search?q=${encodeURIComponent(q)}&type=${type}`, token)).body;
    const { artists } = await search('the twin lanterns');
    expect(artists.items.map(({ name }: { name: string }) => name)).toEqual([
      'The Twin Lanterns',
      'The Twin Lanterns',
    ]);
    expect((await search('zzz no such')).artists.items).toEqual([]);
    expect((await search('rush', 'playlist')).playlists.items[1]).toBeNull();
    for (const [deepSearch, status] of [
      ['refused', 400],
      ['missing', 404],
      ['empty', 200],
    ] as const) {
      sandbox.set({ deepSearch });
      expect((await sandbox.ask('/search?q=a&type=track&offset=1000', token)).status).toBe(status);
    }
  });

  it('reads the same features twice with a little difference where that is switched on', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const [id] = sandbox.catalogue.trackById.keys();
    const read = async () => (await sandbox.ask(`/audio-features/${id}`, token)).body.energy;
    expect(await read()).toBe(await read());
    sandbox.set({ features: 'varying' });
    const [a, b] = [await read(), await read()];
    expect(Math.abs(a - b)).toBeCloseTo(0.001, 6);
  });

  it('is compressed for whoever accepts it', async () => {
    const sandbox = await openSandbox();
    const token = await sandbox.token();
    const path = `/artists/${sandbox.catalogue.artists[0]?.id}/albums?limit=50`;
    const sizes: Record<string, number> = {};
    for (const encoding of ['identity', 'gzip', 'br']) {
      const answer = await sandbox.ask(path, token, { 'accept-encoding': encoding });
      expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding);
      expect(answer.body.items.length).toBeGreaterThan(3);
      sizes[encoding] = Number(answer.headers.get('content-length'));
    }
    expect(sizes.br).toBeLessThan((sizes.identity ?? 0) / 3);
  });
});
