// Where a DuckDB instance puts what does not fit into memory. Each has a folder of its own: two that share one read each other's blocks,
// and the first to close empties it.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** spill-HOST-PID-THREAD.N; without the thread until 2026-11. */
const NAME = /^spill-(.+)-(\d+)-(?:(\d+)\.)?\d+$/;
/** A folder of another machine's process is taken for left over when nothing in it has changed for so long. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

/** Those of this thread: a container's process has the same number after each start, and other threads have lists of their own. */
const own = new Set<string>();
let count = 0;

/** Names a folder within `parent`, which the engine makes when it spills, and removes what dead processes left there. */
export async function chooseSpillFolder(parent: string, now: number): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    // Another process may be removing the same one.
    if (await isLeftOver(path, name, now)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
  count += 1;
  const path = join(parent, `spill-${hostname()}-${process.pid}-${threadId}.${count}`);
  own.add(path);
  return path;
}

/** For whoever closes the instance: nothing of it stays. */
export async function removeSpillFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  own.delete(path);
}

async function isLeftOver(path: string, name: string, now: number): Promise<boolean> {
  const [, host, pid, thread] = NAME.exec(name) ?? [];
  if (host === undefined) return false;
  if (host !== hostname()) {
    const found = await stat(path).catch(() => null);
    return found !== null && now - found.mtimeMs > ABANDONED_MS;
  }
  if (Number(pid) !== process.pid) return !isAlive(Number(pid));
  return (thread === undefined || Number(thread) === threadId) && !own.has(path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
