// The catalogue in Spotify's JSON shapes (SOURCES 1.6). What an app of 2026 is not shown is absent, not null.
import type { SandboxAlbum, SandboxArtist, SandboxTrack } from './catalogue.ts';

export type Profile = 'extended' | 'devOld' | 'dev2026';

const IMAGES = 'https://images.sandbox.invalid';
const OPEN = 'https://open.sandbox.invalid';

export interface Bodies {
  simpleArtist(artist: SandboxArtist): object;
  artist(artist: SandboxArtist): object;
  simpleAlbum(album: SandboxAlbum): Record<string, unknown>;
  album(album: SandboxAlbum): object;
  simpleTrack(track: SandboxTrack): Record<string, unknown>;
  track(track: SandboxTrack): object;
  features(track: SandboxTrack): object | null;
  /** A page of a list, with absolute addresses on the sandbox's own base. */
  page(
    path: string,
    items: readonly unknown[],
    place: { limit: number; offset: number; total: number; query?: string },
  ): object;
}

/** @param base e.g. http://127.0.0.1:1234/v1 */
export function createBodies(base: string, profile: () => Profile): Bodies {
  const isFull = () => profile() !== 'dev2026';
  const common = (type: string, id: string) => ({
    external_urls: { spotify: `${OPEN}/${type}/${id}` },
    href: `${base}/${type}s/${id}`,
    id,
    type,
    uri: `spotify:${type}:${id}`,
  });
  const images = (id: string, widths: readonly number[]) =>
    widths.map((width) => ({ url: `${IMAGES}/${id}/${width}`, height: width, width }));

  const bodies: Bodies = {
    simpleArtist: (artist) => ({ ...common('artist', artist.id), name: artist.name }),
    artist: (artist) => ({
      ...common('artist', artist.id),
      name: artist.name,
      genres: artist.genres,
      images: artist.hasImage ? images(artist.id, [640, 320, 160]) : [],
      ...(isFull()
        ? { popularity: artist.popularity, followers: { href: null, total: artist.followers } }
        : {}),
    }),
    simpleAlbum: (album) => ({
      ...common('album', album.id),
      album_type: album.type,
      total_tracks: album.totalTracks,
      ...(isFull() ? { available_markets: ['DE', 'GB', 'US'] } : {}),
      images: album.hasImages ? images(album.id, [640, 300, 64]) : [],
      name: album.name,
      release_date: album.releaseDate,
      release_date_precision: album.precision,
      artists: [bodies.simpleArtist(album.artist)],
    }),
    album: (album) => ({
      ...bodies.simpleAlbum(album),
      copyrights: [{ text: `Synthetic ${album.label}`, type: 'C' }],
      external_ids: { upc: album.upc },
      genres: [],
      ...(isFull() ? { label: album.label, popularity: album.popularity } : {}),
      tracks: bodies.page(`/albums/${album.id}/tracks`, album.tracks.slice(0, 50).map(bodies.simpleTrack), {
        limit: 50,
        offset: 0,
        total: album.tracks.length,
      }),
    }),
    simpleTrack: (track) => ({
      ...common('track', track.id),
      artists: track.artists.map(bodies.simpleArtist),
      ...(isFull() ? { available_markets: ['DE', 'GB', 'US'] } : {}),
      disc_number: track.disc,
      duration_ms: track.durationMs,
      explicit: track.isExplicit,
      name: track.name,
      preview_url: null,
      track_number: track.number,
      is_local: false,
    }),
    track: (track) => ({
      ...bodies.simpleTrack(track),
      album: bodies.simpleAlbum(track.album),
      external_ids: track.isrc === null ? {} : { isrc: track.isrc },
      ...(isFull() ? { popularity: track.popularity } : {}),
    }),
    features: (track) => {
      if (!track.features) return null;
      const { timeSignature, ...features } = track.features;
      return {
        ...features,
        time_signature: timeSignature,
        type: 'audio_features',
        id: track.id,
        uri: `spotify:track:${track.id}`,
        track_href: `${base}/tracks/${track.id}`,
        analysis_url: `${base}/audio-analysis/${track.id}`,
        duration_ms: track.durationMs,
      };
    },
    page: (path, items, { limit, offset, total, query }) => {
      const address = (start: number) =>
        `${base}${path}?${query ? `${query}&` : ''}offset=${start}&limit=${limit}&locale=*`;
      return {
        href: address(offset),
        items,
        limit,
        next: offset + limit < total ? address(offset + limit) : null,
        offset,
        previous: offset > 0 ? address(Math.max(0, offset - limit)) : null,
        total,
      };
    },
  };
  return bodies;
}
