// Many ids in little memory: their bytes one after another, sorted, so that an id is found by halving and nothing is parsed to open them.
import { grow } from './grow.ts';

export interface IdList {
  readonly count: number;
  /** The id at a place. @throws RangeError outside 0..count - 1 */
  at(place: number): string;
  /** The place of an id; -1 when it is not there. */
  find(id: string): number;
  /** UTF-8 of all ids, and where each begins; one more place than ids. */
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

export interface IdListBuilder {
  /** Ids come in ascending order of their UTF-8 bytes, each once. @throws RangeError otherwise */
  add(id: string): void;
  readonly count: number;
  /** The place of an id added so far; -1 when it is not there. */
  find(id: string): number;
  finish(): IdList;
}

export function createIdListBuilder(): IdListBuilder {
  let bytes = new Uint8Array(1 << 16);
  let offsets = new Uint32Array(1 << 12);
  let count = 0;
  let last = Buffer.alloc(0);
  return {
    add: (id) => {
      const encoded = Buffer.from(id, 'utf8');
      if (count > 0 && Buffer.compare(last, encoded) >= 0) {
        throw new RangeError(`The id "${id}" comes after "${last}"; ids in ascending order are expected.`);
      }
      last = encoded;
      const start = offsets[count] as number;
      if (start + encoded.length > bytes.length) bytes = grow(bytes, start + encoded.length);
      bytes.set(encoded, start);
      count += 1;
      if (count === offsets.length) offsets = grow(offsets);
      offsets[count] = start + encoded.length;
    },
    get count() {
      return count;
    },
    find: (id) => findId(toBuffer(bytes), offsets, count, id),
    finish: () => openIdList(bytes.subarray(0, offsets[count] as number), offsets.subarray(0, count + 1)),
  };
}

/** @param offsets where each id begins in `bytes`, and where the last ends */
export function openIdList(bytes: Uint8Array, offsets: Uint32Array): IdList {
  const text = toBuffer(bytes);
  const count = Math.max(0, offsets.length - 1);
  return {
    count,
    at: (place) => {
      if (!(place >= 0 && place < count)) throw new RangeError(`There is no id at ${place} of ${count}.`);
      return text.toString('utf8', offsets[place] as number, offsets[place + 1] as number);
    },
    find: (id) => findId(text, offsets, count, id),
    bytes,
    offsets,
  };
}

function findId(bytes: Buffer, offsets: Uint32Array, count: number, id: string): number {
  const wanted = Buffer.from(id, 'utf8');
  let low = 0;
  let high = count - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = offsets[middle] as number;
    const order = bytes.compare(wanted, 0, wanted.length, start, offsets[middle + 1] as number);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
