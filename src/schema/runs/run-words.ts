// What a run says in words: parameters, progress, errors, events. Of a run about somebody's listening these name files and say what was
// played; who may read them is decided in store/access/may-read-run.ts, and everybody else sees the states, times and counts alone. Where
// files lie on the server is told to operators only.

import { TOLD_TO_OTHERS, tellFrom } from '../../store/access/may-read-run.ts';
import { type Connection, createConnection } from '../../store/catalog/page.ts';
import type { Run, RunError, RunEvent, RunProgress, RunStep, Schedule } from '../../store/runs/run-store.ts';
import type { Context } from '../context.ts';
import { type EventArgs, listEventPage } from './run-pages.ts';

/** Behind every description of a field that is withheld. */
export const WITHHELD = 'Of HISTORY for operators and the key of the account alone';

/** Rids what a run says of the folders of the server, unless an operator asks. */
export function tell(
  { access, config }: Context,
  from: Pick<Run | Schedule, 'parameters'>,
): <T>(said: T) => T {
  return tellFrom(access, from, config.dataDir);
}

export function readProgress(run: Run, context: Context): RunProgress & { run: Run } {
  return { ...tell(context, run)(run.progress), ...(context.mayReadRun(run) ? {} : { message: '' }), run };
}

export async function readSteps(run: Run, context: Context): Promise<readonly RunStep[]> {
  const steps = await context.loaders.stepsByRunId.load(run.id);
  return context.mayReadRun(run)
    ? tell(context, run)(steps)
    : steps.map((step) => ({ ...step, error: withoutWords(step.error) }));
}

export function readEvents(run: Run, args: EventArgs, context: Context): Connection<RunEvent> {
  if (context.mayReadRun(run)) {
    const { runs, config } = context;
    const told: Parameters<typeof listEventPage>[0] = {
      listEvents: async (id, page) => tell(context, run)(await runs.listEvents(id, page)),
      countEvents: runs.countEvents,
    };
    return listEventPage(told, run.id, args, config.maxPageSize);
  }
  return createConnection({
    page: async () => ({ edges: [], hasNextPage: false, hasPreviousPage: false }),
    count: async () => 0,
  });
}

export function readError(run: Run, context: Context): RunError | null {
  return context.mayReadRun(run) ? tell(context, run)(run.error) : withoutWords(run.error);
}

export function readCancelReason(run: Run, context: Context): string | null {
  return context.mayReadRun(run) ? tell(context, run)(run.cancelReason) : null;
}

/** Of a run, or of the runs of a schedule. */
export function readParameters(
  from: Pick<Run | Schedule, 'pipeline' | 'parameters'>,
  context: Context,
): Readonly<Record<string, unknown>> {
  return context.mayReadRun(from) ? tell(context, from)(from.parameters) : {};
}

/** The run behind a row or a snapshot; null also where the way from there to the run would say what somebody played. */
export async function findRunBehind(runId: string | null, context: Context): Promise<Run | null> {
  const run = runId === null ? null : await context.loaders.runById.load(runId);
  return run && context.mayReadRun(run) ? run : null;
}

function withoutWords(error: RunError | null): RunError | null {
  return error && { ...error, message: TOLD_TO_OTHERS, hint: null };
}
