// ReccoBeats: audio features and track data by Spotify's id or its own, at most 40 at once (SOURCES 3.1).
import { createHash } from 'node:crypto';
import type { Catalogue, SandboxTrack } from './catalogue.ts';
import { drawFor } from './draw.ts';
import { json, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

const MAX_IDS = 40;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Reccobeats {
  /** The answer to a path below /v1, or null where there is nothing. */
  find(path: string, query: URLSearchParams): { family: string; answer(): Reply } | null;
}

export function createReccobeats(catalogue: Catalogue, settings: Readonly<SandboxSettings>): Reccobeats {
  let byUuid: Map<string, SandboxTrack> | null = null;
  const findTrack = (id: string): SandboxTrack | null => {
    if (UUID.test(id)) {
      byUuid ??= new Map([...catalogue.trackById.values()].map((track) => [uuidOf(track), track]));
      return byUuid.get(id) ?? null;
    }
    return catalogue.trackById.get(id) ?? null;
  };
  const isCovered = (track: SandboxTrack) =>
    track.features !== null &&
    drawFor(catalogue.seed, `reccobeats ${track.id}`).unit() < settings.reccobeatsCoverage;
  /** Unknown ids are left out, and the order is not that of the request. */
  const many = (query: URLSearchParams, toRow: (track: SandboxTrack) => object): Reply => {
    const ids = query
      .getAll('ids')
      .flatMap((list) => list.split(','))
      .filter(Boolean);
    if (ids.length === 0 || ids.length > MAX_IDS) return tooMany();
    const known = ids.flatMap((id) => findTrack(id) ?? []).filter(isCovered);
    return json({ content: known.sort((a, b) => (a.id.slice(5) < b.id.slice(5) ? -1 : 1)).map(toRow) });
  };
  const one = (id: string, toRow: (track: SandboxTrack) => object): Reply => {
    // Spotify's ids are not taken here, only their own.
    if (!UUID.test(id)) return json({ status: 4001, errors: [{ message: 'id is not valid' }] }, 400);
    const track = findTrack(id);
    if (track && isCovered(track)) return json(toRow(track));
    return json({ status: 4040, errors: [{ message: 'not found' }] }, 404);
  };
  return {
    find: (path, query) => {
      const [kind, id, sub] = path.replace(/\/$/, '').split('/').slice(1);
      if (kind === 'audio-features' && id === undefined)
        return { family: 'reccobeats', answer: () => many(query, toFeatures) };
      if (kind !== 'track') return null;
      if (id === undefined) return { family: 'reccobeats-track', answer: () => many(query, toTrack) };
      if (sub === undefined) return { family: 'reccobeats-track', answer: () => one(id, toTrack) };
      return sub === 'audio-features' ? { family: 'reccobeats', answer: () => one(id, toFeatures) } : null;
    },
  };
}

/** The status in the body is their code, not that of HTTP. */
function tooMany(): Reply {
  return json({ status: 4004, errors: [{ message: 'size must be between 1 and 40' }] }, 400);
}

function toFeatures(track: SandboxTrack): object {
  const { timeSignature: _, ...features } = track.features ?? { timeSignature: 0 };
  return { id: uuidOf(track), href: hrefOf('track', track.id), isrc: track.isrc, ...features };
}

function toTrack(track: SandboxTrack): object {
  return {
    id: uuidOf(track),
    trackTitle: track.name,
    artists: track.artists.map(({ id, name }) => ({
      id: toUuid(`artist ${id}`),
      name,
      href: hrefOf('artist', id),
    })),
    durationMs: track.durationMs,
    isrc: track.isrc,
    ean: null,
    upc: null,
    href: hrefOf('track', track.id),
    availableCountries: 'DE,GB,US',
    popularity: Math.round(track.popularity * 0.9),
  };
}

function hrefOf(type: string, id: string): string {
  return `https://open.spotify.com/${type}/${id}`;
}

function uuidOf({ id }: SandboxTrack): string {
  return toUuid(`track ${id}`);
}

function toUuid(name: string): string {
  const hex = createHash('sha256').update(`reccobeats ${name}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
