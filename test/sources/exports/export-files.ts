// Exports as Spotify hands them out, made up for tests.
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** Writes files into a folder of their own. @returns its path */
export function writeFolder(files: Readonly<Record<string, string>>): string {
  const folder = makeTempFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Writes files into a ZIP archive. @returns its path */
export async function writeZip(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(makeTempFolder(), 'my_spotify_data.zip');
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}
