// What is told to webhooks: which of a run's ends is news, and in what words. Read off the run store, so that an end that nobody saw
// (its worker and this process died) is told at the next start.
import { toIso } from '../clock.ts';
import type { Run, RunStatus, RunStore } from '../store/runs/run-store.ts';
import { enqueue, marksOf, type Notice, type NoticeType, type Receiver } from './notice.ts';

type RunNoticeType = Exclude<NoticeType, 'login.ends'>;

const FAILED: readonly RunStatus[] = ['FAILED', 'CRASHED', 'TIMED_OUT'];
const SUCCEEDED: readonly RunStatus[] = ['SUCCEEDED', 'PARTIAL', 'SKIPPED'];
/** Runs asked for at a time. */
const PAGE = 200;
/** Ends so much older than the last one told are looked at again: a worker's clock may be behind, and its end be written late. */
const OVERLAP_MS = 600_000;
/** Longer than any clock has counted. */
const FAR = Number.MAX_SAFE_INTEGER / 2;
/** The mark up to which ends were told, and that of the first look. */
const SEEN = 'runs told up to';
const FIRST = 'runs told from';
/** Ends from before are no news any more for an address that was out of the settings, or whose processes all stood still. */
const MOST_MISSED_MS = 7 * 24 * 3_600_000;

/** The latest end told that lay ahead: the clock has been set back since, or the worker's is before ours. */
const AHEAD = 'runs told ahead up to';

export interface NoticeParts extends Receiver {
  readonly runs: RunStore;
}

/**
 * Enqueues what is new since the last look. Ends from before the first look are no news.
 *
 * @returns how many deliveries were added
 */
export async function enqueueNotices(parts: NoticeParts, now: number): Promise<number> {
  const { runs } = parts;
  const marks = marksOf(parts);
  const mark = await marks.getMark(SEEN);
  if (mark === null) {
    await marks.setMark(FIRST, String(now + 1));
    await marks.setMark(SEEN, String(now + 1));
    return 0;
  }
  // A parked run may have published what was sealed; that it, or an end, is told again at the next look changes nothing.
  const waiting = await runs.listRuns({ filter: { statuses: ['WAITING'] }, first: PAGE });
  const parked = waiting.runs.filter(({ snapshotId }) => snapshotId !== null);
  // Marks that lie ahead were set while the clock ran ahead: what ends now would be no news before it has come so far.
  const seen = Math.max(Math.min(Number(mark), now), now - MOST_MISSED_MS);
  const first = Number((await marks.getMark(FIRST)) ?? seen);
  if (first > now + 1) await marks.setMark(FIRST, String(now));
  const ahead = Math.max(Number(mark), Number((await marks.getMark(AHEAD)) ?? 0));
  const found = await listEnded(runs, Math.max(Math.min(first, now), seen - OVERLAP_MS), now);
  // Told before the clock was set back. Told again at every look they would undo what later ones say of their pipeline.
  const ended = found.filter(({ endedAt }) => (endedAt ?? 0) <= now || (endedAt ?? 0) > ahead);
  let added = 0;
  for (const run of [...parked, ...ended]) added += await enqueueEnd(run, { ...parts, marks }, now);
  const latest = Math.max(seen, ...ended.map(({ endedAt }) => Math.min(endedAt ?? 0, now)));
  const furthest = Math.max(ahead, ...ended.map(({ endedAt }) => endedAt ?? 0));
  if (furthest > now) await marks.setMark(AHEAD, String(furthest));
  if (latest !== Number(mark)) await marks.setMark(SEEN, String(latest));
  return added;
}

async function enqueueEnd(
  run: Run,
  { marks, ...parts }: NoticeParts & { readonly marks: ReturnType<typeof marksOf> },
  now: number,
): Promise<number> {
  const notices: Notice[] = [];
  const failing = `${run.pipeline} is failing`;
  const isAwaited = parts.types.includes('run.recovered');
  if (run.snapshotId !== null) notices.push(toNotice('snapshot.published', run, now, run.snapshotId));
  if (FAILED.includes(run.status)) {
    if (isAwaited) await marks.setMark(failing, run.id);
    notices.push(toNotice('run.failed', run, now, `${run.id}-${run.attempt}`));
  } else if (SUCCEEDED.includes(run.status) && (await marks.getMark(failing)) !== null) {
    notices.push(toNotice('run.recovered', run, now, `${run.id}-${run.attempt}`));
  }
  const added = await enqueue(notices, parts, now);
  // Last, so that a process that dies before it tells the same again.
  if (isAwaited && SUCCEEDED.includes(run.status)) await marks.setMark(failing, null);
  return added;
}

/** What a run of HISTORY failed with names somebody's files: what is told to webhooks, and kept until it is, does not. */
function withoutPersons({ pipeline, error }: Run): Run['error'] {
  if (pipeline !== 'HISTORY' || !error) return error;
  return { ...error, message: `${error.code}; "groovelake runs" says more.`, hint: null };
}

function toNotice(type: RunNoticeType, run: Run, now: number, key: string): Notice {
  const { id, pipeline, status, attempt, snapshotId } = run;
  const error = withoutPersons(run);
  const told: Record<RunNoticeType, string> = {
    'run.failed': `${pipeline} ${id} is ${status}${error ? `: ${error.message}${error.hint ? ` ${error.hint}` : ''}` : ''}`,
    'run.recovered': `${pipeline} works again: ${id} is ${status}`,
    'snapshot.published': `Snapshot ${snapshotId} is published by ${pipeline} ${id}`,
  };
  return {
    id: `${type}-${key}`,
    type,
    at: toIso(run.endedAt ?? now),
    data: { run: { id, pipeline, status, attempt, error }, snapshotId, login: null, message: told[type] },
  };
}

/**
 * By the time of their end, however long ago they were triggered. An end that lies ahead was dated by a clock that has been set back
 * since: it came before all others.
 */
async function listEnded(runs: RunStore, since: number, now: number): Promise<Run[]> {
  const found: Run[] = [];
  for (;;) {
    const page = await runs.listRuns({ filter: { endedSince: since }, first: PAGE, after: found.at(-1)?.id });
    found.push(...page.runs);
    if (!page.hasMore) break;
  }
  const placeOf = ({ endedAt }: Run) => ((endedAt ?? 0) > now ? (endedAt ?? 0) - now - FAR : (endedAt ?? 0));
  return found.sort((a, b) => placeOf(a) - placeOf(b));
}
