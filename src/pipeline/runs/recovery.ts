// Makes sure that no run stays under way without a worker: by its lease, by its process, and by trying crashed runs again.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import { PUBLISH_LEASE } from '../../store/runs/publish-lease.ts';
import { namePublishHolder } from '../../store/runs/publisher.ts';
import { isExpired, MOST_LEASES } from '../../store/runs/run-moves.ts';
import {
  type Claim,
  claimOf,
  type PipelineName,
  type Run,
  type RunStore,
  UNDER_WAY,
} from '../../store/runs/run-store.ts';
import { isKnownDead, readProcessorTime } from './worker-identity.ts';

export interface Recovery {
  /** Ends what no worker is on any more, and queues again what crashed, by its policy. */
  recover(): Promise<void>;
  /** Ends a run whose process is known to be gone: CANCELLED if that was asked for, else CRASHED. Nothing if it had ended. */
  bury(claim: Claim, message: string): Promise<void>;
  /**
   * Parks a run, for at once, whose process is gone since it was told to stop and had no time to do so: no crash, and not counted as one.
   * One that is being cancelled, or ends with its command, is buried.
   */
  park(claim: Claim, message: string): Promise<void>;
  /** Ends a run whose process died before it could claim it, lest it be started for ever. */
  giveUp(runId: string, message: string): Promise<void>;
}

/** Whether nobody works any more on a run that is under way: its lease is over, or its process gone. */
export function isAbandoned(run: Run, now: number, isDead = isKnownDead): boolean {
  if (!UNDER_WAY.includes(run.status)) return false;
  return isExpired(run, now) || (run.workerId !== null && isDead(run.workerId));
}

interface RecoveryParts {
  readonly config: Config;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly onChange: (runId: string) => void;
  /** Runs that may be started here; a crashed one that may not is left for whoever may. Unless stated every one. */
  readonly mayStart?: (runId: string) => boolean;
  /** Whether a run ends with this process, which is a command; unless stated none does. */
  readonly endsWithCommand?: (runId: string) => boolean;
  /** Whether the process behind a worker's name is gone for sure. */
  readonly isDead?: (workerId: string) => boolean;
  /** Processor time that the process behind a worker's name has used; null where that cannot be told. */
  readonly measureWork?: (workerId: string) => number | null;
}

/** A crashed run waits so long, doubled with every crash, before it is tried again; long enough to be seen. */
const RETRY_AFTER_MS = 5_000;
/** Later than this nobody expects it to start by itself. */
const RETRY_WITHIN_MS = 3_600_000;

export function createRecovery(parts: RecoveryParts): Recovery {
  const { config, runs, clock, log, onChange, isDead = isKnownDead } = parts;
  const isWorking = watchWork(parts);
  let seen: { wall: number; monotonic: number } | null = null;
  let leasesCountFrom = Number.NEGATIVE_INFINITY;

  /**
   * False for a while after the wall clock has stepped, or the machine has slept: leases are instants of the wall clock, and their
   * holders get the time of two heartbeats to renew them.
   */
  const canTrustLeases = (): boolean => {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const drift = seen ? now.wall - seen.wall - (now.monotonic - seen.monotonic) : 0;
    if (Math.abs(drift) > config.heartbeatMs) {
      log.warn('The clock was set, or the machine slept; leases are given time', { ms: Math.round(drift) });
      leasesCountFrom = now.monotonic + 2 * config.heartbeatMs;
    }
    seen = now;
    return now.monotonic >= leasesCountFrom;
  };

  const tell = (ended: Run | null) => {
    if (ended?.status === 'CRASHED')
      log.warn('A run crashed', { run: ended.id, reason: ended.error?.message });
  };
  const endDead = async (run: Run, message: string) => {
    const claim = claimOf(run);
    tell(await runs.crashRun(claim, { at: clock.now(), message }));
    // Its process is gone, so nobody builds any more: the next run need not wait for this lease to run out.
    await runs.releaseLease(PUBLISH_LEASE, namePublishHolder(claim));
    onChange(run.id);
  };
  const findUnderWay = async ({ runId, fence }: Claim) => {
    const run = await runs.findRun(runId);
    return run && run.fence === fence && UNDER_WAY.includes(run.status) ? run : null;
  };
  const bury = async (claim: Claim, message: string) => {
    const run = await findUnderWay(claim);
    if (run) await endDead(run, message);
  };

  return {
    bury,
    park: async (claim, message) => {
      const run = await findUnderWay(claim);
      if (!run) return;
      if (run.status !== 'RUNNING' || run.endsWithCommand) return endDead(run, message);
      log.warn('A run did not stop in time; it is parked and goes on at the next start', { run: run.id });
      const at = clock.now();
      await runs.finishRun(claim, { status: 'WAITING', at, resumesAt: at });
      await runs.releaseLease(PUBLISH_LEASE, namePublishHolder(claim));
      onChange(run.id);
    },
    giveUp: async (runId, message) => {
      const endsWithCommand = parts.endsWithCommand?.(runId);
      const worker = { id: 'nobody', now: clock.now(), leaseMs: config.leaseMs, endsWithCommand };
      const claimed = await runs.claimRun(runId, worker);
      if (claimed) await bury({ runId, fence: claimed.fence }, message);
    },
    recover: async () => {
      const underWay = await listUnderWay(runs);
      const isSpared = isWorking(underWay);
      for (const run of underWay) {
        if (run.workerId !== null && isDead(run.workerId)) await endDead(run, 'Its process is gone.');
      }
      if (canTrustLeases()) {
        for (const run of await runs.crashExpired(clock.now(), isSpared)) {
          tell(run);
          onChange(run.id);
        }
      }
      await retryCrashed(parts);
    },
  };
}

/** On the clock that never steps: a lease that lies absurdly far off, since the machine's was set back, is never over by that one. */
interface Seen {
  readonly ticks: number;
  readonly workedAt: number;
  /** Null: its lease holds. */
  readonly lateSince: number | null;
}

/**
 * Watches which workers of this machine compute. On a busy machine one may get so little of a processor that a heartbeat comes too late,
 * which is no reason to throw its work away; one that is frozen or waits for something that never comes uses none, and its lease says
 * that it is over.
 *
 * @returns takes the runs that are under way at a look, and answers whether one of them is still worked on
 */
function watchWork({ config, clock, measureWork = readProcessorTime }: RecoveryParts) {
  let seen = new Map<string, Seen>();
  const nameOf = ({ id, fence }: Run) => `${id} ${fence}`;
  return (underWay: readonly Run[]): ((run: Run) => boolean) => {
    const before = seen;
    seen = new Map();
    for (const run of underWay) {
      const ticks = run.workerId === null ? null : measureWork(run.workerId);
      if (ticks === null) continue;
      const known = before.get(nameOf(run));
      // At the first look nothing is known of it but its lease.
      const workedAt =
        known === undefined
          ? Number.NEGATIVE_INFINITY
          : ticks > known.ticks
            ? clock.monotonic()
            : known.workedAt;
      const lateSince = isExpired(run, clock.now()) ? (known?.lateSince ?? clock.monotonic()) : null;
      seen.set(nameOf(run), { ticks, workedAt, lateSince });
    }
    return (run) => {
      const { workedAt, lateSince } = seen.get(nameOf(run)) ?? {};
      const now = clock.monotonic();
      const isWithin = now - (lateSince ?? now) < (MOST_LEASES - 1) * config.leaseMs;
      return isWithin && now - (workedAt ?? Number.NEGATIVE_INFINITY) < config.leaseMs;
    };
  };
}

/** Pipelines of which every run has work of its own, that no later one does: files, an account. */
const OWN_WORK: readonly PipelineName[] = ['IMPORT', 'HISTORY'];

/**
 * Queues again what crashed lately and has not used up config.crashRetries, unless a later run of its pipeline takes its place, or it was
 * a command's.
 */
async function retryCrashed(parts: RecoveryParts): Promise<void> {
  const { config, runs, clock, log, onChange, mayStart = () => true } = parts;
  const now = clock.now();
  const filter = { statuses: ['CRASHED'], endedSince: now - RETRY_WITHIN_MS } as const;
  const { runs: crashed } = await runs.listRuns({ filter, first: 100 });
  for (const run of crashed.reverse()) {
    // An older version noted no crashes.
    const crashes = run.crashes ?? run.attempt;
    if (run.endsWithCommand || crashes > config.crashRetries || !mayStart(run.id)) continue;
    // An end that lies ahead was dated by a clock that has been set back since.
    const waited = now - (run.endedAt ?? 0);
    if (waited >= 0 && waited < RETRY_AFTER_MS * 2 ** (crashes - 1)) continue;
    if (!OWN_WORK.includes(run.pipeline) && (await runs.findLastRun(run.pipeline))?.id !== run.id) continue;
    if (!(await runs.requeueRun(run.id, { at: now, keepFinishedSteps: true, isByItself: true }))) continue;
    log.info('A crashed run is tried again', { run: run.id, attempt: run.attempt + 1, crashes });
    onChange(run.id);
  }
}

async function listUnderWay(runs: RunStore): Promise<Run[]> {
  // One run per pipeline is under way; more rows than pipelines would be wreckage, and their turn comes at the next look.
  const page = await runs.listRuns({ filter: { statuses: UNDER_WAY }, first: 100 });
  return page.runs;
}
