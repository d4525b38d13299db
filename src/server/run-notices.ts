// What is told to webhooks: which of a run's ends is news, and in what words. Read off the run store, so that an end that nobody saw
// (its worker and this process died) is told at the next start.
import { toIso } from '../clock.ts';
import type { Delivery, DeliveryStore } from '../store/deliveries/delivery-store.ts';
import { hasEnded, type Run, type RunStatus, type RunStore } from '../store/runs/run-store.ts';

export const NOTICE_TYPES = ['run.failed', 'run.recovered', 'snapshot.published'] as const;
export type NoticeType = (typeof NOTICE_TYPES)[number];

/** The body of a webhook. */
export interface Notice {
  /** The same for every try: a receiver drops the second of two. */
  readonly id: string;
  readonly type: NoticeType;
  readonly at: string;
  readonly data: {
    readonly run: {
      readonly id: string;
      readonly pipeline: string;
      readonly status: RunStatus;
      readonly attempt: number;
      readonly error: Run['error'];
    };
    readonly snapshotId: string | null;
    /** One sentence for whoever reads it as mail. */
    readonly message: string;
  };
}

const FAILED: readonly RunStatus[] = ['FAILED', 'CRASHED', 'TIMED_OUT'];
const SUCCEEDED: readonly RunStatus[] = ['SUCCEEDED', 'PARTIAL', 'SKIPPED'];
/** So many of the latest runs are looked at. */
const LOOKED_AT = 200;
/** The mark up to which ends were told. */
const SEEN = 'runs told up to';

export interface NoticeParts {
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  readonly urls: readonly string[];
  readonly types: readonly string[];
}

/**
 * Enqueues what is new since the last look. Ends from before the first look are no news.
 *
 * @returns how many deliveries were added
 */
export async function enqueueNotices(parts: NoticeParts, now: number): Promise<number> {
  const { runs, deliveries } = parts;
  const seen = await deliveries.getMark(SEEN);
  if (seen === null) {
    await deliveries.setMark(SEEN, String(now + 1));
    return 0;
  }
  const page = await runs.listRuns({ first: LOOKED_AT });
  // A parked run may have published what was sealed; that it is told again at the next look changes nothing.
  const parked = page.runs.filter(({ status, snapshotId }) => status === 'WAITING' && snapshotId !== null);
  const ended = page.runs
    .filter((run) => hasEnded(run.status) && (run.endedAt ?? 0) >= Number(seen))
    .sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0));
  let added = 0;
  for (const run of [...parked, ...ended]) added += await enqueueEnd(run, parts, now);
  const latest = Math.max(Number(seen), ...ended.map(({ endedAt }) => endedAt ?? 0));
  if (latest > Number(seen)) await deliveries.setMark(SEEN, String(latest));
  return added;
}

async function enqueueEnd(run: Run, { deliveries, urls, types }: NoticeParts, now: number): Promise<number> {
  const notices: Notice[] = [];
  const failing = `${run.pipeline} is failing`;
  if (run.snapshotId !== null) notices.push(toNotice('snapshot.published', run, now, run.snapshotId));
  if (FAILED.includes(run.status)) {
    await deliveries.setMark(failing, run.id);
    notices.push(toNotice('run.failed', run, now, `${run.id}-${run.attempt}`));
  } else if (SUCCEEDED.includes(run.status) && (await deliveries.getMark(failing)) !== null) {
    notices.push(toNotice('run.recovered', run, now, `${run.id}-${run.attempt}`));
  }
  const wanted = notices.filter(({ type }) => types.includes(type));
  const added = await deliveries.enqueue(
    wanted.flatMap((notice) => urls.map((url) => toDelivery(notice, url, now))),
  );
  // Last, so that a process that dies before it tells the same again.
  if (SUCCEEDED.includes(run.status)) await deliveries.setMark(failing, null);
  return added;
}

function toNotice(type: NoticeType, run: Run, now: number, key: string): Notice {
  const { id, pipeline, status, attempt, error, snapshotId } = run;
  const told: Record<NoticeType, string> = {
    'run.failed': `${pipeline} ${id} is ${status}${error ? `: ${error.message}${error.hint ? ` ${error.hint}` : ''}` : ''}`,
    'run.recovered': `${pipeline} works again: ${id} is ${status}`,
    'snapshot.published': `Snapshot ${snapshotId} is published by ${pipeline} ${id}`,
  };
  return {
    id: `${type}-${key}`,
    type,
    at: toIso(run.endedAt ?? now),
    data: { run: { id, pipeline, status, attempt, error }, snapshotId, message: told[type] },
  };
}

function toDelivery(notice: Notice, url: string, now: number): Delivery {
  return {
    id: `${notice.id} ${url}`,
    messageId: notice.id,
    url,
    type: notice.type,
    body: JSON.stringify(notice),
    state: 'PENDING',
    tries: 0,
    createdAt: now,
    nextAt: now,
    lastError: null,
  };
}
