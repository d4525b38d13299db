// Search, as fuzzy as the real one: the most popular hit first, whether it is the one that was meant or not.
import type { Bodies } from './bodies.ts';
import type { Catalogue, SandboxArtist } from './catalogue.ts';
import type { Lie } from './faults.ts';
import { type Paged, type Pager, readPlace } from './paging.ts';
import { apiError, json, type Reply } from './reply.ts';
import type { SandboxSettings } from './settings.ts';

/** Beyond this hit nothing is shown, however many there are. */
const DEEPEST = 1_000;

export function createSearch(
  catalogue: Catalogue,
  bodies: Bodies,
  pager: Pager,
  settings: Readonly<SandboxSettings>,
): (query: URLSearchParams, lie: Lie | null) => Reply {
  return (query, lie) => {
    const limits = settings.profile === 'dev2026' ? { max: 10, usual: 5 } : { max: 50, usual: 20 };
    const place = readPlace(query, limits);
    if (!place) return apiError(400, 'Invalid limit');
    if (place.offset >= DEEPEST && settings.deepSearch === 'refused') return apiError(400, 'Invalid offset');
    if (place.offset >= DEEPEST && settings.deepSearch === 'missing') return apiError(404, 'Not found.');
    const term = fold((query.get('q') ?? '').replace(/\b(artist|album|track):/g, '').replaceAll('"', ''));
    if (term === '') return apiError(400, 'No search query');
    const section = <T>(type: string, items: readonly T[], toBody: (item: T) => unknown): object => {
      const link = `query=${encodeURIComponent(term)}&type=${type}`;
      const shown: Paged<T> = {
        path: '/search',
        items: items.slice(0, DEEPEST),
        limits,
        query: link,
        toBody,
      };
      return { [`${type}s`]: pager.page(place, shown, lie) };
    };
    const found: Readonly<Record<string, () => object>> = {
      artist: () => section('artist', findArtists(catalogue, term), bodies.artist),
      album: () => section('album', findByName(catalogue.albumById, term), bodies.simpleAlbum),
      track: () =>
        section('track', findByName(catalogue.trackById, term), (track) =>
          bodies.track(track, query.get('market')),
        ),
      // Playlists have come as null now and then since November 2024.
      playlist: () => section('playlist', [`${term} mix`, null, `Best of ${term}`], toPlaylist),
    };
    const types = (query.get('type') ?? '').split(',');
    if (types.some((type) => !Object.hasOwn(found, type)))
      return apiError(400, `Bad search type field ${types}`);
    return json(Object.assign({}, ...types.map((type) => found[type]?.())));
  };
}

/** The most popular first, whatever the match: the first hit is not always the artist that was meant. */
function findArtists(catalogue: Catalogue, term: string): SandboxArtist[] {
  const words = term.split(' ').filter(Boolean);
  return catalogue.artists
    .filter(({ name }) => words.every((word) => fold(name).includes(word)))
    .sort((a, b) => b.popularity - a.popularity);
}

function findByName<T extends { readonly name: string }>(all: ReadonlyMap<string, T>, term: string): T[] {
  return [...all.values()].filter(({ name }) => fold(name).includes(term));
}

function toPlaylist(name: string | null): object | null {
  return name === null
    ? null
    : { name, type: 'playlist', owner: { display_name: 'sandbox' }, tracks: { total: 20 } };
}

export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
