import { describe, expect, it } from 'vitest';
import { parseRankingPage } from '../../../src/sources/kworb/ranking-page.ts';
import { type Catalogue, createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { createKworb } from '../../../src/sources/sandbox/kworb.ts';
import { DEFAULT_SETTINGS, type SandboxSettings } from '../../../src/sources/sandbox/settings.ts';

const ID = '2Hkut4rAAyrQxRdof7FVJq';
const page = (head: string, rows: string) =>
  `<span>Last updated: 2026/11/19</span><table class="addpos sortable"><tr>${head}</tr>${rows}</table>`;
const sandboxPage = (catalogue: Catalogue, name = 'artists', settings: Partial<SandboxSettings> = {}) =>
  createKworb(catalogue, { ...DEFAULT_SETTINGS, ...settings })
    .find(`/spotify/${name}.html`)
    ?.answer({ ifNoneMatch: undefined, ifModifiedSince: undefined }).body ?? '';
const HEAD = '<th>Artist</th><th>Streams</th><th>Daily</th>';

describe('parseRankingPage', () => {
  it('reads every artist of the sandbox page with its cells as they stand', () => {
    const catalogue = createCatalogue({ artists: 60 });
    const html = sandboxPage(catalogue);
    const { updated, artists } = parseRankingPage('artists', html, 'url');
    expect(updated).toBe('2026-11-19');
    expect(artists.map(({ artistId, name }) => [artistId, name])).toEqual(
      catalogue.artists.map(({ id, name }) => [id, name]),
    );
    expect(artists.map(({ rank }) => rank)).toEqual(catalogue.artists.map((_, at) => at + 1));
    expect(artists[0]?.cells.Streams).toMatch(/^[\d,]+\.\d$/);
  });

  it('finds columns by header, whether the rank stands in the rows, only in the header, or nowhere', () => {
    const cells = `<td><div><a href="artist/${ID}_songs.html">Rush</a></div></td><td>1,234.5</td><td></td>`;
    for (const [head, row] of [
      [HEAD, cells],
      [`<th>#</th>${HEAD}`, `<td>1</td>${cells}`],
      [`<th>Pos</th>${HEAD}`, cells],
    ] as const) {
      expect(parseRankingPage('artists', page(head, `<tr>${row}</tr>`), 'url').artists).toEqual([
        { artistId: ID, name: 'Rush', rank: 1, cells: { Streams: '1,234.5', Daily: '' } },
      ]);
    }
  });

  it('decodes entities and takes an id once', () => {
    const row = `<tr><td><a href="/spotify/artist/${ID}.html">A &amp; B &#39;n&#x27; &quot;C&quot;</a></td><td>1</td><td>2</td></tr>`;
    const { artists } = parseRankingPage('artists', page(HEAD, row + row), 'url');
    expect(artists.map(({ name }) => name)).toEqual(['A & B \'n\' "C"']);
  });

  it('fails loudly when the layout has changed, and when no artist is there', () => {
    expect(() => parseRankingPage('artists', page('<th>Act</th><th>Plays</th>', ''), 'url')).toThrow(
      /Its layout has changed/,
    );
    expect(() => parseRankingPage('artists', page(HEAD, '<tr><td>nobody</td></tr>'), 'url')).toThrow(
      /lists no artist/,
    );
    expect(() => parseRankingPage('artists', '<p>Come back later</p>', 'url')).toThrow(
      /Its layout has changed/,
    );
  });

  it('takes nothing from a page that was cut in the middle of its table', () => {
    const html = sandboxPage(createCatalogue({ artists: 60 }));
    expect(() => parseRankingPage('artists', html.slice(0, html.length / 2), 'url')).toThrow(
      /ends before its table does/,
    );
  });

  it.each([
    '<table>',
    '<table',
    '<table><tr><th>',
    '<table><tr><th>Artist</th><th>Streams</th></tr><tr><td>',
    '<',
  ])('reads a page of nothing but "%s" in a time that grows with its length', (part) => {
    const many = part.repeat(1_000_000 / part.length);
    const begin = performance.now();
    for (const html of [`${page(HEAD, '')}${many}</table>`, page(HEAD, `<tr>${many}</tr>`)])
      expect(() => parseRankingPage('artists', html, 'url')).toThrow(/lists no artist/);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it('keeps the first row of an artist who is listed twice, and reads the table with the artists only', () => {
    const row = (name: string, streams: string) =>
      `<tr><td><a href='artist/${ID}_songs.html'>${name}</a></td><td>${streams}</td><td></td></tr>`;
    const other = '<table><tr><th>Total</th></tr><tr><td>1</td></tr></table>';
    const { artists } = parseRankingPage(
      'artists',
      other + page(HEAD, row('Rush', '9') + row('Rush again', '1')),
      'url',
    );
    expect(artists).toEqual([{ artistId: ID, name: 'Rush', rank: 1, cells: { Streams: '9', Daily: '' } }]);
  });

  it('reads the listeners page with whole numbers and signed changes, and takes neither page for the other', () => {
    const catalogue = createCatalogue({ artists: 60 });
    const html = sandboxPage(catalogue, 'listeners');
    const { artists, updated } = parseRankingPage('listeners', html, 'url');
    expect([artists.length, updated]).toEqual([60, '2026-11-19']);
    expect(Object.keys(artists[0]?.cells ?? {})).toEqual(['Listeners', 'Daily +/-', 'Peak', 'PkListeners']);
    expect(artists[0]?.cells.Listeners).toMatch(/^[\d,]+$/);
    expect(artists.some(({ cells }) => cells['Daily +/-']?.startsWith('+'))).toBe(true);
    expect(artists.some(({ cells }) => cells['Daily +/-'] === '')).toBe(true);
    expect(() => parseRankingPage('artists', html, 'url')).toThrow(/Artist and Streams are expected/);
    expect(() => parseRankingPage('listeners', sandboxPage(catalogue), 'url')).toThrow(
      /Artist and Listeners are expected/,
    );
  });

  it.each([
    'root',
    'relative',
    'absolute',
  ] as const)('takes ids from %s links, with and without a rank column', (kworbLinks) => {
    const catalogue = createCatalogue({ artists: 15 });
    for (const kworbLayout of ['plain', 'ranked'] as const) {
      const html = sandboxPage(catalogue, 'artists', { kworbLinks, kworbLayout, kworbRows: 2_100 });
      const { artists } = parseRankingPage('artists', html, 'url');
      expect(artists.length).toBe(2_100);
      expect(artists.slice(0, 15).map(({ artistId }) => artistId)).toEqual(
        catalogue.artists.map(({ id }) => id),
      );
      expect(Object.keys(artists[0]?.cells ?? {})).toEqual([
        'Streams',
        'Daily',
        'As lead',
        'Solo',
        'As feature',
      ]);
    }
  });
});
