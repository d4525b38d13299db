// Makes a Parquet file of columns of others, as they lie there: encoded, compressed and counted once is enough.
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
  await using source = await openSource(from);
  const [root] = source.metadata.schema;
  invariant(root, `"${from}" has a schema`);
  const wanted = columns.map((column) => findColumn(source, column));
  const schema = [{ ...root, num_children: columns.length }, ...wanted.map(({ leaf }) => leaf)];
  await writeFile(to, { ...source.metadata, schema }, wanted, signal);
}

/**
 * Writes a file with all columns and rows of another, in the same row groups, some columns with the values that they have in a third one.
 *
 * @param values has the columns of one value a row that are others, and the row groups of the first
 * @throws GroovelakeError (INTERNAL) where it has not
 */
export async function replaceColumns(
  from: string,
  values: string,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  await using source = await openSource(from);
  await using other = await openSource(values);
  const isAlike = String(rowsOfGroups(source.metadata)) === String(rowsOfGroups(other.metadata));
  invariant(isAlike, `"${values}" has the row groups of "${from}"`);
  const replaced = new Map(
    other.metadata.schema.flatMap(({ type, name }) => {
      if (type === undefined) return [];
      const { place } = findColumn(source, { from: name, name });
      return [[place, findColumn(other, { from: name, name })] as const];
    }),
  );
  const columns = source.metadata.schema
    .filter(({ type }) => type !== undefined)
    .map((leaf, place) => replaced.get(place) ?? { source, place, leaf });
  await writeFile(to, source.metadata, columns, signal);
}

/** How many rows each row group of a file has. */
export async function readGroups(path: string): Promise<readonly number[]> {
  await using source = await openSource(path);
  return rowsOfGroups(source.metadata);
}

function rowsOfGroups({ row_groups: groups }: FileMetaData): number[] {
  return groups.map((group) => Number(group.num_rows));
}

interface Source extends AsyncDisposable {
  readonly path: string;
  readonly file: FileHandle;
  readonly metadata: FileMetaData;
}

/** A column of a file that is written: which chunk of each row group of its source it is, and its entry in the schema. */
interface Column {
  readonly source: Source;
  readonly place: number;
  readonly leaf: SchemaElement;
}

async function writeFile(
  to: string,
  metadata: FileMetaData,
  columns: readonly Column[],
  signal?: AbortSignal,
): Promise<void> {
  await using target = await open(to, 'w');
  let end = 0;
  const write = async (...pieces: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(pieces);
    // Behind what was written before, and all of it.
    await target.writeFile(bytes);
    end += bytes.length;
  };
  await write(MAGIC);
  const groups: FileMetaData['row_groups'] = [];
  for (const [at, group] of metadata.row_groups.entries()) {
    signal?.throwIfAborted();
    const taken = columns.map(({ source, place, leaf }) => {
      const chunk = source.metadata.row_groups[at]?.columns[place]?.meta_data;
      invariant(chunk, `each row group of "${source.path}" has a chunk of every column`);
      return { source, chunk, leaf };
    });
    const pieces = new Map<Chunk, Uint8Array>();
    for (const source of new Set(columns.map((column) => column.source))) {
      const own = taken.filter((each) => each.source === source).map(({ chunk }) => chunk);
      // The chunks of a group lie together: one call for all of them is quicker than one for each.
      const first = Math.min(...own.map(beginOf));
      const bytes = await read(source.file, first, Math.max(...own.map(endOf)) - first);
      for (const chunk of own)
        pieces.set(chunk, bytes.subarray(beginOf(chunk) - first, endOf(chunk) - first));
    }
    const chunks = taken.map(({ chunk }) => chunk);
    let next = end;
    const moved = taken.map(({ chunk, leaf }) => {
      const by = BigInt(next - beginOf(chunk));
      next += Number(chunk.total_compressed_size);
      return moveChunk(chunk, leaf, by);
    });
    groups.push({
      num_rows: group.num_rows,
      columns: moved,
      file_offset: BigInt(end),
      total_compressed_size: addUp(chunks, 'total_compressed_size'),
      total_byte_size: addUp(chunks, 'total_uncompressed_size'),
    });
    await write(...chunks.flatMap((chunk) => pieces.get(chunk) ?? []));
  }
  const footer = new ByteWriter();
  writeMetadata(footer, { ...metadata, row_groups: groups }, WHOLE_TEXTS);
  await write(footer.getBytes(), MAGIC);
}

async function openSource(path: string): Promise<Source> {
  const file = await open(path, 'r');
  try {
    return { path, file, metadata: await readMetadata(file), [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readMetadata(source: FileHandle): Promise<FileMetaData> {
  const { size: byteLength } = await source.stat();
  const slice = async (begin: number, end = byteLength) => (await read(source, begin, end - begin)).buffer;
  return parquetMetadataAsync({ byteLength, slice }, { parsers: AS_THEY_ARE });
}

/** A column under its new name. Chunks and entries of the schema with a type are in the same order. */
function findColumn(source: Source, { from: wanted, name }: TakenColumn): Column {
  const {
    schema,
    row_groups: [first],
  } = source.metadata;
  const place =
    first?.columns.findIndex(({ meta_data: chunk }) => {
      const found = chunk?.path_in_schema ?? [];
      return found.length === 1 && found[0] === wanted;
    }) ?? -1;
  const leaf = schema.filter(({ type }) => type !== undefined)[place];
  invariant(leaf, `"${source.path}" has rows and a column "${wanted}" of one value a row`);
  return { source, place, leaf: { ...leaf, name } };
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
      path_in_schema: [...chunk.path_in_schema.slice(0, -1), name],
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
