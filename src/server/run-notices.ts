// What is told to webhooks: which of a run's ends is news, and in what words. Read off the run store, so that an end that nobody saw
// (its worker and this process died) is told at the next start.
import { toIso } from '../clock.ts';
import { FAILED_ENDS, GOOD_ENDS, type Run, type RunStore } from '../store/runs/run-store.ts';
import { enqueue, marksOf, type Notice, type NoticeType, type Receiver } from './notice.ts';

type RunNoticeType = Exclude<NoticeType, 'login.ends'>;

/** Runs asked for at a time. */
const PAGE = 200;
/** Ends so much older than the last one told are looked at again: a worker's clock may be behind, and its end be written late. */
const OVERLAP_MS = 600_000;
/** Longer than any clock has counted. */
const FAR = Number.MAX_SAFE_INTEGER / 2;
/** Ends from before are no news any more for an address that was out of the settings, or whose processes all stood still. */
const MOST_MISSED_MS = 7 * 24 * 3_600_000;

const TYPES: readonly RunNoticeType[] = ['run.failed', 'run.recovered', 'snapshot.published'];

/** What is remembered of a type of notices: another process may tell the same address of others, and knows nothing of what it is not to tell. */
interface Told {
  /** The first look. */
  readonly from: number;
  readonly upTo: number;
  /** The latest end told that lay ahead: the clock has been set back since, or the worker's is before ours. */
  readonly ahead: number;
  /** Of marks that were kept for whoever wants the type soon: since when. */
  readonly keptSince?: number;
}

interface Look extends Told {
  readonly type: RunNoticeType;
  /** Up to where all is told that can be told still. */
  readonly seen: number;
  /** From where on there may be news. */
  readonly since: number;
}

export interface NoticeParts extends Receiver {
  readonly runs: RunStore;
}

type Marks = ReturnType<typeof marksOf>;

/**
 * Enqueues what is new since the last look, of each type that is wanted. Ends from before the first look are no news.
 *
 * @returns how many deliveries were added
 */
export async function enqueueNotices(parts: NoticeParts, now: number): Promise<number> {
  const { runs, types } = parts;
  const marks = marksOf(parts);
  const wantedTypes = TYPES.filter((each) => types.includes(each));
  await handOutShared(marks, now);
  const looks: Look[] = [];
  for (const type of wantedTypes) {
    const told = await takeTold(marks, type, now);
    if (told) looks.push(toLook(type, told, now));
    else await keepTold(marks, type, { from: now + 1, upTo: now + 1, ahead: 0 });
  }
  if (looks.length === 0) return 0;
  // A parked run may have published what was sealed; that it, or an end, is told again at the next look changes nothing.
  const waiting = await runs.listRuns({ filter: { statuses: ['WAITING'] }, first: PAGE });
  const parked = waiting.runs.filter(({ snapshotId }) => snapshotId !== null);
  const ended = await listEnded(runs, Math.min(...looks.map(({ since }) => since)), now);
  let added = 0;
  for (const run of [...parked, ...ended]) {
    const wanted = looks.filter((look) => run.endedAt === null || isNews(run.endedAt, look, now));
    if (wanted.length > 0)
      added += await enqueueEnd(run, { ...parts, types: wanted.map(({ type }) => type), marks }, now);
  }
  const ends = ended.map(({ endedAt }) => endedAt ?? 0);
  for (const look of looks)
    await moveOn(
      marks,
      look,
      ends.filter((at) => isNews(at, look, now)),
      now,
    );
  return added;
}

/** Marks that lie ahead were set while the clock ran ahead: what ends now would be no news before it has come so far. */
function toLook(type: RunNoticeType, { from, upTo, ahead }: Told, now: number): Look {
  const seen = Math.max(Math.min(upTo, now), now - MOST_MISSED_MS);
  const since = Math.max(Math.min(from, now), seen - OVERLAP_MS);
  return { type, from, upTo, ahead: Math.max(upTo, ahead), seen, since };
}

/** What lies ahead was told before the clock was set back. Told again at every look it would undo what later ends say of their pipeline. */
function isNews(endedAt: number, { since, ahead }: Look, now: number): boolean {
  return endedAt >= since && (endedAt <= now || endedAt > ahead);
}

async function moveOn(marks: Marks, look: Look, ends: readonly number[], now: number): Promise<void> {
  const { type, from, upTo, ahead, seen } = look;
  const latest = Math.max(seen, ...ends.map((at) => Math.min(at, now)));
  const furthest = Math.max(ahead, ...ends);
  if (latest === upTo && furthest === ahead && from <= now + 1) return;
  await keepTold(marks, type, { from: from > now + 1 ? now : from, upTo: latest, ahead: furthest });
}

const nameOf = (type: RunNoticeType) => `${type} was told`;
/** The marks of all types together, as versions before kept them. */
const SHARED = { from: 'runs told from', upTo: 'runs told up to', ahead: 'runs told ahead up to' };

/** Processes of one version start within a day, each with its own types to tell; who wants a type later begins with what ends then. */
const KEPT_MS = 24 * 3_600_000;

/** Hands them to all types, and removes them: the process that looks first need not be the one that tells of a type. */
async function handOutShared(marks: Marks, now: number): Promise<void> {
  const upTo = await marks.getMark(SHARED.upTo);
  if (upTo === null) return;
  const [from, ahead] = [await marks.getMark(SHARED.from), await marks.getMark(SHARED.ahead)];
  const told = { from: Number(from ?? upTo), upTo: Number(upTo), ahead: Number(ahead ?? 0), keptSince: now };
  for (const type of TYPES)
    if ((await marks.getMark(nameOf(type))) === null) await keepTold(marks, type, told);
  for (const name of [SHARED.from, SHARED.ahead, SHARED.upTo]) await marks.setMark(name, null);
}

/** Null: nothing is remembered of the type, or it was kept too long ago and would make old ends news. */
async function takeTold(marks: Marks, type: RunNoticeType, now: number): Promise<Told | null> {
  const own = await marks.getMark(nameOf(type));
  if (own === null) return null;
  const { keptSince, ...told } = JSON.parse(own) as Told;
  if (keptSince === undefined) return told;
  if (Math.abs(now - keptSince) > KEPT_MS) return null;
  await keepTold(marks, type, told);
  return told;
}

function keepTold(marks: Marks, type: RunNoticeType, told: Told): Promise<void> {
  return marks.setMark(nameOf(type), JSON.stringify(told));
}

async function enqueueEnd(
  run: Run,
  { marks, ...parts }: NoticeParts & { readonly marks: Marks },
  now: number,
): Promise<number> {
  const notices: Notice[] = [];
  const failing = `${run.pipeline} is failing`;
  const isAwaited = parts.types.includes('run.recovered');
  if (run.snapshotId !== null) notices.push(toNotice('snapshot.published', run, now, run.snapshotId));
  if (FAILED_ENDS.includes(run.status)) {
    if (isAwaited) await marks.setMark(failing, run.id);
    notices.push(toNotice('run.failed', run, now, `${run.id}-${run.attempt}`));
  } else if (GOOD_ENDS.includes(run.status) && (await marks.getMark(failing)) !== null) {
    notices.push(toNotice('run.recovered', run, now, `${run.id}-${run.attempt}`));
  }
  const added = await enqueue(notices, parts, now);
  // Last, so that a process that dies before it tells the same again.
  if (isAwaited && GOOD_ENDS.includes(run.status)) await marks.setMark(failing, null);
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
