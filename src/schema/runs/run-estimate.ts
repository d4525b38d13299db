// How long a run still takes, for those under way.
import type { Run } from '../../store/runs/run-store.ts';
import { estimateRest, listStepHistory } from '../../store/runs/step-history.ts';
import type { Context } from '../context.ts';

/** So many earlier runs say what is usual. */
const RUNS_LOOKED_AT = 5;

export async function findRemainingSeconds(context: Context, run: Run): Promise<number | null> {
  if (run.status !== 'RUNNING') return null;
  const steps = await context.loaders.stepsByRunId.load(run.id);
  const history = await listStepHistory(context.runs, run.pipeline, RUNS_LOOKED_AT);
  const rest = estimateRest(run, steps, history, context.clock.now());
  return rest === null ? null : Math.round(rest / 100) / 10;
}
