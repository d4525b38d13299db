// Health as machines ask for it: is the process alive, and can it answer about data. What makes it "degraded" is in health-reasons.ts.
import type { ServerResponse } from 'node:http';
import { toIso } from '../clock.ts';
import { mayReadRun, type Reader, TOLD_TO_OTHERS, tellFrom } from '../store/access/may-read-run.ts';
import type { Run, RunStore } from '../store/runs/run-store.ts';
import { answerJson } from './answers.ts';
import { findReasons, type HealthParts, type Reason } from './health-reasons.ts';
import { withinLimit } from './within-limit.ts';

export type { HealthParts } from './health-reasons.ts';

export interface Health {
  readonly status: 'starting' | 'ready' | 'degraded' | 'draining';
  readonly reasons: readonly Reason[];
  readonly snapshot?: { readonly id: string; readonly publishedAt: string; readonly ageSeconds: number };
  readonly lastRun?: Awaited<ReturnType<typeof describeRun>>;
}

export function answerLive(response: ServerResponse): void {
  answerJson(response, 200, { status: 'live' });
}

/**
 * 200 when questions are answered, with the data's age, the last run and what is wrong all the same, also while the stores do not answer; 503 while starting or draining.
 *
 * @param reader who asks; null for somebody who may not read the API and is told how it stands, by codes alone: sentences name runs and accounts
 */
export async function answerReady(
  response: ServerResponse,
  parts: HealthParts & { isDraining: () => boolean },
  reader: Reader | null,
): Promise<void> {
  const examined = await examineHealth(parts, reader ?? { scope: 'read' });
  const health = reader ? examined : toPublic(examined);
  if (examined.status === 'draining') return answerJson(response, 503, health);
  if (examined.status === 'starting') return answerJson(response, 503, health, { 'retry-after': '1' });
  answerJson(response, 200, health);
}

async function examineHealth(
  parts: HealthParts & { isDraining: () => boolean },
  reader: Reader,
): Promise<Health> {
  const snapshot = parts.findSnapshot();
  const [lastRun, reasons] = await Promise.all([
    // That it could not be read is among the reasons.
    withinLimit(parts.clock, findLastRun(parts, reader)).catch(() => ({})),
    parts.isDraining() ? [] : findReasons(parts, reader),
  ]);
  if (parts.isDraining()) return { status: 'draining', reasons: [], ...lastRun };
  if (!snapshot) return { status: 'starting', reasons, ...lastRun };
  const { id, publishedAt } = snapshot;
  const ageSeconds = Math.max(0, Math.round((parts.clock.now() - Date.parse(publishedAt)) / 1000));
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

async function findLastRun(parts: HealthParts, reader: Reader): Promise<Pick<Health, 'lastRun'>> {
  const [run] = (await parts.runs.listRuns({ first: 1 })).runs;
  return run ? { lastRun: await describeRun(run, parts, reader) } : {};
}

async function describeRun(run: Run, { runs, config }: HealthParts, reader: Reader) {
  const tell = tellFrom(reader, run, config.dataDir);
  return {
    id: run.id,
    pipeline: run.pipeline,
    status: run.status,
    createdAt: toIso(run.createdAt),
    message: mayReadRun(reader, run) ? tell(await sayHow(run, runs)) : TOLD_TO_OTHERS,
  };
}

/** How it goes, or how it went. */
async function sayHow(run: Run, runs: RunStore): Promise<string> {
  const { status, error, snapshotId, resumesAt, cancelReason, progress } = run;
  if (error) return error.message;
  if (status === 'QUEUED') return 'Waits for a worker.';
  if (status === 'WAITING') return `Goes on by itself at ${toIso(resumesAt ?? 0)}.`;
  if (status === 'CANCELLED') return cancelReason ? `Cancelled: ${cancelReason}` : 'Cancelled.';
  if (status === 'SKIPPED') return 'There was nothing to do.';
  if (status === 'SUCCEEDED' || status === 'PARTIAL')
    return snapshotId ? `Published snapshot ${snapshotId}.` : 'Done; the snapshot is as before.';
  const at = (await runs.listSteps([run.id])).find((step) => step.status === 'RUNNING')?.name;
  if (at === undefined) return 'Begins.';
  const { done, total, message } = progress;
  const far = total === null ? '' : `, ${done} of ${total}`;
  return `In step ${at}${far}${message === at || message === '' ? '' : `: ${message}`}`;
}
