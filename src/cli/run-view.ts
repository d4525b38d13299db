// A run as it goes: a line per step, a passing line in between, and a summary.
import type { Clock } from '../clock.ts';
import { hasEnded, type Run, type RunStep, type RunStore } from '../store/runs/run-store.ts';
import type { Terminal } from './terminal.ts';

const POLL_MS = 200;

/** Follows a run to its end (or until it is parked) and answers with it as it ended. */
export async function watchRun(
  runs: RunStore,
  runId: string,
  { terminal, clock, signal }: { terminal: Terminal; clock: Clock; signal?: AbortSignal },
): Promise<Run> {
  const shown = new Set<string>();
  for (;;) {
    const run = await runs.findRun(runId);
    if (!run) throw new Error(`The run "${runId}" is not on record.`);
    const steps = await runs.listSteps([runId]);
    for (const step of steps.filter((s) => s.endedAt !== null)) {
      const key = `${step.name} ${step.attempt} ${step.status}`;
      if (!shown.has(key)) terminal.line(describeStep(step));
      shown.add(key);
    }
    if (hasEnded(run.status) || run.status === 'WAITING') return run;
    const current = steps.find((step) => step.status === 'RUNNING');
    terminal.status(describeProgress(run, current));
    await clock.sleep(POLL_MS, signal);
  }
}

/** The run's end in one or two lines. */
export function describeEnd(run: Run): string {
  const seconds = run.endedAt && run.startedAt ? ` after ${formatSeconds(run.endedAt - run.startedAt)}` : '';
  const lines = [
    `${run.pipeline} ${run.id}: ${run.status}${seconds}${run.snapshotId ? `, snapshot ${run.snapshotId}` : ''}`,
  ];
  if (run.error) {
    const place = run.error.step ? ` in step ${run.error.step}` : '';
    lines.push(`  ${run.error.code}${place}: ${run.error.message}`);
    if (run.error.hint) lines.push(`  ${run.error.hint}`);
  }
  if (run.resumesAt) lines.push(`  goes on at ${new Date(run.resumesAt).toISOString()}`);
  return lines.join('\n');
}

/** 0 for a run that did what it should, 1 for one that did not, 2 for a cancelled one. */
export function exitCodeOf(run: Run): number {
  if (run.status === 'CANCELLED') return 2;
  return ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'WAITING'].includes(run.status) ? 0 : 1;
}

function describeStep(step: RunStep): string {
  const took =
    step.endedAt !== null && step.startedAt !== null ? formatSeconds(step.endedAt - step.startedAt) : '';
  const counts = [
    step.rowsIn === null ? '' : `${formatCount(step.rowsIn)} in`,
    step.rowsOut === null ? '' : `${formatCount(step.rowsOut)} out`,
    step.rowsRejected ? `${formatCount(step.rowsRejected)} rejected` : '',
    step.requests ? `${formatCount(step.requests)} requests` : '',
  ].filter(Boolean);
  return `  ${step.name.padEnd(10)} ${step.status.padEnd(9)} ${took.padStart(7)}  ${counts.join(', ')}`.trimEnd();
}

function describeProgress(run: Run, step: RunStep | undefined): string {
  const { done, total, message } = run.progress;
  const share = total ? ` ${Math.round((100 * done) / total)} %` : '';
  return `  ${step?.name ?? run.status.toLowerCase()}${share} ${message}`;
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function formatCount(n: number): string {
  return n.toLocaleString('en-US');
}
