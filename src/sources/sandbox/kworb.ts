// kworb's pages: HTML in UTF-8 under a content type without charset, in the layouts that were seen (SOURCES 2).
import { createHash } from 'node:crypto';
import type { Catalogue } from './catalogue.ts';
import { drawFor, makeId } from './draw.ts';
import type { Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

export interface Validators {
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

export interface KworbPages {
  /** The page of a path, or null where there is none. */
  find(path: string): { family: string; answer(given: Validators): Reply } | null;
}

const AGENTS = 'User-agent: *\n';

export function createKworb(catalogue: Catalogue, settings: Readonly<SandboxSettings>): KworbPages {
  return {
    find: (path) => {
      if (path === '/robots.txt') return { family: 'kworb-robots', answer: () => robots(settings) };
      if (path === '/spotify/artists.html')
        return {
          family: 'kworb',
          answer: (given) => page(renderArtists(catalogue, settings), settings, given),
        };
      if (path === '/spotify/listeners.html')
        return {
          family: 'kworb-listeners',
          answer: (given) => page(renderListeners(catalogue, settings), settings, given),
        };
      return null;
    },
  };
}

function robots({ robots: mode }: Readonly<SandboxSettings>): Reply {
  const headers = { 'content-type': 'text/plain' };
  if (mode === 'missing') return { status: 404, body: 'Not found', headers };
  return { status: 200, body: `${AGENTS}Disallow: ${mode === 'deny' ? '/spotify/' : ''}\n`, headers };
}

function page(body: string, { kworbValidators, kworbUpdated }: SandboxSettings, given: Validators): Reply {
  const headers = { 'content-type': 'text/html' };
  if (kworbValidators === 'none') return { status: 200, body, headers };
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const modified = new Date(`${kworbUpdated.replaceAll('/', '-')}T05:00:00Z`).toUTCString();
  const isKnown =
    given.ifNoneMatch === undefined ? given.ifModifiedSince === modified : given.ifNoneMatch === etag;
  const validators = { ...headers, etag, 'last-modified': modified };
  return isKnown
    ? { status: 304, body: '', headers: validators }
    : { status: 200, body, headers: validators };
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly streams: number;
  readonly popularity: number;
}

/** The catalogue's artists, and invented ones at the end where more rows are wanted. */
function listRows(catalogue: Catalogue, { kworbRows }: SandboxSettings): Row[] {
  const more = Math.max(0, kworbRows - catalogue.artists.length);
  const least = catalogue.artists.at(-1)?.streams ?? 1e6;
  return [
    ...catalogue.artists,
    ...Array.from({ length: more }, (_, at) => ({
      id: makeId(catalogue.seed, `only on kworb ${at}`),
      name: `Unlisted Act ${at + 1}`,
      streams: Math.max(1e5, least - at * 1e5),
      popularity: 0,
    })),
  ];
}

const NO_LINK = 'A row without a link';

function renderArtists(catalogue: Catalogue, settings: SandboxSettings): string {
  const isRanked = settings.kworbLayout === 'ranked';
  const rows = listRows(catalogue, settings).map((row, at) => {
    const draw = drawFor(catalogue.seed, `ranking ${row.id}`);
    const lead = row.streams * (0.6 + 0.4 * draw.unit());
    const cells = [
      row.streams,
      row.streams / 2_000,
      lead,
      draw.chance(0.1) ? null : lead * 0.8,
      draw.chance(0.2) ? null : row.streams - lead,
    ];
    const rank = isRanked ? `<td>${at + 1}</td>` : '';
    return `<tr>${rank}${nameCell(row, settings)}${cells.map((cell) => `<td>${cell === null ? '' : millions(cell)}</td>`).join('')}</tr>`;
  });
  const words =
    settings.kworbLayout === 'changed'
      ? ['Act', 'Plays', 'Today', 'Main', 'Alone', 'Guest']
      : ['Artist', 'Streams', 'Daily', 'As lead', 'Solo', 'As feature'];
  const broken = `<tr>${isRanked ? '<td></td>' : ''}<td class="text"><div><a href="/spotify/artist/not-an-id_songs.html">A malformed id</a></div></td><td>1.0</td><td></td><td></td><td></td><td></td></tr>
<tr>${isRanked ? '<td></td>' : ''}<td class="text"><div>${NO_LINK}</div></td><td>1.0</td><td></td><td></td><td></td><td></td></tr>`;
  return document(
    'Spotify Artists (synthetic)',
    settings,
    table(
      isRanked ? 'sortable' : 'addpos sortable',
      [...(isRanked ? ['#'] : []), ...words],
      [...rows, broken],
    ),
  );
}

function renderListeners(catalogue: Catalogue, settings: SandboxSettings): string {
  const listeners = (row: Row) => Math.round(20_000 * 1.09 ** row.popularity + (row.streams % 9_973));
  const sorted = listRows(catalogue, settings).sort(
    (a, b) => listeners(b) - listeners(a) || (a.id < b.id ? -1 : 1),
  );
  const rows = sorted.map((row, at) => {
    const draw = drawFor(catalogue.seed, `listeners ${row.id}`);
    const change = Math.round((draw.unit() - 0.5) * 0.01 * listeners(row));
    const daily = draw.chance(0.05) ? '' : `${change > 0 ? '+' : ''}${whole(change)}`;
    const peak = 1 + Math.floor((at + 1) * draw.unit());
    const cells = [
      whole(listeners(row)),
      daily,
      String(peak),
      whole(Math.round(listeners(row) * (1 + draw.unit()))),
    ];
    return `<tr><td>${at + 1}</td>${nameCell(row, { ...settings, kworbLinks: 'relative' })}${cells.map((cell) => `<td class="smaller">${cell}</td>`).join('')}</tr>`;
  });
  const words =
    settings.kworbLayout === 'changed'
      ? ['#', 'Act', 'Audience', 'Daily +/-', 'Peak', 'PkListeners']
      : ['#', 'Artist', 'Listeners', 'Daily +/-', 'Peak', 'PkListeners'];
  return document('Spotify Listeners (synthetic)', settings, table('sortable', words, rows));
}

function nameCell({ id, name }: Row, { kworbLinks }: SandboxSettings): string {
  const start = { root: '/spotify/', relative: '', absolute: 'https://kworb.net/spotify/' }[kworbLinks];
  return `<td class="text"><div><a href="${start}artist/${id}_songs.html">${escapeHtml(name)}</a></div></td>`;
}

function table(kind: string, headers: readonly string[], rows: readonly string[]): string {
  const head = headers
    .map((header) => `<th${header === 'Artist' ? ' class="text"' : ''}>${header}</th>`)
    .join('');
  return `<table class="${kind}"><thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function document(title: string, { kworbUpdated }: SandboxSettings, body: string): string {
  return `<!DOCTYPE html><html><head><title>${title}</title></head><body>
<span>Last updated: ${kworbUpdated}</span>
${body}</body></html>
`;
}

const MILLIONS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en-US');

function millions(value: number): string {
  return MILLIONS.format(value / 1e6);
}

function whole(value: number): string {
  return WHOLE.format(value);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
