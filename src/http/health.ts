// Health as machines ask for it: is the process alive, and can it answer about data. What makes it "degraded" is in health-reasons.ts.
import type { ServerResponse } from 'node:http';
import { toIso } from '../clock.ts';
import type { Run } from '../store/runs/run-store.ts';
import { answerJson } from './answers.ts';
import { findReasons, type HealthParts, type Reason } from './health-reasons.ts';

export type { HealthParts } from './health-reasons.ts';

export interface Health {
  readonly status: 'starting' | 'ready' | 'degraded' | 'draining';
  readonly reasons: readonly Reason[];
  readonly snapshot?: { readonly id: string; readonly publishedAt: string; readonly ageSeconds: number };
  readonly lastRun?: ReturnType<typeof describeRun>;
}

export function answerLive(response: ServerResponse): void {
  answerJson(response, 200, { status: 'live' });
}

/**
 * 200 when questions are answered, with the data's age, the last run and what is wrong all the same; 503 while starting or draining.
 *
 * @param mayRead whether the caller may read the API; anybody else is told how it stands, by codes alone: sentences name runs and accounts
 */
export async function answerReady(
  response: ServerResponse,
  parts: HealthParts & { isDraining: () => boolean },
  mayRead: boolean,
): Promise<void> {
  const examined = await examineHealth(parts);
  const health = mayRead ? examined : toPublic(examined);
  if (examined.status === 'draining') return answerJson(response, 503, health);
  if (examined.status === 'starting') return answerJson(response, 503, health, { 'retry-after': '1' });
  answerJson(response, 200, health);
}

export async function examineHealth(parts: HealthParts & { isDraining: () => boolean }): Promise<Health> {
  const snapshot = parts.findSnapshot();
  const [run] = (await parts.runs.listRuns({ first: 1 })).runs;
  const lastRun = run ? { lastRun: describeRun(run) } : {};
  if (parts.isDraining()) return { status: 'draining', reasons: [], ...lastRun };
  const reasons = await findReasons(parts);
  if (!snapshot) return { status: 'starting', reasons, ...lastRun };
  const { id, publishedAt } = snapshot;
  const ageSeconds = Math.max(0, Math.round((parts.now() - Date.parse(publishedAt)) / 1000));
  const status = reasons.length > 0 ? 'degraded' : 'ready';
  return { status, reasons, snapshot: { id, publishedAt, ageSeconds }, ...lastRun };
}

function toPublic({ status, reasons, snapshot }: Health): object {
  return {
    status,
    reasons: [...new Set(reasons.map(({ code }) => code))].map((code) => ({ code })),
    ...(snapshot && { snapshot: { ageSeconds: snapshot.ageSeconds } }),
  };
}

function describeRun(run: Run) {
  return {
    id: run.id,
    pipeline: run.pipeline,
    status: run.status,
    createdAt: toIso(run.createdAt),
    message: run.error?.message ?? run.progress.message,
  };
}
