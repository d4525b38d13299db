// Which tracks are versions of one song: those with the same first artist whose names have the same key (song-key.ts).
import { grow } from './grow.ts';
import { songKey } from './song-key.ts';

export interface SongsBuilder {
  /** Adds the next label. */
  add(name: string): void;
  /** The label of the first track of the same song, by label. @param artists number of its first artist, by label; -1: none, so that it is a song by itself */
  finish(artists: Int32Array): Uint32Array;
}

/**
 * Keys are kept as hashes of 53 bits, 8 bytes a track where texts of a million of them would take a hundred MB. Two songs of one artist
 * would have to meet in a hash to be taken for one.
 */
export function createSongsBuilder(): SongsBuilder {
  let hashes = new Float64Array(1_024);
  let count = 0;
  return {
    add: (name) => {
      if (count === hashes.length) hashes = grow(hashes);
      const key = songKey(name);
      hashes[count] = key === null ? Number.NaN : hashText(key);
      count += 1;
    },
    finish: (artists) => findFirsts(artists, hashes.subarray(0, count)),
  };
}

function findFirsts(artists: Int32Array, hashes: Float64Array): Uint32Array {
  // The first label of each song, in an open hash table at most half full.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * artists.length + 2))).fill(-1);
  return Uint32Array.from(artists, (artist, label) => {
    const hash = hashes[label] as number;
    if (artist < 0 || Number.isNaN(hash)) return label;
    let slot = (hash ^ Math.imul(artist, 0x9e3779b1)) & (slots.length - 1);
    for (;;) {
      const first = slots[slot] as number;
      if (first < 0) slots[slot] = label;
      if (first < 0) return label;
      if (artists[first] === artist && hashes[first] === hash) return first;
      slot = (slot + 1) & (slots.length - 1);
    }
  });
}

/** 53 bits: FNV-1a twice, over the text and over its places. */
function hashText(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x2545f491;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ (code + at), 0x85ebca6b);
    high ^= high >>> 13;
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
