// Which tracks a filter leaves, one bit a track: 150 kB for 1.2 million.

export interface LabelSet {
  /** Labels in it. */
  readonly count: number;
  has(label: number): boolean;
  /** Calls back for labels in ascending order, from `from` (inclusive) to `to` (exclusive). */
  each(from: number, to: number, visit: (label: number) => void): void;
}

/**
 * Reads a bit string as DuckDB casts it to a blob: most significant bit first, filled up with zeros at the front.
 *
 * @param size labels there are
 */
export function readLabelSet(bytes: Uint8Array, size: number): LabelSet {
  const pad = bytes.length * 8 - size;
  if (pad < 0 || pad > 7)
    throw new RangeError(`${bytes.length} bytes hold no ${size} bits; ${Math.ceil(size / 8)} are expected.`);
  return makeLabelSet(bytes, pad);
}

export function labelSetOf(labels: Iterable<number>, size: number): LabelSet {
  const bytes = new Uint8Array(Math.ceil(size / 8));
  for (const label of labels) {
    const at = label >> 3;
    bytes[at] = (bytes[at] as number) | (0x80 >> (label & 7));
  }
  return makeLabelSet(bytes, 0);
}

function makeLabelSet(bytes: Uint8Array, pad: number): LabelSet {
  const has = (label: number) => {
    const bit = label + pad;
    return ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  };
  let count = 0;
  for (const byte of bytes) count += ONES[byte] as number;
  return {
    count,
    has,
    each: (from, to, visit) => {
      for (let label = from; label < to; label++) {
        const bit = label + pad;
        const byte = bytes[bit >> 3] as number;
        if (byte === 0 && (bit & 7) === 0) label += 7;
        else if ((byte & (0x80 >> (bit & 7))) !== 0) visit(label);
      }
    },
  };
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
