// Copies files with their hash, each synced.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileModeOf, folderModeOf } from '../private-modes.ts';
import { type Files, isMissing, makeFolderDurably } from '../snapshots/files.ts';
import type { BackupFile } from './backup-list.ts';

const PIECE_BYTES = 1_048_576;

/** Copies one file into another folder under the same relative path. @returns its size and hash as they were read @throws the signal's reason */
export async function copyFile(
  files: Files,
  path: string,
  { from, to, signal }: { from: string; to: string; signal: AbortSignal },
): Promise<BackupFile> {
  const target = join(to, path);
  await makeFolderDurably(files, dirname(target), folderModeOf(path));
  const hash = createHash('sha256');
  let bytes = 0;
  const count = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      bytes += piece.length;
      done(null, piece);
    },
  });
  await pipeline(
    createReadStream(join(from, path), { highWaterMark: PIECE_BYTES }),
    count,
    createWriteStream(target, { flush: true, mode: fileModeOf(path) }),
    { signal },
  ).catch((error: unknown) => {
    // What pipeline says of a signal that aborts, with the reason as its cause.
    throw (error as Error).name === 'AbortError' ? signal.reason : error;
  });
  return { path, bytes, sha256: hash.digest('hex') };
}

/** The same for a file that may be gone by now: bronze is replaced by larger files, an account may be forgotten. Null then. */
export async function copyIfThere(...given: Parameters<typeof copyFile>): Promise<BackupFile | null> {
  try {
    return await copyFile(...given);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
