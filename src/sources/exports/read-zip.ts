// The files of a ZIP archive, read one after the other without unpacking it to disk, and within stated bounds: a bomb is refused by what
// it says of itself, and again by what really comes out of it.
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Entry, open, type ZipFile } from 'yauzl';
import { InvalidInputError } from '../../errors.ts';

export interface ZipEntry {
  readonly name: string;
  /** Unpacked. */
  readonly bytes: number;
  open(): AsyncIterable<Buffer>;
}

export interface ZipLimits {
  /** Unpacked, of all files together. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

const openZip = promisify<string, { lazyEntries: true; autoClose: false }, ZipFile>(open);

/**
 * Lists the files in an archive. Call `close` when done.
 *
 * @throws InvalidInputError for an archive that is damaged, packed with a password, or too large
 */
export async function openArchive(
  path: string,
  limits: ZipLimits,
): Promise<{ entries: ZipEntry[]; close(): void }> {
  const zip = await openZip(path, { lazyEntries: true, autoClose: false }).catch((error: unknown) => {
    throw invalidArchive(path, `is no whole ZIP archive (${(error as Error).message}). Download it again`);
  });
  try {
    const entries = await listEntries(zip, path, limits);
    const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (total > limits.maxBytes) {
      throw invalidArchive(
        path,
        `unpacks to ${total} bytes; at most ${limits.maxBytes} are read. Raise GROOVELAKE_HISTORY_MAX_BYTES if it is what it should be`,
      );
    }
    return {
      entries: entries
        .filter((entry) => !entry.fileName.endsWith('/'))
        .map((entry) => ({
          name: entry.fileName,
          bytes: entry.uncompressedSize,
          open: () => readEntry(zip, entry, path),
        })),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function listEntries(zip: ZipFile, path: string, { maxEntries }: ZipLimits): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('error', (error: Error) =>
      reject(invalidArchive(path, `is damaged (${error.message}). Download it again`)),
    );
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      if (entries.length > maxEntries) {
        reject(invalidArchive(path, `holds more than ${maxEntries} files; an export holds a few dozen`));
      } else zip.readEntry();
    });
    zip.readEntry();
  });
}

async function* readEntry(zip: ZipFile, entry: Entry, path: string): AsyncGenerator<Buffer> {
  const openStream = promisify<Entry, Readable>(zip.openReadStream.bind(zip));
  try {
    // yauzl ends the stream with an error when more or less comes out than the archive says.
    yield* (await openStream(entry)) as AsyncIterable<Buffer>;
  } catch (error) {
    throw invalidArchive(
      path,
      `is damaged in "${entry.fileName}" (${(error as Error).message}). Download it again`,
      error,
    );
  }
}

function invalidArchive(path: string, what: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(
    `"${path}" ${what}.`,
    { field: 'files', given: path, expected: 'the ZIP file of a Spotify data export' },
    cause === undefined ? {} : { cause },
  );
}
