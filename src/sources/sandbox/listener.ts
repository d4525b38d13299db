// A synthetic listener: what they played when, without end in either direction of time, by rule from the seed.
import type { Catalogue, SandboxArtist, SandboxTrack } from './catalogue.ts';
import { type Draw, drawFor } from './draw.ts';

export interface Play {
  readonly track: SandboxTrack;
  /** Milliseconds since 1970. */
  readonly playedAt: number;
  /** Null: played from nowhere in particular. */
  readonly context: 'album' | 'artist' | null;
}

export type TimeRange = 'short_term' | 'medium_term' | 'long_term';

export interface Listener {
  /** The latest plays that the service knows of at a time, newest first. Some are late in coming. */
  playsBefore(now: number, count: number): Play[];
  /** All plays that began from `from` on and before `to`, oldest first. */
  playsBetween(from: number, to: number): Generator<Play>;
  topTracks(range: TimeRange): SandboxTrack[];
  topArtists(range: TimeRange): SandboxArtist[];
}

/** At most one play begins in each. */
const SLOT_MS = 240_000;
/** How late a late one comes. */
const LATE_MS = 3 * SLOT_MS;
const HOUR_MS = 3_600_000;

export function createListener(catalogue: Catalogue): Listener {
  const favourites = chooseFavourites(catalogue);
  const playIn = (slot: number, now: number): Play | null => {
    const draw = drawFor(catalogue.seed, `slot ${slot}`);
    const hour = Math.floor((slot * SLOT_MS) / HOUR_MS) % 24;
    if (favourites.length === 0 || hour < 6 || !draw.chance(hour < 17 ? 0.25 : 0.7)) return null;
    // The same few are played again and again.
    const track = favourites[Math.floor(favourites.length * draw.unit() ** 2)];
    const playedAt = slot * SLOT_MS + draw.whole(0, SLOT_MS - 1);
    const isKnown = playedAt + (draw.chance(1 / 15) ? LATE_MS : 0) <= now;
    return track && isKnown ? { track, playedAt, context: drawContext(draw) } : null;
  };
  /** Each range has an order of its own. */
  const order = <T extends { readonly id: string }>(items: readonly T[], range: TimeRange): T[] => {
    const weight = new Map(
      items.map(({ id }, at) => [id, at + 25 * drawFor(catalogue.seed, `${range} ${id}`).unit()]),
    );
    return [...items].sort((a, b) => (weight.get(a.id) ?? 0) - (weight.get(b.id) ?? 0));
  };
  return {
    playsBefore: (now, count) => {
      const plays: Play[] = [];
      const newest = Math.floor(now / SLOT_MS);
      for (let slot = newest; plays.length < count && slot > newest - 5_000; slot--) {
        const play = playIn(slot, now);
        if (play) plays.push(play);
      }
      return plays;
    },
    playsBetween: function* (from, to) {
      for (let slot = Math.floor(from / SLOT_MS); slot * SLOT_MS < to; slot++) {
        const play = playIn(slot, Number.POSITIVE_INFINITY);
        if (play && play.playedAt >= from && play.playedAt < to) yield play;
      }
    },
    topTracks: (range) => order(favourites, range),
    topArtists: (range) => order([...new Set(favourites.map(({ album }) => album.artist))], range),
  };
}

function drawContext(draw: Draw): Play['context'] {
  return draw.pick([null, 'album', 'artist']);
}

/** Tracks of a few artists from all over the ranking. */
function chooseFavourites(catalogue: Catalogue): SandboxTrack[] {
  const draw = drawFor(catalogue.seed, 'listener');
  const all = [...catalogue.trackById.values()];
  return all.length === 0
    ? []
    : Array.from({ length: 120 }, () => all[draw.whole(0, all.length - 1)]).flatMap((t) => t ?? []);
}
