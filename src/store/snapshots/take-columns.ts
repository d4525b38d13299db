// Makes a Parquet file of columns of another, as they lie there: encoded, compressed and counted once is enough.
// https://parquet.apache.org/docs/file-format/
import { type FileHandle, open } from 'node:fs/promises';
import { type ColumnChunk, type FileMetaData, parquetMetadataAsync } from 'hyparquet';
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
 * Writes a file with some columns of another and all of its rows, in the same row groups. Bloom filters are left behind. Only columns of
 * one value a row can be taken.
 *
 * @throws GroovelakeError (INTERNAL) for a column that the other file does not have
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
    const taken = columns.map(({ from: name }) => {
      const chunk = group.columns.find(
        ({ meta_data: found }) => found?.path_in_schema[0] === name,
      )?.meta_data;
      invariant(chunk, `"${from}" has the column "${name}"`);
      return chunk;
    });
    // The chunks of a group lie together: one call for all of them is quicker than one for each.
    const first = Math.min(...taken.map(beginOf));
    const bytes = await read(source, first, Math.max(...taken.map(endOf)) - first);
    let at = end;
    const chunks = taken.map((chunk, place): ColumnChunk => {
      const moved = moveChunk(chunk, columns[place]?.name ?? '', BigInt(at - beginOf(chunk)));
      at += Number(chunk.total_compressed_size);
      return moved;
    });
    groups.push({
      ...group,
      columns: chunks,
      file_offset: BigInt(end),
      total_compressed_size: addUp(taken, 'total_compressed_size'),
      total_byte_size: addUp(taken, 'total_uncompressed_size'),
    });
    await write(...taken.map((chunk) => bytes.subarray(beginOf(chunk) - first, endOf(chunk) - first)));
  }
  const [root, ...leaves] = metadata.schema;
  invariant(root, `"${from}" has a schema`);
  const schema = columns.flatMap(({ from: name, name: newName }) => {
    const leaf = leaves.find((each) => each.name === name);
    return leaf ? [{ ...leaf, name: newName }] : [];
  });
  const footer = new ByteWriter();
  writeMetadata(
    footer,
    { ...metadata, schema: [{ ...root, num_children: columns.length }, ...schema], row_groups: groups },
    WHOLE_TEXTS,
  );
  await write(footer.getBytes(), MAGIC);
}

function readMetadata(source: FileHandle): Promise<FileMetaData> {
  return source.stat().then(({ size: byteLength }) =>
    parquetMetadataAsync({
      byteLength,
      slice: async (begin, end = byteLength) => (await read(source, begin, end - begin)).buffer,
    }),
  );
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
function moveChunk(chunk: Chunk, name: string, by: bigint): ColumnChunk {
  const {
    dictionary_page_offset: dictionary,
    bloom_filter_offset: _at,
    bloom_filter_length: _long,
    ...rest
  } = chunk;
  return {
    file_offset: 0n,
    meta_data: {
      ...rest,
      path_in_schema: [name],
      data_page_offset: chunk.data_page_offset + by,
      ...(dictionary ? { dictionary_page_offset: dictionary + by } : {}),
    },
  };
}

function addUp(chunks: readonly Chunk[], field: 'total_compressed_size' | 'total_uncompressed_size'): bigint {
  return chunks.reduce((sum, chunk) => sum + chunk[field], 0n);
}
