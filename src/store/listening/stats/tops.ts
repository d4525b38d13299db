// What was played most in a span: tracks, artists, albums, genres, by plays or by minutes.
import type { HeardTracks } from '../heard.ts';
import type { HeardInSpan } from '../heard-in-span.ts';
import type { Listening } from '../open.ts';
import { MS_PER_MINUTE, type Span } from '../span.ts';

export type TopBy = 'PLAYS' | 'MINUTES';

export interface TopItem {
  /** From 1; equals share a rank. */
  readonly rank: number;
  /** Id in the catalogue; null where the catalogue has none of that name. */
  readonly id: string | null;
  /** As the plays name it. */
  readonly name: string;
  /** Of a track or an album, the artist as the plays name it; null else. */
  readonly artistName: string | null;
  readonly plays: number;
  readonly minutes: number;
}

export type TopOf = 'TRACK' | 'ARTIST' | 'ALBUM' | 'GENRE';

/** Which items of a list a track counts for, and what an item is called, of which `track` is the most played track. */
interface List {
  readonly count: (tracks: HeardTracks) => number;
  readonly each: (tracks: HeardTracks, track: number, add: (item: number) => void) => void;
  readonly name: (
    tracks: HeardTracks,
    item: number,
    track: number,
  ) => Pick<TopItem, 'id' | 'name' | 'artistName'>;
}

const LISTS: Readonly<Record<TopOf, List>> = {
  // The same recording under several ids is one track.
  TRACK: {
    count: ({ count }) => count,
    each: ({ recording }, track, add) => add(recording[track] as number),
    name: ({ recordingId, trackName, artistName }, _item, track) => ({
      id: recordingId.at(track) || null,
      name: trackName.at(track),
      artistName: artistName.at(track),
    }),
  },
  ARTIST: {
    count: ({ artistId }) => artistId.count,
    each: ({ links }, track, add) => {
      const end = links.starts[track + 1] as number;
      for (let at = links.starts[track] as number; at < end; at++) add(links.items[at] as number);
    },
    name: ({ artistId, catalogueArtistName, artistName }, item, track) => ({
      id: artistId.at(item) || null,
      name: catalogueArtistName.at(item) || artistName.at(track),
      artistName: null,
    }),
  },
  ALBUM: {
    count: ({ count }) => count,
    each: ({ album }, track, add) => {
      if ((album[track] as number) >= 0) add(album[track] as number);
    },
    name: ({ albumId, albumName, artistName }, _item, track) => ({
      id: albumId.at(track) || null,
      name: albumName.at(track),
      artistName: artistName.at(track),
    }),
  },
  GENRE: {
    count: ({ genre }) => genre.count,
    each: ({ genres }, track, add) => {
      const end = genres.starts[track + 1] as number;
      for (let at = genres.starts[track] as number; at < end; at++) add(genres.items[at] as number);
    },
    name: ({ genre }, item) => ({ id: genre.at(item), name: genre.at(item), artistName: null }),
  },
};

/**
 * The first of a list; ties are cut by name, so that the same question has the same answer. An item is called as its most played track calls it,
 * of equals the first by id and name.
 */
export function readTop(
  listening: Listening,
  span: Span,
  { of, by, first }: { of: TopOf; by: TopBy; first: number },
): Promise<readonly TopItem[]> {
  return listening.figure(`top ${of} ${by} ${first}`, span, (heard) => {
    const items = sumItems(heard, LISTS[of]);
    const measure = by === 'PLAYS' ? items.plays : items.ms;
    const least = findLeast(measure, first);
    const named: Named[] = [];
    for (let item = 0; item < measure.length; item++) {
      const value = measure[item] as number;
      if (value === 0 || value < least) continue;
      named.push({
        ...LISTS[of].name(heard.tracks, item, items.track[item] as number),
        measure: value,
        plays: items.plays[item] as number,
        minutes: (items.ms[item] as number) / MS_PER_MINUTE,
      });
    }
    return rank(named.sort(inOrder).slice(0, first));
  });
}

type Named = Omit<TopItem, 'rank'> & { readonly measure: number };

/** By item; `track` is the most played one, of equals the lowest number, which is the first by id and name. */
interface ItemSums {
  readonly plays: Float64Array;
  readonly ms: Float64Array;
  readonly track: Int32Array;
}

function sumItems({ tracks, sums }: HeardInSpan, { count, each }: List): ItemSums {
  const items = count(tracks);
  const plays = new Float64Array(items);
  const ms = new Float64Array(items);
  const most = new Int32Array(items).fill(-1);
  const named = new Int32Array(items);
  for (const track of sums.tracks) {
    const played = sums.plays[track] as number;
    each(tracks, track, (item) => {
      plays[item] = (plays[item] as number) + played;
      ms[item] = (ms[item] as number) + (sums.ms[track] as number);
      if (played <= (most[item] as number)) return;
      most[item] = played;
      named[item] = track;
    });
  }
  return { plays, ms, track: named };
}

/** The value at place `first` from above, of those above 0; 0 where there are fewer. */
function findLeast(values: Float64Array, first: number): number {
  // The greatest so far, the least of them first.
  const greatest: number[] = Array(first).fill(0);
  for (const value of values) {
    if (value <= (greatest[0] as number)) continue;
    let at = 1;
    for (; at < first && (greatest[at] as number) < value; at++) greatest[at - 1] = greatest[at] as number;
    greatest[at - 1] = value;
  }
  return greatest[0] ?? 0;
}

const inOrder = (a: Named, b: Named) =>
  b.measure - a.measure || b.plays - a.plays || compare(a.name, b.name) || compareIds(a.id, b.id);

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));
/** Those without an id last. */
const compareIds = (a: string | null, b: string | null) =>
  a === null || b === null ? Number(a === null) - Number(b === null) : compare(a, b);

function rank(sorted: readonly Named[]): TopItem[] {
  let [rank, last] = [0, Number.NaN];
  return sorted.map(({ measure, ...item }, at) => {
    if (measure !== last) [rank, last] = [at + 1, measure];
    return { rank, ...item };
  });
}
