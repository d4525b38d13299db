// The plays of a span among those in memory, and what of each track was played in it: most figures need no more.
import type { Heard } from './heard.ts';
import { COUNTS_FROM_MS, type Span } from './span.ts';

/** By track number. */
export interface TrackSums {
  /** Plays of at least 30 s. */
  readonly plays: Int32Array;
  readonly ms: Float64Array;
  /** Plays that were skipped, and plays of which it is said whether they were, both however short. */
  readonly skipped: Int32Array;
  readonly said: Int32Array;
  /** Tracks with a play, however short, ascending. */
  readonly tracks: Int32Array;
}

export interface HeardInSpan extends Heard {
  readonly span: Span;
  /** Its plays are those from `first` up to, without, `end`. */
  readonly first: number;
  readonly end: number;
  readonly sums: TrackSums;
}

/** Cost: one walk over its plays (a million: some 5 ms). */
export function hearInSpan(heard: Heard, span: Span): HeardInSpan {
  const { endedAt } = heard.plays;
  const first = findPlace(endedAt, span.from ?? 0);
  const end = Math.max(first, findPlace(endedAt, span.to ?? Number.POSITIVE_INFINITY));
  return { ...heard, span, first, end, sums: sumTracks(heard, first, end) };
}

/** How many end before an instant. */
function findPlace(endedAt: Float64Array, at: number): number {
  let [low, high] = [0, endedAt.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((endedAt[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sumTracks({ plays: heard, tracks }: Heard, first: number, end: number): TrackSums {
  const plays = new Int32Array(tracks.count);
  const ms = new Float64Array(tracks.count);
  const skipped = new Int32Array(tracks.count);
  const said = new Int32Array(tracks.count);
  const isPlayed = new Uint8Array(tracks.count);
  let different = 0;
  for (let i = first; i < end; i++) {
    const track = heard.track[i] as number;
    const played = heard.msPlayed[i] as number;
    const isSkipped = heard.isSkipped[i] as number;
    if (played >= COUNTS_FROM_MS) plays[track] = (plays[track] as number) + 1;
    ms[track] = (ms[track] as number) + played;
    if (isSkipped >= 0) {
      said[track] = (said[track] as number) + 1;
      skipped[track] = (skipped[track] as number) + isSkipped;
    }
    if (isPlayed[track] === 0) {
      isPlayed[track] = 1;
      different += 1;
    }
  }
  const played = new Int32Array(different);
  for (let track = 0, at = 0; track < tracks.count; track++) if (isPlayed[track] === 1) played[at++] = track;
  return { plays, ms, skipped, said, tracks: played };
}
