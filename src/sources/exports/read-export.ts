// A personal data export: which of its files hold listening, and their rows one by one.
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInputError } from '../../errors.ts';
import { cutObjects } from './cut-objects.ts';
import { openArchive, type ZipLimits } from './read-zip.ts';
import { type Row, toRow } from './to-play.ts';

/** A row of a file, or that the rest of the file was not read, which is no row: how many were in it nobody knows. */
export type ExportRow = Row | { readonly kind: 'UNREAD'; readonly reason: string };

export interface ExportFile {
  /** Within the export. */
  readonly name: string;
  readonly bytes: number;
  open(): AsyncIterable<Buffer>;
}

export interface ListeningExport {
  readonly path: string;
  readonly title: string;
  /** Those that hold listening, by name. */
  readonly files: readonly ExportFile[];
  /** Unpacked, of these files. */
  readonly bytes: number;
  close(): void;
}

export interface ExportLimits extends ZipLimits {
  /** Of one row. */
  readonly maxRowBytes: number;
}

/** Files of an export that hold plays, in every edition so far. */
const HISTORY = [
  /^Streaming_History_(Audio|Video)_.*\.json$/i,
  /^endsong_\d+\.json$/i,
  /^StreamingHistory(_music|_podcast|_audiobook)?_?\d*\.json$/i,
];
/** How a JSON file of plays begins, whatever its name: a list whose first object tells when something was played. */
const PLAYS = /^(?:\u00ef\u00bb\u00bf)?\s*\[\s*(?:\]|\{[^{}]*"(?:ts|endTime)"\s*:)/;
const LOOK_BYTES = 16_384;
const isHistory = (name: string) => HISTORY.some((pattern) => pattern.test(basename(name)));

/** Whether a path looks like an export, so that it is not taken for a data set: a folder, a ZIP file, or a JSON file. */
export async function looksLikeExport(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (!found) return false;
  if (found.isDirectory()) return (await readdir(path, { recursive: true })).some(isHistory);
  const start = await readStart(path, LOOK_BYTES);
  return start.startsWith('PK\u0003\u0004') || (/\.json$/i.test(path) && PLAYS.test(start));
}

/**
 * Opens an export. Call `close` when done.
 *
 * @param path a folder (searched through), a ZIP file, or one JSON file
 * @throws InvalidInputError when it holds no listening history, or cannot be read
 */
export async function openListeningExport(path: string, limits: ExportLimits): Promise<ListeningExport> {
  const found = await stat(path).catch((error: unknown) => {
    throw invalidExport(path, 'does not exist. Check the path', error);
  });
  if (found.isDirectory()) return toExport(path, keepLimits(path, await listFolder(path), limits), () => {});
  if (/\.json$/i.test(path))
    return toExport(path, keepLimits(path, [toFile(path, basename(path), found.size)], limits), () => {});
  const archive = await openArchive(path, limits);
  try {
    return toExport(
      path,
      archive.entries.filter(({ name }) => isHistory(name)),
      archive.close,
    );
  } catch (error) {
    archive.close();
    throw error;
  }
}

/**
 * The rows of one file, in its order. A row that cannot be used says why. A file that breaks off, or goes on with what is no row, ends UNREAD.
 *
 * @param now see `toRow`
 */
export async function* readRows(
  file: ExportFile,
  { maxRowBytes, now }: { maxRowBytes: number; now: number },
): AsyncGenerator<ExportRow> {
  for await (const cut of cutObjects(file.open(), maxRowBytes)) {
    if ('broken' in cut) yield { kind: 'UNREAD', reason: cut.broken };
    else yield toRow(parse(cut.text), now);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function listFolder(path: string): Promise<ExportFile[]> {
  const names = (await readdir(path, { recursive: true })).filter(isHistory).sort();
  return Promise.all(
    names.map(async (name) => toFile(join(path, name), name, (await stat(join(path, name))).size)),
  );
}

/** Those of an archive are held to as it is opened. */
function keepLimits(path: string, files: ExportFile[], { maxBytes, maxEntries }: ZipLimits): ExportFile[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length > maxEntries)
    throw invalidExport(path, `holds more than ${maxEntries} files; an export holds a few dozen`);
  if (bytes > maxBytes)
    throw invalidExport(
      path,
      `holds ${bytes} bytes; at most ${maxBytes} are read. Raise GROOVELAKE_HISTORY_MAX_BYTES if it is what it should be`,
    );
  return files;
}

function toFile(path: string, name: string, bytes: number): ExportFile {
  return { name, bytes, open: () => createReadStream(path, { highWaterMark: 1 << 18 }) };
}

function toExport(path: string, files: ExportFile[], close: () => void): ListeningExport {
  if (files.length === 0) {
    throw invalidExport(
      path,
      'holds no listening history; files like Streaming_History_Audio_2023_1.json, endsong_0.json or StreamingHistory_music_0.json ' +
        'are expected. Ask Spotify for your "Extended streaming history" or "Account data"',
    );
  }
  const sorted = files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const isExtended = sorted.some(({ name }) => /endsong|Streaming_History_/i.test(name));
  const title = `Spotify ${isExtended ? 'extended' : 'short'} streaming history, ${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return { path, title, files: sorted, bytes: sorted.reduce((sum, { bytes }) => sum + bytes, 0), close };
}

async function readStart(path: string, bytes: number): Promise<string> {
  const handle = await open(path, 'r').catch(() => null);
  if (!handle) return '';
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead).toString('latin1');
  } finally {
    await handle.close();
  }
}

function invalidExport(path: string, what: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(
    `"${path}" ${what}.`,
    { field: 'files', given: path, expected: 'a folder, ZIP or JSON file of a Spotify data export' },
    cause === undefined ? {} : { cause },
  );
}
