// Who holds the publish lease, in words for whoever must wait for it: a run by its id, anything else as it calls itself.
import { PUBLISH_LEASE } from './publish-lease.ts';
import { type Claim, type Run, type RunStore, UNDER_WAY } from './run-store.ts';

export interface Publisher {
  /** Null: no run, as a command or a rollback; or one that is under way no more. */
  readonly run: Run | null;
  /** 'run "20261120-..." of REFRESH', '"groovelake compact" (process 4711)' */
  readonly name: string;
}

/** A run holds it per claim, so that what a dead worker held can be let go, and nothing else. */
export function namePublishHolder({ runId, fence }: Claim): string {
  return `${runId}:${fence}`;
}

/** Null: nobody, by now. */
export async function findPublisher(
  runs: Pick<RunStore, 'findLease' | 'findRun'>,
  now: number,
): Promise<Publisher | null> {
  const lease = await runs.findLease(PUBLISH_LEASE, now);
  if (!lease) return null;
  const [, runId] = /^([^\s:]+):\d+$/.exec(lease.holder) ?? [];
  if (runId === undefined) return { run: null, name: lease.holder };
  const run = await runs.findRun(runId);
  const name = `run "${runId}"${run ? ` of ${run.pipeline}` : ''}`;
  return { run: run && UNDER_WAY.includes(run.status) ? run : null, name };
}

/** Why what is published cannot be changed now, and what to do. */
export function describePublisher(publisher: Publisher | null): string {
  if (!publisher) return 'Somebody else was changing what is published. Try again.';
  const wayOut = publisher.run ? 'Wait for it, or cancel it' : 'Wait until that is done';
  return `What is published is held by ${publisher.name}. ${wayOut}, then try again.`;
}
