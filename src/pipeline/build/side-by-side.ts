// Runs work that waits for other work, some of it at a time: relations of a layer, checks.
import { invariant } from '../../errors.ts';

export interface Job {
  readonly name: string;
  /** Names of jobs that must be done before; names that are no job of the same call do not count. */
  readonly after: readonly string[];
  /** About how much it has to look at: of those with as many jobs behind them the heaviest begins first. Nothing unless stated. */
  readonly weight?: number;
}

export interface SideBySide<Each extends Job> {
  /** In an order in which they could run one by one. */
  readonly jobs: readonly Each[];
  /** How many run at a time, at most. */
  readonly atOnce: number;
  readonly run: (job: Each) => Promise<void>;
  /** Told before jobs begin, while none runs: how many run at once from now on, at most. One stays alone, since the others wait for it. */
  readonly onWidth?: (width: number) => Promise<void>;
}

/**
 * Runs each job once all that it waits for is done. Of those that could begin, the first is the one with the longest row of jobs behind it:
 * what nobody waits for fills the gaps. Where they share something (`onWidth`), none runs, and no more are left than may run at a time, they run
 * one by one: side by side, whoever is done first would leave the other alone with a share. After a failure nothing begins any more, and what runs is waited for.
 *
 * @throws whatever the first job to fail threw
 */
export async function runSideBySide<Each extends Job>({
  jobs,
  atOnce,
  run,
  onWidth,
}: SideBySide<Each>): Promise<void> {
  const waiting = atOnce === 1 ? [...jobs] : rankByReaders(jobs);
  const open = new Set(jobs.map(({ name }) => name));
  const running = new Map<string, Promise<void>>();
  let width = 0;
  let failure: { readonly error: unknown } | null = null;
  const begin = (job: Each) => {
    const work = run(job)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        running.delete(job.name);
        open.delete(job.name);
      });
    running.set(job.name, work);
  };
  while (open.size > 0 && !failure) {
    const isEnd = onWidth && running.size === 0 && waiting.length <= atOnce;
    const most = isEnd ? 1 : atOnce - running.size;
    const ready = waiting.filter(({ after }) => after.every((name) => !open.has(name))).slice(0, most);
    invariant(ready.length + running.size > 0, 'jobs come in an order in which they can run');
    if (running.size === 0 && width !== ready.length) {
      width = ready.length;
      await onWidth?.(width);
    }
    for (const job of ready) {
      waiting.splice(waiting.indexOf(job), 1);
      begin(job);
    }
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
  if (failure) throw (failure as { readonly error: unknown }).error;
}

/** Those with the longest row of jobs behind them first, then the heaviest, else as they came. */
function rankByReaders<Each extends Job>(jobs: readonly Each[]): Each[] {
  const depths = new Map<string, number>();
  // From the last to the first: whoever waits for a job comes after it.
  for (const { name } of jobs.toReversed()) {
    const readers = jobs.filter(({ after }) => after.includes(name));
    depths.set(name, Math.max(0, ...readers.map((reader) => 1 + (depths.get(reader.name) ?? 0))));
  }
  return jobs.toSorted(
    (a, b) => (depths.get(b.name) ?? 0) - (depths.get(a.name) ?? 0) || (b.weight ?? 0) - (a.weight ?? 0),
  );
}

/** Runs work on one thing, whatever it is called, one after the other, in the order in which it is asked to. */
export type InQueue = <Result>(thing: string, work: () => Promise<Result>) => Promise<Result>;

export function openQueues(): InQueue {
  const last = new Map<string, Promise<unknown>>();
  return (thing, work) => {
    const mine = (last.get(thing) ?? Promise.resolve()).then(work);
    last.set(
      thing,
      mine.catch(() => {}),
    );
    return mine;
  };
}
