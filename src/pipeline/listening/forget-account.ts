// Forgetting an account: its folder, its keys, and what runs, the audit log and the outbox of webhooks say of it in words.
import { GroovelakeError, NotFoundError } from '../../errors.ts';
import type { AccessStore } from '../../store/access/access-store.ts';
import type { DeliveryStore } from '../../store/deliveries/delivery-store.ts';
import {
  emptyFolder,
  hasFolder,
  openAccount,
  removeFolder,
  SANDBOX_ACCOUNT,
} from '../../store/listening/accounts.ts';
import { hasEnded, type Run, type RunStore } from '../../store/runs/run-store.ts';
import { holdAccount, type LeaseParts, nameLeases } from './account-lease.ts';

export interface ForgetParts extends LeaseParts {
  readonly dataDir: string;
  readonly access: AccessStore;
  readonly deliveries: Pick<DeliveryStore, 'removeAbout' | 'emptyLog'>;
}

export interface Forgotten {
  /** Keys of the account, which open nothing any more. */
  readonly keys: number;
  /** Runs whose words were removed. */
  readonly runs: number;
  /** Whether HISTORY was scheduled for this account, which it is no more: the schedule is off until somebody changes or resets it. */
  readonly isUnscheduled: boolean;
  /** What is removed and still stands in a log that another process reads: one sentence for each, with what makes it go. */
  readonly leftInLogs: readonly string[];
}

const PAGE = 200;
const PAUSE_MS = 200;
const MAX_WAIT_MS = 60_000;

/**
 * Removes all that is the account's own, and names of it elsewhere. What is interrupted, or left in the log of a database that is read meanwhile,
 * is done by forgetting it again: its folder goes last of all, empty by then, and only when no log was left.
 *
 * @throws NotFoundError for an id that has no folder; GroovelakeError (RUN_STATE) while a run is at work on it
 */
export async function forgetAccount(parts: ForgetParts, id: string): Promise<Forgotten> {
  const { dataDir, access, runs, deliveries, clock } = parts;
  if (!(await hasFolder(dataDir, id))) throw new NotFoundError('account', id);
  const isUnscheduled = await unschedule(parts, id);
  const saying = await listSaying(runs, id);
  for await (const run of listHistory(runs))
    if (isAbout(run, id) || saying.has(run.id) || namesPlayed(run)) await endRun(parts, run);
  const forgotten = await holdAccount(parts, id, async () => {
    const words = new Set([...(await listLandingRuns(dataDir, id)), ...(await listSaying(runs, id))]);
    const runIds: string[] = [];
    for await (const run of listHistory(runs))
      if (isAbout(run, id) || words.has(run.id) || namesPlayed(run)) runIds.push(run.id);
    const keys = await access.forgetAccount({ accountId: id, runIds, at: clock.now() });
    const redacted = await runs.redactRuns(runIds, clock.now());
    await deliveries.removeAbout([id, ...runIds]);
    await emptyFolder(dataDir, id);
    // A server may have looked at the account's login meanwhile; from here on there is none to tell of.
    await deliveries.removeAbout([id]);
    return { keys, runs: redacted };
  });
  await forgetNames(runs, id);
  const leftInLogs = await emptyLogs([access, runs, deliveries]);
  if (leftInLogs.length === 0) await removeFolder(dataDir, id);
  return { ...forgotten, isUnscheduled, leftInLogs };
}

/** When all is removed: whoever reads a store meanwhile may keep its log as it is. */
async function emptyLogs(stores: readonly { emptyLog(): Promise<void> }[]): Promise<string[]> {
  const ends = await Promise.allSettled(stores.map((store) => store.emptyLog()));
  return ends.flatMap((end) =>
    end.status === 'rejected' ? [String(end.reason?.message ?? end.reason)] : [],
  );
}

/** Leases of the account, which whoever waited for them lets go, and what sources noted under its id before they noted a digest. */
async function forgetNames(runs: RunStore, id: string): Promise<void> {
  for (const { key, value } of await runs.listSourceStates('spotify')) {
    const kept = value as { key?: unknown } | null;
    if (kept?.key === `account ${id}`) await runs.setSourceState('spotify', key, { ...kept, key: '' });
  }
  await runs.removeLeases([...Object.values(nameLeases(id)), `listening ${id}`, `account ${id}`]);
}

/** Runs that polled everybody, and had to say something of this one. The invented listener's id is a word of many runs, and nobody's. */
async function listSaying(runs: RunStore, id: string): Promise<Set<string>> {
  return new Set(id === SANDBOX_ACCOUNT ? [] : await runs.listRunsSaying(id));
}

/** An export of no stated account is that of the only one there was. */
function isAbout({ parameters: { account, exports } }: Pick<Run, 'parameters'>, id: string): boolean {
  return account === id || (account === undefined && exports !== undefined);
}

/** Whether a run has the ids of played tracks that it owes: whose they are is not kept, so they go with any account. */
function namesPlayed({ checkpoint }: Run): boolean {
  return checkpoint?.wanted !== undefined;
}

/** First of all, so that no run begins meanwhile. */
async function unschedule({ runs, clock }: ForgetParts, id: string): Promise<boolean> {
  const schedule = await runs.findSchedule('HISTORY');
  if (!schedule || !isAbout(schedule, id)) return false;
  await runs.saveSchedule({
    ...schedule,
    isEnabled: false,
    nextDueAt: null,
    parameters: {},
    reason: null,
    updatedAt: clock.now(),
  });
  return true;
}

/** Cancels a run that has not ended, and waits until it has. */
async function endRun({ runs, clock, signal }: ForgetParts, { id }: Run): Promise<void> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const run = await runs.findRun(id);
    if (!run || hasEnded(run.status)) return;
    if (waited === 0) await runs.requestCancel(id, { at: clock.now(), reason: 'the account is forgotten' });
    if (waited >= MAX_WAIT_MS)
      throw new GroovelakeError(
        'RUN_STATE',
        `The run "${id}" is about this account, and does not end though it was cancelled. Nothing is forgotten yet; try again.`,
        { isRetryable: true },
      );
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function listLandingRuns(dataDir: string, id: string): Promise<Set<string>> {
  // A folder without its database is what a run left that was at work while the account was removed.
  const file = await openAccount(dataDir, id).catch(() => null);
  try {
    return new Set(file?.listBatches().map(({ runId }) => runId));
  } finally {
    file?.close();
  }
}

async function* listHistory(runs: RunStore): AsyncGenerator<Run> {
  for (let after: string | undefined; ; ) {
    const page = await runs.listRuns({ filter: { pipelines: ['HISTORY'] }, first: PAGE, after });
    yield* page.runs;
    after = page.runs.at(-1)?.id;
    if (!page.hasMore) return;
  }
}
