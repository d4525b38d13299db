// Equal vectors. A graph full of them cannot be walked: links lead from twin to twin and never out (a catalogue whose vectors came twenty
// times each had a recall of 0.95, one of mostly unknown features did not find its own vectors). So the graph holds one of each.

export interface Twins {
  /** By label: the next label with the same vector; -1 for the last. */
  readonly next: Int32Array;
  /** By label: 1 for the first of its vector, which stands for all. */
  readonly isFirst: Uint8Array;
  /** Different vectors. */
  readonly distinct: number;
}

export function findTwins(vectors: Float32Array, dim: number): Twins {
  const count = vectors.length / dim;
  const words = new Uint32Array(vectors.buffer, vectors.byteOffset, vectors.length);
  const next = new Int32Array(count).fill(-1);
  const isFirst = new Uint8Array(count);
  // The last label of each vector, in an open hash table at most half full.
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2))).fill(-1);
  let distinct = 0;
  for (let label = 0; label < count; label++) {
    let slot = hashRow(words, label, dim) & (slots.length - 1);
    while ((slots[slot] as number) >= 0 && !sameRow(words, slots[slot] as number, label, dim))
      slot = (slot + 1) & (slots.length - 1);
    const before = slots[slot] as number;
    if (before >= 0) next[before] = label;
    else {
      isFirst[label] = 1;
      distinct += 1;
    }
    slots[slot] = label;
  }
  return { next, isFirst, distinct };
}

/** FNV-1a over the words of a row, mixed once more since only the low bits are used. */
function hashRow(words: Uint32Array, label: number, dim: number): number {
  let hash = 0x811c9dc5;
  for (let at = label * dim; at < (label + 1) * dim; at++)
    hash = Math.imul(hash ^ (words[at] as number), 0x01000193);
  return (hash ^ (hash >>> 15) ^ (hash >>> 7)) >>> 0;
}

function sameRow(words: Uint32Array, a: number, b: number, dim: number): boolean {
  for (let i = 0; i < dim; i++) if (words[a * dim + i] !== words[b * dim + i]) return false;
  return true;
}
