// kworb's pages (SOURCES 2) and ReccoBeats (SOURCES 3.1).
import { createHash } from 'node:crypto';
import type { Catalogue, SandboxTrack } from './catalogue.ts';
import { drawFor } from './draw.ts';
import { json, type Reply } from './reply.ts';

const UPDATED = '2026/11/19';

/** A page of kworb, or null where there is none. HTML in UTF-8 under a content type without charset, as there. */
export function answerKworb(
  path: string,
  catalogue: Catalogue,
  ifNoneMatch: string | undefined,
): Reply | null {
  if (path === '/robots.txt')
    return { status: 200, body: 'User-agent: *\nDisallow:\n', headers: { 'content-type': 'text/plain' } };
  if (path !== '/spotify/artists.html') return null;
  const body = renderArtists(catalogue);
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const headers = { 'content-type': 'text/html', etag };
  return ifNoneMatch === etag ? { status: 304, body: '', headers } : { status: 200, body, headers };
}

function renderArtists(catalogue: Catalogue): string {
  const rows = catalogue.artists.map((artist) => {
    const draw = drawFor(catalogue.seed, `ranking ${artist.id}`);
    const lead = artist.streams * (0.6 + 0.4 * draw.unit());
    const cells = [
      artist.streams,
      artist.streams / 2_000,
      lead,
      draw.chance(0.1) ? null : lead * 0.8,
      draw.chance(0.2) ? null : artist.streams - lead,
    ];
    return `<tr><td class="text"><div><a href="/spotify/artist/${artist.id}_songs.html">${escapeHtml(artist.name)}</a></div></td>${cells
      .map((cell) => `<td>${cell === null ? '' : formatMillions(cell)}</td>`)
      .join('')}</tr>`;
  });
  return `<!DOCTYPE html><html><head><title>Spotify Artists (synthetic)</title></head><body>
<span>Last updated: ${UPDATED}</span>
<table class="addpos sortable"><thead><tr><th class="text">Artist</th><th>Streams</th><th>Daily</th><th>As lead</th><th>Solo</th><th>As feature</th></tr></thead>
<tbody>
${rows.join('\n')}
<tr><td class="text"><div>A row without a link</div></td><td>1.0</td><td></td><td></td><td></td><td></td></tr>
</tbody></table></body></html>
`;
}

const RECCOBEATS_MAX = 40;
/** Share of the catalogue that ReccoBeats knows. */
const COVERAGE = 0.85;

/** ReccoBeats' audio features, or null for another path: unknown ids are left out, and the order is not that of the request. */
export function answerReccobeats(path: string, query: URLSearchParams, catalogue: Catalogue): Reply | null {
  if (path !== '/audio-features') return null;
  const ids = query
    .getAll('ids')
    .flatMap((list) => list.split(','))
    .filter(Boolean);
  if (ids.length === 0 || ids.length > RECCOBEATS_MAX) {
    return json({ status: 4004, errors: [{ message: 'size must be between 1 and 40' }] }, 400);
  }
  const known = ids
    .flatMap((id) => catalogue.trackById.get(id) ?? [])
    .filter((track) => isCovered(catalogue, track));
  const content = known.sort((a, b) => (a.id.slice(5) < b.id.slice(5) ? -1 : 1)).map(toRow);
  return json({ content });
}

function isCovered({ seed }: Catalogue, track: SandboxTrack): boolean {
  return track.features !== null && drawFor(seed, `reccobeats ${track.id}`).chance(COVERAGE);
}

function toRow(track: SandboxTrack): object {
  const { timeSignature: _, ...features } = track.features ?? { timeSignature: 0 };
  const hex = createHash('sha256').update(`reccobeats ${track.id}`).digest('hex');
  const id = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
  return { id, href: `https://open.spotify.com/track/${track.id}`, isrc: track.isrc, ...features };
}

function formatMillions(value: number): string {
  return (value / 1e6).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
