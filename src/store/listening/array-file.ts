// Typed arrays in a file, each under its name: read in one piece and used as they lie there, so that opening costs what reading costs.
//
// "GLARRAYS", CRC-32 of what follows it, length of the header (both little-endian, 4 bytes), header (JSON: name, type and length of each
// array), and the arrays one after another, each on a multiple of 8 bytes. Written and read on machines of little-endian order.
import { open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const TYPES = {
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  i8: Int8Array,
  u8: Uint8Array,
} as const;

type TypeName = keyof typeof TYPES;
export type TypedArray = Float64Array | Int32Array | Uint32Array | Int8Array | Uint8Array;

/** Arrays by name. */
export type Arrays = ReadonlyMap<string, TypedArray>;

const MAGIC = 'GLARRAYS';
const CRC_AT = 8;
const HEADER_LENGTH_AT = 12;
const PREFIX = 16;
const ALIGNED = 8;
const align = (bytes: number) => Math.ceil(bytes / ALIGNED) * ALIGNED;

/** Nothing of it is on disk for sure before the file is synced. */
export async function writeArrays(path: string, arrays: Arrays): Promise<void> {
  const header = Buffer.from(
    JSON.stringify([...arrays].map(([name, array]) => ({ name, type: typeOf(array), length: array.length }))),
  );
  const pieces: Uint8Array[] = [];
  for (const array of arrays.values()) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    pieces.push(bytes, new Uint8Array(align(bytes.length) - bytes.length));
  }
  const padded = Buffer.alloc(align(PREFIX + header.length) - PREFIX, ' ');
  padded.set(header);
  const prefix = Buffer.alloc(PREFIX);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt32LE(padded.length, HEADER_LENGTH_AT);
  const checked = [prefix.subarray(HEADER_LENGTH_AT), padded, ...pieces];
  prefix.writeUInt32LE(
    checked.reduce((sum, piece) => crc32(piece, sum), 0),
    CRC_AT,
  );
  const file = await open(path, 'w');
  try {
    for (const piece of [prefix, padded, ...pieces]) await file.appendFile(piece);
  } finally {
    await file.close();
  }
}

/** Null where there is no such file, or one that is not whole. */
export async function readArrays(path: string): Promise<Arrays | null> {
  const read = await readFile(path).catch(() => null);
  if (!read || read.length < PREFIX || read.toString('latin1', 0, 8) !== MAGIC) return null;
  if (crc32(read.subarray(HEADER_LENGTH_AT)) !== read.readUInt32LE(CRC_AT)) return null;
  // A small file may lie anywhere in a pool of the runtime's.
  const bytes = read.byteOffset % ALIGNED === 0 ? read : new Uint8Array(read);
  let at = PREFIX + read.readUInt32LE(HEADER_LENGTH_AT);
  const header: { name: string; type: TypeName; length: number }[] = JSON.parse(
    read.toString('utf8', PREFIX, at),
  );
  const arrays = new Map<string, TypedArray>();
  for (const { name, type, length } of header) {
    const array = new TYPES[type](bytes.buffer, bytes.byteOffset + at, length);
    arrays.set(name, array);
    at += align(array.byteLength);
  }
  return arrays;
}

function typeOf(array: TypedArray): TypeName {
  if (array instanceof Float64Array) return 'f64';
  if (array instanceof Int32Array) return 'i32';
  if (array instanceof Uint32Array) return 'u32';
  return array instanceof Int8Array ? 'i8' : 'u8';
}
