// Health as machines ask for it: is the process alive, and can it answer about data.
import type { ServerResponse } from 'node:http';
import type { RunStore } from '../store/runs/run-store.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { answerJson } from './answers.ts';

export interface HealthParts {
  readonly runs: RunStore;
  readonly findSnapshot: () => Manifest | null;
  readonly isDraining: () => boolean;
  readonly now: () => number;
}

export function answerLive(response: ServerResponse): void {
  answerJson(response, 200, { status: 'live' });
}

/** 200 with the data's age and the last run once a snapshot is served; 503 while starting or draining. */
export async function answerReady(response: ServerResponse, parts: HealthParts): Promise<void> {
  const snapshot = parts.findSnapshot();
  const { runs } = await parts.runs.listRuns({ first: 1 });
  const [run] = runs;
  const lastRun = run && {
    id: run.id,
    pipeline: run.pipeline,
    status: run.status,
    message: run.error?.message ?? run.progress.message,
  };
  if (parts.isDraining()) return answerJson(response, 503, { status: 'draining', lastRun });
  if (!snapshot) return answerJson(response, 503, { status: 'starting', lastRun }, { 'retry-after': '1' });
  const ageSeconds = Math.max(0, Math.round((parts.now() - Date.parse(snapshot.publishedAt)) / 1000));
  const isDegraded = run !== undefined && ['FAILED', 'CRASHED', 'TIMED_OUT'].includes(run.status);
  answerJson(response, 200, {
    status: isDegraded ? 'degraded' : 'ready',
    ...(isDegraded ? { reason: `the last run ${run.id} is ${run.status}` } : {}),
    snapshot: { id: snapshot.id, publishedAt: snapshot.publishedAt, ageSeconds },
    lastRun,
  });
}
