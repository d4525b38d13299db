// How the system shares the processors among our threads: the event loop comes first, for everybody waits for it. Linux keeps a priority
// for each thread; elsewhere nothing is changed.
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** Threads of this process. Each call may throw. */
export interface Threads {
  /** Whether each has a priority of its own. */
  readonly areApart: boolean;
  list(): readonly { readonly id: number; readonly name: string }[];
  /** 0 gets the calling thread's. */
  getPriority(id: number): number;
  setPriority(id: number, priority: number): void;
}

/** libuv's pool, on which DuckDB and hnswlib work, as Node 24 names it. Threads that these start have the name and the priority of theirs. */
const POOL = 'libuv-worker';
/** A tenth of the weight of the thread that they give way to. */
const STEP = 10;
const LOWEST = 19;

/**
 * Lets the pool's threads give way to the event loop. While statements kept two processors busy, the loop ran for 1.4 s of 7 and waited for
 * its turn for 5.1 s; what it does is short, and all requests wait for it.
 *
 * Called once files have been read asynchronously (the pool starts at the first such call) and before a DuckDB is opened.
 */
export function lowerPool(threads: Threads = linuxThreads): void {
  if (!threads.areApart) return;
  tryTo(() => {
    const priority = lowerThan(threads.getPriority(0));
    for (const { id, name } of threads.list())
      if (name === POOL) tryTo(() => threads.setPriority(id, priority));
  });
}

/** The same for a worker thread that computes; called in it. */
export function lowerThisThread(threads: Threads = linuxThreads): void {
  if (threads.areApart) tryTo(() => threads.setPriority(0, lowerThan(threads.getPriority(0))));
}

function lowerThan(priority: number): number {
  return Math.min(LOWEST, priority + STEP);
}

/** A server starts all the same: where a thread has ended, or the system tells nothing or lets nobody choose, all is as it was. */
function tryTo(change: () => void): void {
  try {
    change();
  } catch {}
}

const TASKS = '/proc/self/task';

const linuxThreads: Threads = {
  areApart: process.platform === 'linux',
  list: () =>
    readdirSync(TASKS).flatMap((id) => {
      try {
        return { id: Number(id), name: readFileSync(`${TASKS}/${id}/comm`, 'utf8').trim() };
      } catch {
        return [];
      }
    }),
  getPriority,
  setPriority,
};
