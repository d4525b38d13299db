// The catalogue in Spotify's JSON shapes (SOURCES 1.6). What an app of 2026 is not shown is absent, not null.
import { REAL_HOSTS } from '../../config/sources.ts';
import type { SandboxAlbum, SandboxArtist, SandboxTrack } from './catalogue.ts';
import { drawFor } from './draw.ts';
import type { SandboxSettings } from './settings.ts';

const IMAGES = 'https://images.sandbox.invalid';
const OPEN = 'https://open.sandbox.invalid';

export interface Bodies {
  simpleArtist(artist: SandboxArtist): object;
  artist(artist: SandboxArtist): object;
  simpleAlbum(album: SandboxAlbum): Record<string, unknown>;
  album(album: SandboxAlbum, market: string | null): object;
  /** Items of an album's list of tracks; one album holds a file of somebody's own, which has no ids. */
  trackItems(album: SandboxAlbum, market: string | null): object[];
  /** With a market the answer may be another track than the one asked for, and says whether it may be played there. */
  track(track: SandboxTrack, market: string | null): object;
  features(track: SandboxTrack): object | null;
  /** A page of a list, with absolute addresses on the sandbox's own base. */
  page(
    path: string,
    items: readonly unknown[],
    place: { limit: number; offset: number; total: number; query?: string; goesOn?: boolean },
  ): object;
}

/** @param own e.g. http://127.0.0.1:1234/v1 */
export function createBodies(own: string, settings: Readonly<SandboxSettings>): Bodies {
  const base = () => (settings.links === 'real' ? REAL_HOSTS.spotifyApi : own);
  const isFull = () => settings.profile !== 'dev2026';
  let readings = 0;
  const common = (type: string, id: string) => ({
    external_urls: { spotify: `${OPEN}/${type}/${id}` },
    href: `${base()}/${type}s/${id}`,
    id,
    type,
    uri: `spotify:${type}:${id}`,
  });
  /** Whether a track may be played in a market, and what it stands for there. */
  const inMarket = (track: SandboxTrack, market: string | null): object => {
    if (market === null) return {};
    const isPlayable = !drawFor(0, `${market} ${track.id}`).chance(0.02);
    return isPlayable ? { is_playable: true } : { is_playable: false, restrictions: { reason: 'market' } };
  };
  const simpleTrack = (track: SandboxTrack, market: string | null): Record<string, unknown> => ({
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
    ...inMarket(track, market),
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
    album: (album, market) => ({
      ...bodies.simpleAlbum(album),
      copyrights: [{ text: `Synthetic ${album.label}`, type: 'C' }],
      external_ids: { upc: album.upc },
      genres: [],
      ...(isFull() ? { label: album.label, popularity: album.popularity } : {}),
      tracks: firstTracks(bodies, album, market),
    }),
    trackItems: (album, market) => [
      ...album.tracks.map((track) => simpleTrack(track, market)),
      ...(album.hasLocalFile ? [LOCAL_FILE] : []),
    ],
    track: (asked, market) => {
      const track = market === null ? asked : (asked.original ?? asked);
      return {
        ...simpleTrack(track, market),
        album: bodies.simpleAlbum(track.album),
        external_ids: track.isrc === null ? {} : { isrc: track.isrc },
        ...(isFull() ? { popularity: track.popularity } : {}),
        ...(track !== asked && isFull() ? { linked_from: common('track', asked.id) } : {}),
      };
    },
    features: (track) => {
      if (!track.features) return null;
      const { timeSignature, ...features } = track.features;
      readings += 1;
      const energy = settings.features === 'varying' ? vary(features.energy, readings) : features.energy;
      return {
        ...features,
        energy,
        time_signature: timeSignature,
        type: 'audio_features',
        id: track.id,
        uri: `spotify:track:${track.id}`,
        track_href: `${base()}/tracks/${track.id}`,
        analysis_url: `${base()}/audio-analysis/${track.id}`,
        duration_ms: track.durationMs,
      };
    },
    page: (path, items, { limit, offset, total, query, goesOn = offset + limit < total }) => {
      const address = (start: number) =>
        `${base()}${path}?${query ? `${query}&` : ''}offset=${start}&limit=${limit}&locale=*`;
      return {
        href: address(offset),
        items,
        limit,
        next: goesOn ? address(offset + limit) : null,
        offset,
        previous: offset > 0 ? address(Math.max(0, offset - limit)) : null,
        total,
      };
    },
  };
  return bodies;
}

const EMBEDDED = 50;

function firstTracks(bodies: Bodies, album: SandboxAlbum, market: string | null): object {
  const items = bodies.trackItems(album, market);
  const place = { limit: EMBEDDED, offset: 0, total: items.length };
  return bodies.page(`/albums/${album.id}/tracks`, items.slice(0, EMBEDDED), place);
}

/** A file of somebody's own has neither ids nor addresses. */
const LOCAL_FILE = {
  artists: [{ external_urls: {}, href: null, id: null, name: 'Somebody', type: 'artist', uri: null }],
  disc_number: 0,
  duration_ms: 61_000,
  explicit: false,
  external_urls: {},
  href: null,
  id: null,
  name: 'A file of their own',
  preview_url: null,
  track_number: 0,
  type: 'track',
  uri: 'spotify:local:Somebody::A+file+of+their+own:61',
  is_local: true,
};

/** The same analysis read twice may differ in its last digits. */
function vary(value: number, reading: number): number {
  return Number(Math.min(1, value + (reading % 2) * 0.001).toFixed(4));
}
