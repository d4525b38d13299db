// How much was listened to in a span.
import type { HeardInSpan } from '../heard-in-span.ts';
import { listDays } from '../local-time.ts';
import type { Listening } from '../open.ts';
import { MS_PER_MINUTE, type Span } from '../span.ts';

export interface ListeningTotals {
  /** Plays of at least 30 s. */
  readonly plays: number;
  readonly minutes: number;
  /** Recordings, as many as a list of all top tracks has: the same one under several ids is one. */
  readonly tracks: number;
  readonly artists: number;
  readonly albums: number;
  /** Days with a play of at least 30 s. */
  readonly days: number;
  /** Share of the plays that were skipped, of all that say, however short: most skips are. Null when none does. */
  readonly skippedShare: number | null;
  /** Recordings of which no play of at least 30 s, under any id, was before the span. */
  readonly newTracks: number;
  readonly newArtists: number;
  /** Share of the plays in minor keys (mode 0), of those whose mode is known; null when none is. */
  readonly minorShare: number | null;
}

export function readTotals(listening: Listening, span: Span): Promise<ListeningTotals> {
  return listening.figure('totals', span, sumUp);
}

function sumUp(heard: HeardInSpan): ListeningTotals {
  const { tracks: known, sums, span } = heard;
  const from = span.from ?? 0;
  const [tracks, artists, albums, newTracks, newArtists] = Array.from({ length: 5 }, () =>
    countDifferent(known.count),
  ) as [Different, Different, Different, Different, Different];
  let [plays, ms, skipped, said, minor, withMode] = [0, 0, 0, 0, 0, 0];
  for (const track of sums.tracks) {
    const played = sums.plays[track] as number;
    plays += played;
    ms += sums.ms[track] as number;
    skipped += sums.skipped[track] as number;
    said += sums.said[track] as number;
    if (played === 0) continue;
    const [recording, artist] = [known.recording[track] as number, known.artist[track] as number];
    tracks.add(recording);
    artists.add(artist);
    albums.add(known.catalogueAlbum[track] as number);
    if ((known.firstAt[track] as number) >= from) newTracks.add(recording);
    if ((known.artistFirstAt[track] as number) >= from) newArtists.add(artist);
    const mode = known.mode[track] as number;
    if (mode >= 0) withMode += played;
    if (mode === 0) minor += played;
  }
  return {
    plays,
    minutes: ms / MS_PER_MINUTE,
    tracks: tracks.count(),
    artists: artists.count(),
    albums: albums.count(),
    days: listDays(heard).length,
    skippedShare: said > 0 ? skipped / said : null,
    newTracks: newTracks.count(),
    newArtists: newArtists.count(),
    minorShare: withMode > 0 ? minor / withMode : null,
  };
}

interface Different {
  /** -1 is nothing. */
  add(number: number): void;
  count(): number;
}

/** How many different numbers below a bound were added. */
function countDifferent(bound: number): Different {
  const isThere = new Uint8Array(bound);
  let count = 0;
  return {
    add: (number) => {
      if (number < 0 || isThere[number] === 1) return;
      isThere[number] = 1;
      count += 1;
    },
    count: () => count,
  };
}
