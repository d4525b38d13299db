// How files are read, as a port, so that a test can script a disk that fails.
import { createReadStream, type ReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { InvalidInputError } from '../../errors.ts';

export interface FileAccess {
  stat(path: string): Promise<{ readonly size: number; isFile(): boolean; isDirectory(): boolean }>;
  /** The first `length` bytes, or all when there are fewer. */
  readStart(path: string, length: number): Promise<Buffer>;
  readChunks(path: string): AsyncIterable<Buffer>;
}

export const nodeFiles: FileAccess = {
  stat,
  readStart: async (path, length) => {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  readChunks: (path): ReadStream => createReadStream(path, { highWaterMark: 1 << 18 }),
};

/** What one pass over a file is told, and whom it tells. */
export interface Reading {
  /** Hears every chunk before its rows are handed on. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** Ends the pass with its reason. */
  readonly signal?: AbortSignal;
}

/** The file from its beginning, in chunks. @throws InvalidInputError when it cannot be read (any more) */
export async function* readChunks(
  path: string,
  files: FileAccess,
  { onChunk, signal }: Reading = {},
): AsyncGenerator<Buffer> {
  const chunks = files.readChunks(path)[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await chunks.next().catch((error: unknown) => {
        throw unreadable(path, error);
      });
      if (next.done) return;
      onChunk?.(next.value);
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/** A file that cannot be imported: `what` says what is wrong with it, what was expected and what to do. */
export function invalidFile(path: string, what: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(
    `"${path}" ${what}.`,
    { field: 'files', given: path, expected: 'a CSV file of a known data set' },
    cause === undefined ? {} : { cause },
  );
}

export function unreadable(path: string, error: unknown): InvalidInputError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const what =
    code === 'ENOENT'
      ? 'does not exist; a CSV file is expected. Check the path'
      : `cannot be read (${code}); a readable CSV file is expected. Check the path and the rights of this user`;
  return invalidFile(path, what, error);
}
