// How long steps usually take, and so how long a run under way still will: from the runs that are on record, nothing else is kept.
import type { PipelineName, Run, RunStep, RunStore } from './run-store.ts';

export interface StepTime {
  readonly run: Run;
  readonly ms: number;
  readonly rowsOut: number | null;
}

export interface StepHistory {
  readonly step: string;
  /** The latest runs in which it succeeded, newest first. */
  readonly times: readonly StepTime[];
  /** Milliseconds; null without any. */
  readonly medianMs: number | null;
}

/** Each step of a pipeline over its latest `count` runs that ended well, in the order of the steps. */
export async function listStepHistory(
  runs: RunStore,
  pipeline: PipelineName,
  count: number,
): Promise<StepHistory[]> {
  const filter = { pipelines: [pipeline], statuses: ['SUCCEEDED', 'PARTIAL'] as const };
  const { runs: ended } = await runs.listRuns({ filter, first: count });
  const steps = await runs.listSteps(ended.map(({ id }) => id));
  const byName = new Map<string, StepTime[]>();
  for (const run of ended) {
    for (const step of steps.filter(({ runId }) => runId === run.id)) {
      const ms = lengthOf(step);
      const times = byName.get(step.name) ?? [];
      if (ms !== null && step.status === 'SUCCEEDED') times.push({ run, ms, rowsOut: step.rowsOut });
      byName.set(step.name, times);
    }
  }
  return [...byName].map(([step, times]) => ({ step, times, medianMs: median(times.map(({ ms }) => ms)) }));
}

/** A share below this says too little about the rest. */
const LEAST_SHARE = 0.02;

/**
 * Milliseconds until a RUNNING run ends, or null when that cannot be told: the rest of the step under way, by its share where it knows
 * a total and else by its usual length, and the usual length of the steps to come.
 */
export function estimateRest(
  run: Run,
  steps: readonly RunStep[],
  history: readonly StepHistory[],
  now: number,
): number | null {
  if (run.status !== 'RUNNING') return null;
  const usual = (name: string) => history.find(({ step }) => step === name)?.medianMs ?? null;
  let rest = 0;
  for (const step of steps) {
    if (step.status !== 'RUNNING' && step.status !== 'PENDING') continue;
    const left = step.status === 'PENDING' ? usual(step.name) : restOf(step, run, usual(step.name), now);
    if (left === null) return null;
    rest += left;
  }
  return rest;
}

function restOf(step: RunStep, { progress }: Run, usualMs: number | null, now: number): number | null {
  const passed = Math.max(0, now - (step.startedAt ?? now));
  const share = progress.total ? Math.min(1, progress.done / progress.total) : 0;
  if (share >= LEAST_SHARE) return (passed * (1 - share)) / share;
  return usualMs === null ? null : Math.max(0, usualMs - passed);
}

function lengthOf({ startedAt, endedAt }: RunStep): number | null {
  return startedAt === null || endedAt === null ? null : endedAt - startedAt;
}

function median(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
