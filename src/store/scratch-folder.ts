// Where a reader puts what does not fit into memory: in the data folder, or beside it where that may only be read.
import { access, constants, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefused } from '../errors.ts';

export interface Scratch {
  readonly path: string;
  /** Removes it where it is this process's alone. */
  remove(): Promise<void>;
}

/** A folder within the data folder, made if need be; one of the system's temporary folders where nothing can be written there. */
export async function openScratch(dataDir: string, folder: string): Promise<Scratch> {
  const path = join(dataDir, folder);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    return { path, remove: async () => {} };
  } catch (error) {
    if (!isRefused(error)) throw error;
    const other = await mkdtemp(join(tmpdir(), 'groovelake-'));
    return { path: other, remove: () => rm(other, { recursive: true, force: true }) };
  }
}
