// Makes a Parquet file of columns of another, as they lie there: encoded, compressed and counted once is enough.
// https://parquet.apache.org/docs/file-format/
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ColumnChunk,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  type SchemaElement,
} from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { invariant } from '../../errors.ts';

export interface TakenColumn {
  /** Its name in the file that it is taken from. */
  readonly from: string;
  readonly name: string;
}

const MAGIC = Buffer.from('PAR1');
/** Statistics of a text are as long as the writer of the other file made them. */
const WHOLE_TEXTS = Number.POSITIVE_INFINITY;

/**
 * Minima and maxima stay what is in the file: as a text, one that begins with a byte order mark would lose it, as a date of JavaScript, a
 * moment its microseconds. (The footer is written from bytes and whole numbers too.)
 */
const AS_THEY_ARE = {
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes,
  timestampFromMilliseconds: (moment: bigint) => moment,
  timestampFromMicroseconds: (moment: bigint) => moment,
  timestampFromNanoseconds: (moment: bigint) => moment,
} as unknown as Partial<ParquetParsers>;

/**
 * Writes a file with some columns of another and all of its rows, in the same row groups. Bloom filters are left behind, and the statistics
 * of decimals, which would be read as numbers with fewer digits.
 *
 * @param columns of one value a row
 * @throws GroovelakeError (INTERNAL) for a column that the other file does not have, and for a file of no rows
 */
export async function takeColumns(
  from: string,
  to: string,
  columns: readonly TakenColumn[],
  signal?: AbortSignal,
): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w');
  const metadata = await readMetadata(source);
  const [root] = metadata.schema;
  invariant(root, `"${from}" has a schema`);
  const wanted = columns.map((column) => findColumn(metadata, column, from));
  let end = 0;
  const write = async (...pieces: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(pieces);
    // Behind what was written before, and all of it.
    await target.writeFile(bytes);
    end += bytes.length;
  };
  await write(MAGIC);
  const groups: FileMetaData['row_groups'] = [];
  for (const group of metadata.row_groups) {
    signal?.throwIfAborted();
    const taken = wanted.map(({ place, leaf }) => {
      const chunk = group.columns[place]?.meta_data;
      invariant(chunk, `each row group of "${from}" has a chunk of every column`);
      return { chunk, leaf };
    });
    const chunks = taken.map(({ chunk }) => chunk);
    // The chunks of a group lie together: one call for all of them is quicker than one for each.
    const first = Math.min(...chunks.map(beginOf));
    const bytes = await read(source, first, Math.max(...chunks.map(endOf)) - first);
    let at = end;
    const moved = taken.map(({ chunk, leaf }) => {
      const by = BigInt(at - beginOf(chunk));
      at += Number(chunk.total_compressed_size);
      return moveChunk(chunk, leaf, by);
    });
    groups.push({
      num_rows: group.num_rows,
      columns: moved,
      file_offset: BigInt(end),
      total_compressed_size: addUp(chunks, 'total_compressed_size'),
      total_byte_size: addUp(chunks, 'total_uncompressed_size'),
    });
    await write(...chunks.map((chunk) => bytes.subarray(beginOf(chunk) - first, endOf(chunk) - first)));
  }
  const schema = [{ ...root, num_children: columns.length }, ...wanted.map(({ leaf }) => leaf)];
  const footer = new ByteWriter();
  writeMetadata(footer, { ...metadata, schema, row_groups: groups }, WHOLE_TEXTS);
  await write(footer.getBytes(), MAGIC);
}

async function readMetadata(source: FileHandle): Promise<FileMetaData> {
  const { size: byteLength } = await source.stat();
  const slice = async (begin: number, end = byteLength) => (await read(source, begin, end - begin)).buffer;
  return parquetMetadataAsync({ byteLength, slice }, { parsers: AS_THEY_ARE });
}

/** Which chunk of each row group a column is, and its entry in the schema under its new name. Chunks and entries with a type are in the same order. */
function findColumn(
  { schema, row_groups: [first] }: FileMetaData,
  { from: wanted, name }: TakenColumn,
  path: string,
): { place: number; leaf: SchemaElement } {
  const place =
    first?.columns.findIndex(({ meta_data: chunk }) => {
      const found = chunk?.path_in_schema ?? [];
      return found.length === 1 && found[0] === wanted;
    }) ?? -1;
  const leaf = schema.filter(({ type }) => type !== undefined)[place];
  invariant(leaf, `"${path}" has rows and a column "${wanted}" of one value a row`);
  return { place, leaf: { ...leaf, name } };
}

async function read(source: FileHandle, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await source.read(bytes, 0, length, at);
  invariant(bytesRead === length, `a Parquet file is as long as it says: ${length} bytes at ${at}`);
  return bytes;
}

type Chunk = NonNullable<ColumnChunk['meta_data']>;

function beginOf(chunk: Chunk): number {
  return Number(chunk.dictionary_page_offset || chunk.data_page_offset);
}

function endOf(chunk: Chunk): number {
  return beginOf(chunk) + Number(chunk.total_compressed_size);
}

/** A chunk under another name, so many bytes further on, without what lies elsewhere in its file. */
function moveChunk(chunk: Chunk, { name, converted_type: type }: SchemaElement, by: bigint): ColumnChunk {
  const { dictionary_page_offset: dictionary, statistics } = chunk;
  return {
    file_offset: 0n,
    meta_data: {
      type: chunk.type,
      encodings: chunk.encodings,
      path_in_schema: [name],
      codec: chunk.codec,
      num_values: chunk.num_values,
      total_uncompressed_size: chunk.total_uncompressed_size,
      total_compressed_size: chunk.total_compressed_size,
      data_page_offset: chunk.data_page_offset + by,
      ...(dictionary ? { dictionary_page_offset: dictionary + by } : {}),
      ...(statistics && type !== 'DECIMAL' ? { statistics } : {}),
    },
  };
}

function addUp(chunks: readonly Chunk[], field: 'total_compressed_size' | 'total_uncompressed_size'): bigint {
  return chunks.reduce((sum, chunk) => sum + chunk[field], 0n);
}
