import { describe, expect, it } from 'vitest';
import type { Http } from '../../../src/sources/http.ts';
import { fetchArtistList, parseArtistList } from '../../../src/sources/kworb/artist-list.ts';
import { type Catalogue, createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { createKworb } from '../../../src/sources/sandbox/kworb.ts';
import { DEFAULT_SETTINGS } from '../../../src/sources/sandbox/settings.ts';

const ID = '2Hkut4rAAyrQxRdof7FVJq';
const page = (head: string, rows: string) =>
  `<span>Last updated: 2026/11/19</span><table class="addpos sortable"><tr>${head}</tr>${rows}</table>`;
const sandboxPage = (catalogue: Catalogue) =>
  createKworb(catalogue, DEFAULT_SETTINGS)
    .find('/spotify/artists.html')
    ?.answer({ ifNoneMatch: undefined, ifModifiedSince: undefined }).body ?? '';
const HEAD = '<th>Artist</th><th>Streams</th><th>Daily</th>';

describe('parseArtistList', () => {
  it('reads every artist of the sandbox page with its cells as they stand', () => {
    const catalogue = createCatalogue({ artists: 60 });
    const html = sandboxPage(catalogue);
    const { updated, artists } = parseArtistList(html, 'url');
    expect(updated).toBe('2026-11-19');
    expect(artists.map(({ artistId, name }) => [artistId, name])).toEqual(
      catalogue.artists.map(({ id, name }) => [id, name]),
    );
    expect(artists[0]?.cells.Streams).toMatch(/^[\d,]+\.\d$/);
  });

  it('finds columns by header, whether the rank stands in the rows, only in the header, or nowhere', () => {
    const cells = `<td><div><a href="artist/${ID}_songs.html">Rush</a></div></td><td>1,234.5</td><td></td>`;
    for (const [head, row] of [
      [HEAD, cells],
      [`<th>#</th>${HEAD}`, `<td>1</td>${cells}`],
      [`<th>Pos</th>${HEAD}`, cells],
    ] as const) {
      expect(parseArtistList(page(head, `<tr>${row}</tr>`), 'url').artists).toEqual([
        { artistId: ID, name: 'Rush', cells: { Streams: '1,234.5', Daily: '' } },
      ]);
    }
  });

  it('decodes entities and takes an id once', () => {
    const row = `<tr><td><a href="/spotify/artist/${ID}.html">A &amp; B &#39;n&#x27; &quot;C&quot;</a></td><td>1</td><td>2</td></tr>`;
    const { artists } = parseArtistList(page(HEAD, row + row), 'url');
    expect(artists.map(({ name }) => name)).toEqual(['A & B \'n\' "C"']);
  });

  it('fails loudly when the layout has changed, and when no artist is there', () => {
    expect(() => parseArtistList(page('<th>Act</th><th>Plays</th>', ''), 'url')).toThrow(
      /Its layout has changed/,
    );
    expect(() => parseArtistList(page(HEAD, '<tr><td>nobody</td></tr>'), 'url')).toThrow(/lists no artist/);
    expect(() => parseArtistList('<p>Come back later</p>', 'url')).toThrow(/Its layout has changed/);
  });

  it('takes nothing from a page that was cut in the middle of its table', () => {
    const html = sandboxPage(createCatalogue({ artists: 60 }));
    expect(() => parseArtistList(html.slice(0, html.length / 2), 'url')).toThrow(
      /ends before its table does/,
    );
  });

  it('keeps the first row of an artist who is listed twice, and reads the table with the artists only', () => {
    const row = (name: string, streams: string) =>
      `<tr><td><a href='artist/${ID}_songs.html'>${name}</a></td><td>${streams}</td><td></td></tr>`;
    const other = '<table><tr><th>Total</th></tr><tr><td>1</td></tr></table>';
    const { artists } = parseArtistList(other + page(HEAD, row('Rush', '9') + row('Rush again', '1')), 'url');
    expect(artists).toEqual([{ artistId: ID, name: 'Rush', cells: { Streams: '9', Daily: '' } }]);
  });
});

describe('fetchArtistList', () => {
  const answer = (status: number): Http => ({
    send: async () => ({ status, headers: {}, body: '', value: undefined }),
  });

  it.each([403, 429, 503])('leaves kworb alone on status %i', async (status) => {
    await expect(
      fetchArtistList(answer(status), 'http://kworb', new AbortController().signal),
    ).rejects.toMatchObject({ code: 'EXTRACT', status, isRetryable: false });
  });
});
