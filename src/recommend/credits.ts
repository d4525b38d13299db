// Whom each track is by: all of its artists, since a track counts for every one of them.
import { grow } from './grow.ts';

export interface Credits {
  /** Where the artists of each label begin in `artists`, and where those of the last one end. */
  readonly offsets: Uint32Array;
  /** Artists as numbers, which say no more than who is the same. */
  readonly artists: Uint32Array;
}

export interface CreditsBuilder {
  /** Begins the next label. */
  begin(): void;
  /** Says whom it is by, one by one. */
  add(artist: number): void;
  finish(): Credits;
}

/** The artists of a track; none where the source names none. */
export function artistsOf({ offsets, artists }: Credits, label: number): Uint32Array {
  return artists.subarray(offsets[label], offsets[label + 1]);
}

export function createCreditsBuilder(): CreditsBuilder {
  let offsets = new Uint32Array(1_024);
  let artists = new Uint32Array(1_024);
  let labels = 0;
  let count = 0;
  return {
    begin: () => {
      labels += 1;
      if (labels === offsets.length) offsets = grow(offsets);
      offsets[labels] = count;
    },
    add: (artist) => {
      if (count === artists.length) artists = grow(artists);
      artists[count] = artist;
      count += 1;
      offsets[labels] = count;
    },
    finish: () => ({ offsets: offsets.subarray(0, labels + 1), artists: artists.subarray(0, count) }),
  };
}
