import { describe, expect, it } from 'vitest';
import { openSandbox } from './open-sandbox.ts';

describe("kworb's pages", () => {
  it('are UTF-8 under a content type without charset, with rows that cannot be used among those that can', async () => {
    const sandbox = await openSandbox();
    const { text, headers } = await sandbox.ask(`${sandbox.kworbUrl}/spotify/artists.html`);
    expect(headers.get('content-type')).toBe('text/html');
    expect(text).toContain('Señor Ñandú');
    expect(text).toContain('Amp &amp; Tag &lt;b&gt;');
    expect(text).toContain('A row without a link');
    expect(text).toContain('artist/not-an-id_songs.html');
    expect(text).toMatch(/<td>[\d,]+\.\d<\/td>/);
    expect(text).toContain('<td></td>');
    expect(text).toContain('Last updated: 2026/11/19');
  });

  it('answer 304 to either validator until their day changes', async () => {
    const sandbox = await openSandbox();
    for (const page of ['artists', 'listeners']) {
      const url = `${sandbox.kworbUrl}/spotify/${page}.html`;
      const { headers } = await sandbox.ask(url);
      const etag = { 'if-none-match': headers.get('etag') ?? '' };
      const since = { 'if-modified-since': headers.get('last-modified') ?? '' };
      expect([
        (await sandbox.ask(url, null, etag)).status,
        (await sandbox.ask(url, null, since)).status,
      ]).toEqual([304, 304]);
      sandbox.set({ kworbUpdated: '2026/11/20' });
      expect([
        (await sandbox.ask(url, null, etag)).status,
        (await sandbox.ask(url, null, since)).status,
      ]).toEqual([200, 200]);
      sandbox.set({ kworbValidators: 'none', kworbUpdated: '2026/11/19' });
      expect((await sandbox.ask(url)).headers.get('etag')).toBeNull();
      sandbox.set({ kworbValidators: 'given' });
    }
  });

  it('come in the layouts that were seen, and in one that was not', async () => {
    const sandbox = await openSandbox({ settings: { kworbRows: 2_500 } });
    const url = `${sandbox.kworbUrl}/spotify/artists.html`;
    const plain = (await sandbox.ask(url)).text;
    expect(plain).toContain('<table class="addpos sortable"><thead><tr><th class="text">Artist</th>');
    expect(plain.match(/href="\/spotify\/artist\/[0-9A-Za-z]{22}_songs/g)?.length).toBe(2_500);
    sandbox.set({ kworbLayout: 'ranked', kworbLinks: 'absolute' });
    const ranked = (await sandbox.ask(url)).text;
    expect(ranked).toContain('<th>#</th><th class="text">Artist</th>');
    expect(ranked).toContain('href="https://kworb.net/spotify/artist/');
    sandbox.set({ kworbLayout: 'changed' });
    expect((await sandbox.ask(url)).text).not.toContain('>Artist<');
  });

  it('have listeners as whole numbers with signed changes', async () => {
    const sandbox = await openSandbox();
    const { text } = await sandbox.ask(`${sandbox.kworbUrl}/spotify/listeners.html`);
    expect(text).toContain('<th>Listeners</th><th>Daily +/-</th><th>Peak</th><th>PkListeners</th>');
    expect(text).toContain('href="artist/');
    expect(text).toMatch(/>\+[\d,]+</);
    expect(text).toMatch(/>-[\d,]+</);
    expect(text).toContain('<td class="smaller"></td>');
  });

  it.each([
    ['allow', 200, 'Disallow: \n'],
    ['deny', 200, 'Disallow: /spotify/'],
    ['missing', 404, 'Not found'],
  ] as const)('have robots.txt that says %s', async (robots, status, text) => {
    const sandbox = await openSandbox({ settings: { robots } });
    const answer = await sandbox.ask(`${sandbox.kworbUrl}/robots.txt`);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });
});

describe('ReccoBeats', () => {
  interface Row {
    readonly id: string;
    readonly href: string;
    readonly isrc: string | null;
    readonly tempo: number;
  }
  const spotifyIds = (rows: readonly Row[]) => rows.map(({ href }) => href.split('/').at(-1));

  it("takes ids separated by commas or repeated, its own or Spotify's, and leaves out what it does not know", async () => {
    const sandbox = await openSandbox();
    const ids = [...sandbox.catalogue.trackById.keys()].slice(0, 40);
    const url = `${sandbox.reccobeatsUrl}/audio-features`;
    const rows: Row[] = (await sandbox.ask(`${url}?ids=${ids.join()}`)).body.content;
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.length).toBeLessThan(40);
    expect(spotifyIds(rows)).not.toEqual(ids.filter((id) => spotifyIds(rows).includes(id)));
    expect((await sandbox.ask(`${url}?${ids.map((id) => `ids=${id}`).join('&')}`)).body.content).toEqual(
      rows,
    );
    expect((await sandbox.ask(`${url}?ids=${rows[0]?.id}`)).body.content).toEqual([rows[0]]);
    expect((await sandbox.ask(`${url}?ids=7zzzzzzzzzzzzzzzzzzzzz`)).body).toEqual({ content: [] });
    for (const key of ['time_signature', 'duration_ms', 'uri']) expect(rows[0]).not.toHaveProperty(key);
    expect((await sandbox.ask(`${sandbox.reccobeatsUrl}/track?ids=${ids.join()}`)).body.content.length).toBe(
      rows.length,
    );
  });

  it.each([0, 41])('refuses %i ids with its own code', async (count) => {
    const sandbox = await openSandbox();
    const ids = [...sandbox.catalogue.trackById.keys()].slice(0, count);
    const { status, body } = await sandbox.ask(`${sandbox.reccobeatsUrl}/audio-features?ids=${ids.join()}`);
    expect([status, body]).toEqual([
      400,
      { status: 4004, errors: [{ message: 'size must be between 1 and 40' }] },
    ]);
  });

  it('takes only its own ids for a single track', async () => {
    const sandbox = await openSandbox({ settings: { reccobeatsCoverage: 1 } });
    const id = [...sandbox.catalogue.trackById.values()].find(({ features }) => features)?.id;
    const [row] = (await sandbox.ask(`${sandbox.reccobeatsUrl}/track?ids=${id}`)).body.content;
    expect((await sandbox.ask(`${sandbox.reccobeatsUrl}/track/${id}/audio-features`)).status).toBe(400);
    expect((await sandbox.ask(`${sandbox.reccobeatsUrl}/track/${row.id}/audio-features`)).status).toBe(200);
    expect(
      (await sandbox.ask(`${sandbox.reccobeatsUrl}/track/00000000-0000-0000-0000-000000000000`)).status,
    ).toBe(404);
  });

  it('knows a share of the tracks, the same ones each time, and more when the share grows', async () => {
    const sandbox = await openSandbox({ settings: { reccobeatsCoverage: 0.5 } });
    const ids = [...sandbox.catalogue.trackById.keys()].slice(0, 40).join();
    const ask = async () =>
      spotifyIds((await sandbox.ask(`${sandbox.reccobeatsUrl}/audio-features?ids=${ids}`)).body.content);
    const half = await ask();
    expect(await ask()).toEqual(half);
    sandbox.set({ reccobeatsCoverage: 1 });
    const all = await ask();
    expect(all.length).toBeGreaterThan(half.length);
    expect(all).toEqual(expect.arrayContaining(half));
  });
});
