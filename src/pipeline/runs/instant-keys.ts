// By which keys a schedule's instants start one run each, also where a clock that ran ahead has used up instants that are still to come.
import { isAhead, toIso } from '../../clock.ts';
import { listLatestDue } from '../../store/runs/cron.ts';
import type { PipelineName, RunStore, Schedule } from '../../store/runs/run-store.ts';

/** Under which a run store remembers of each pipeline that the clock was set back. */
const SET_BACK = 'schedules';

interface SetBack {
  /** When that was found out. Both are milliseconds since 1970. */
  readonly at: number;
  /** Instants before it may have started runs already, hours or days too early. */
  readonly until: number;
}

/**
 * Remembers that the clock ran ahead, where the instant that was handled last lies clearly in the future (CLOCK_SLACK_MS): those until
 * `nextDueAt` come again. A clock that is off by less starts nothing twice.
 */
export async function noteSetBack(runs: RunStore, schedule: Schedule, now: number): Promise<void> {
  const { pipeline, nextDueAt } = schedule;
  if (nextDueAt === null) return;
  const handled = listLatestDue(schedule, now, nextDueAt - 1, 1).at(-1);
  if (handled === undefined || !isAhead(handled, now)) return;
  const before = await findSetBack(runs, pipeline);
  const until = Math.max(nextDueAt, before?.until ?? 0);
  await runs.setSourceState(SET_BACK, pipeline, { at: now, until } satisfies SetBack);
}

/** Names the idempotency key of a due instant of the pipeline: (pipeline, instant), and with it since when it comes again, if it does. */
export async function readInstantKeys(
  runs: RunStore,
  pipeline: PipelineName,
): Promise<(dueAt: number) => string> {
  const setBack = await findSetBack(runs, pipeline);
  return (dueAt) => {
    const key = `schedule ${pipeline} ${toIso(dueAt)}`;
    return setBack && dueAt < setBack.until ? `${key} again since ${toIso(setBack.at)}` : key;
  };
}

async function findSetBack(runs: RunStore, pipeline: PipelineName): Promise<SetBack | undefined> {
  return (await runs.getSourceState(SET_BACK, pipeline)) as SetBack | undefined;
}
