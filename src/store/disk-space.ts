// The space of the data folder's disk: how much is left, and some that is kept aside for when none is.
import { rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull } from '../errors.ts';

const MB = 1_048_576;

/** Space kept aside, so that a full disk can still be said: the end of the run that filled it is written there. */
const RESERVE_BYTES = 4 * MB;

/** Keeps the space aside. @throws what the disk says, and leaves nothing of it */
export async function keepReserve(dataDir: string): Promise<void> {
  const path = join(dataDir, 'reserve');
  if (await hasReserve(dataDir)) return;
  try {
    await writeFile(path, Buffer.alloc(RESERVE_BYTES));
  } catch (error) {
    // Half of it would take the last space, and give back none.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

async function hasReserve(dataDir: string): Promise<boolean> {
  return (await stat(join(dataDir, 'reserve')).catch(() => null))?.size === RESERVE_BYTES;
}

/** Keeps the space aside again after it was given back, once there is room: the next run may fill the disk as the last one did. */
export async function renewReserve(dataDir: string): Promise<void> {
  if (await hasReserve(dataDir)) return;
  // What is left of a disk that is nearly full is for whoever must write now.
  if ((await measureFreeMb(dataDir)) * MB >= 4 * RESERVE_BYTES) await keepReserve(dataDir);
}

/** Whole MB of the folder's disk that this user may still write. */
export async function measureFreeMb(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / MB);
}

/** What to say of a disk with too little space; null where it has enough. A build writes every relation anew beside the served one. */
export function describeFullDisk(freeMb: number, minFreeMb: number): string | null {
  if (freeMb >= minFreeMb) return null;
  return `The disk of the data folder has ${freeMb} MB free; ${minFreeMb} are expected (GROOVELAKE_MIN_FREE_MB). Free space: a run that fills it fails.`;
}

/** Gives the space back to whoever must write now; the next start, or the next run, keeps it aside again. */
export async function releaseReserve(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'reserve'), { force: true });
}

/** Does what must be done on a full disk too, e.g. so that space can be freed: a second time with the space that was kept aside. */
export async function withReserve<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFull(error) || !(await hasReserve(dataDir))) throw error;
    await releaseReserve(dataDir);
    return work();
  }
}
