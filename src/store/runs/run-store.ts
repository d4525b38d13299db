// The port of the run store: runs, steps, events, schedules, ticks, leases and what sources asked us to remember.
// Every adapter passes the contract suite in test/store/runs/run-store-contract.ts.
// All times are milliseconds since 1970 and are handed in: a store never asks for the time itself.

export const PIPELINES = ['CRAWL', 'TRANSFORM', 'REFRESH', 'IMPORT', 'HISTORY'] as const;
export type PipelineName = (typeof PIPELINES)[number];

export const RUN_STATUSES = [
  ...(['QUEUED', 'RUNNING', 'WAITING', 'CANCELLING', 'SUCCEEDED', 'PARTIAL'] as const),
  ...(['SKIPPED', 'FAILED', 'CANCELLED', 'CRASHED', 'TIMED_OUT'] as const),
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export type StepStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'WAITING'
  | 'SUCCEEDED'
  | 'PARTIAL'
  | 'SKIPPED'
  | 'FAILED'
  | 'CANCELLED';
export const TRIGGERS = ['SCHEDULE', 'MUTATION', 'CLI', 'BOOT', 'RETRY'] as const;
export type TriggerKind = (typeof TRIGGERS)[number];
export type MissedTicks = 'ONCE' | 'SKIP' | 'ALL';
export type Overlap = 'SKIP' | 'QUEUE_ONE';
export type TickOutcome = 'STARTED' | 'SKIPPED' | 'MISSED';
export type EventLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly isRetryable: boolean;
  readonly step: string | null;
  readonly hint: string | null;
}

export interface RunProgress {
  readonly done: number;
  /** Null while the total is not known. */
  readonly total: number | null;
  readonly message: string;
  /** Of a crawl: what it asked of its sources so far. */
  readonly requests?: readonly FamilyRequests[];
}

/** Requests of a family of calls, and how many the run may still make; null without a limit. */
export interface FamilyRequests {
  readonly family: string;
  readonly count: number;
  readonly left: number | null;
}

export interface Run {
  readonly id: string;
  readonly pipeline: PipelineName;
  readonly status: RunStatus;
  /** 1 for the first try; a retry keeps the run and counts up. */
  readonly attempt: number;
  readonly trigger: TriggerKind;
  /** Canonical JSON of the parameters; two runs of equal parameters are the same work. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  readonly createdAt: number;
  /**
   * When it was queued for its present attempt. Absent for the first one, unless its createdAt lies ahead, and where an older version
   * queued it again.
   */
  readonly queuedAt?: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly resumesAt: number | null;
  /** When it was parked. Absent unless it is WAITING, and where an older version parked it. */
  readonly parkedAt?: number;
  /** How often it has CRASHED since somebody asked for it. Absent: never, or in a version that counted attempts alone. */
  readonly crashes?: number;
  readonly cancelRequestedAt: number | null;
  readonly cancelReason: string | null;
  readonly progress: RunProgress;
  readonly snapshotId: string | null;
  readonly error: RunError | null;
  /** Who works on it; null while nobody does. */
  readonly workerId: string | null;
  /** Grows with every claim; a write that carries an older fence is refused. */
  readonly fence: number;
  readonly leaseUntil: number | null;
  /** Whether its latest worker belonged to a command, which ends it when it ends itself. Absent: to a server, or an older version's. */
  readonly endsWithCommand?: true;
  /** The lease of the command that has triggered it and works on it: nobody else starts it while that is held. Absent: anybody may, as also once it was queued again. */
  readonly reservedBy?: string;
  /** What a crawl must remember to go on after WAITING. */
  readonly checkpoint: Readonly<Record<string, unknown>> | null;
}

export interface RunStep {
  readonly runId: string;
  readonly name: string;
  /** Order within the run, from 0. */
  readonly position: number;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly rowsIn: number | null;
  readonly rowsOut: number | null;
  readonly rowsRejected: number | null;
  readonly requests: number | null;
  readonly error: RunError | null;
}

export interface RunEvent {
  readonly id: string;
  readonly runId: string;
  /** Grows by one per run; the cursor of the event log. */
  readonly sequence: number;
  readonly at: number;
  readonly level: EventLevel;
  /** run.queued, run.started, step.started, step.finished, step.progress, log, run.finished, ... */
  readonly type: string;
  readonly step: string | null;
  readonly message: string;
  readonly data: unknown;
}

export interface Schedule {
  readonly pipeline: PipelineName;
  /** Five cron fields. */
  readonly cron: string;
  readonly timeZone: string;
  readonly isEnabled: boolean;
  readonly missedTicks: MissedTicks;
  readonly overlap: Overlap;
  /** A run starts up to so many seconds after its due instant; how many is drawn from the instant, so that a restart changes nothing. */
  readonly jitterSeconds: number;
  readonly nextDueAt: number | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** config: follows the configuration; stored: changed by an operator, and wins over it. */
  readonly origin: 'config' | 'stored';
  readonly updatedAt: number;
  readonly reason: string | null;
}

export interface Tick {
  readonly pipeline: PipelineName;
  readonly dueAt: number;
  readonly outcome: TickOutcome;
  readonly reason: string | null;
  readonly runId: string | null;
}

export interface RunFilter {
  readonly ids?: readonly string[] | undefined;
  readonly pipelines?: readonly PipelineName[] | undefined;
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly triggers?: readonly TriggerKind[] | undefined;
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  /** Ended at or after this time. */
  readonly endedSince?: number | undefined;
}

/** Runs of one UTC day (by createdAt), pipeline and status. */
export interface RunDayTotal {
  /** 2026-11-20 */
  readonly day: string;
  readonly pipeline: PipelineName;
  readonly status: RunStatus;
  readonly runs: number;
  /** From startedAt to endedAt in milliseconds, summed over the runs that have both. */
  readonly durationMs: number;
}

export interface RunStatusCount {
  readonly pipeline: PipelineName;
  readonly status: RunStatus;
  readonly runs: number;
}

/** A page of runs, newest first by (createdAt, id). `after` is the id of the last run of the page before. */
export interface RunPageRequest {
  readonly filter?: RunFilter;
  readonly first: number;
  readonly after?: string | undefined;
}

/** A page of a run's events, oldest first. */
export interface EventPageRequest {
  /** Those with a sequence above this. */
  readonly after: number;
  readonly first: number;
  /** Those of one of these levels; all unless stated. */
  readonly levels?: readonly EventLevel[] | undefined;
  /** Whether the page holds the latest of them, and not the earliest. */
  readonly isLatest?: boolean;
}

export interface NewRun {
  readonly pipeline: PipelineName;
  readonly trigger: TriggerKind;
  readonly parameters: Record<string, unknown>;
  readonly idempotencyKey?: string | undefined;
  readonly createdAt: number;
  /** When it was queued, where that is not createdAt. */
  readonly queuedAt?: number | undefined;
  readonly reservedBy?: string | undefined;
  /** Given: the run is not created while its pipeline is busy. SKIP: with any run; QUEUE_ONE: with one that is queued already. */
  readonly overlap?: Overlap | undefined;
}

/** A worker that wants a run. */
export interface Claimer {
  readonly id: string;
  readonly now: number;
  readonly leaseMs: number;
  /** Whether it works for a command with which the run ends; no unless stated. */
  readonly endsWithCommand?: boolean | undefined;
}

export interface Requeue {
  readonly at: number;
  readonly keepFinishedSteps: boolean;
  readonly isByItself?: boolean;
}

/** The holder of a claim; every write of a worker names it, and is refused (FENCED) when a later claim exists. */
export interface Claim {
  readonly runId: string;
  readonly fence: number;
}

/** The claim of whoever was handed the run when he claimed it. */
export function claimOf({ id, fence }: Pick<Run, 'id' | 'fence'>): Claim {
  return { runId: id, fence };
}

export interface RunStore {
  // ---- runs
  /**
   * Creates a QUEUED run with PENDING steps, unless one answers already: the run of the same idempotencyKey, or one of the
   * same pipeline and equal parameters that has not ended; or, with `overlap`, unless another run is in the way (isBusy, and
   * `run` is that one). Runs of a schedule are all equal: for them `overlap` decides about equal work under way too, and only
   * one that waits, queued or parked, answers. Atomic: of two creators one is first.
   */
  createRun(
    run: NewRun,
    steps: readonly string[],
  ): Promise<{ run: Run; wasCreated: boolean; isBusy: boolean }>;
  findRun(id: string): Promise<Run | null>;
  listRuns(request: RunPageRequest): Promise<{ runs: Run[]; hasMore: boolean }>;
  countRuns(filter?: RunFilter): Promise<number>;
  /** All runs by pipeline and status, those there are, in alphabetical order. Reads an index alone. */
  countRunsByStatus(): Promise<RunStatusCount[]>;
  /** Totals per day, pipeline and status, newest day first, then by pipeline and status in alphabetical order. */
  totalRunsByDay(filter?: RunFilter): Promise<RunDayTotal[]>;
  /** The latest run of a pipeline by createdAt, or null. */
  findLastRun(pipeline: PipelineName): Promise<Run | null>;
  /**
   * The run of a pipeline that ended last in one of these statuses, whenever it was created; null: none has. An end that lies ahead
   * (isAhead) was dated by a clock that has been set back since, and came before all others.
   */
  findLastEnded(
    pipeline: PipelineName,
    look: { statuses: readonly RunStatus[]; now: number },
  ): Promise<Run | null>;

  /**
   * Takes a QUEUED run (or a WAITING one whose time has come: isClaimable) for a worker: RUNNING, a new fence, a lease.
   * Atomic: of two claimers one gets null. A run is not given out while another run of its pipeline is under way.
   */
  claimRun(runId: string, worker: Claimer): Promise<Run | null>;
  /** Runs that a worker could claim now, oldest first. */
  listClaimable(now: number): Promise<Run[]>;
  /** Extends the lease and says whether a cancel was asked for. @throws FENCED */
  heartbeat(
    claim: Claim,
    beat: { now: number; leaseMs: number },
  ): Promise<{ cancelRequested: boolean; cancelReason: string | null }>;
  setProgress(claim: Claim, progress: RunProgress): Promise<void>;
  setCheckpoint(claim: Claim, checkpoint: Record<string, unknown> | null): Promise<void>;
  /** Ends a run, or parks it as WAITING with resumesAt. Only legal moves (run-states.ts). @throws FENCED, RUN_STATE */
  finishRun(
    claim: Claim,
    end: {
      status: Exclude<RunStatus, 'QUEUED' | 'RUNNING' | 'CANCELLING'>;
      at: number;
      error?: RunError | null;
      snapshotId?: string | null;
      resumesAt?: number | null;
    },
  ): Promise<Run>;
  /** Asks for a cancel: a QUEUED or WAITING run ends at once, a RUNNING one becomes CANCELLING. Null: already ended. */
  requestCancel(runId: string, cancel: { at: number; reason?: string | undefined }): Promise<Run | null>;
  /**
   * Puts an ended run (FAILED, CANCELLED, CRASHED, TIMED_OUT, PARTIAL) back to QUEUED with attempt + 1 and trigger RETRY. With
   * keepFinishedSteps its SUCCEEDED steps and its checkpoint stay; with isByItself, as after a crash, the count of its crashes does, which
   * begins anew when somebody asks for it. Null: it may not be.
   */
  requeueRun(runId: string, retry: Requeue): Promise<Run | null>;
  /**
   * Ends every run under way whose lease is over, missing, or absurdly far off as CRASHED, or as CANCELLED when that had been asked
   * for, raising its fence; answers with them.
   *
   * @param isSpared of a run whose lease is over, whether it goes on all the same; none unless stated
   */
  crashExpired(now: number, isSpared?: (run: Run) => boolean): Promise<Run[]>;
  /** Ends one run under way likewise at once (its process is known to be dead). Null: it had ended, or another has claimed it since. */
  crashRun(claim: Claim, crash: { at: number; message: string }): Promise<Run | null>;

  // ---- steps and events
  /** Only legal moves (run-states.ts). @throws FENCED, RUN_STATE */
  updateStep(
    claim: Claim,
    step: Partial<Omit<RunStep, 'runId' | 'position'>> & { name: string },
  ): Promise<void>;
  listSteps(runIds: readonly string[]): Promise<RunStep[]>;
  appendEvent(runId: string, event: Omit<RunEvent, 'id' | 'runId' | 'sequence'>): Promise<RunEvent>;
  listEvents(runId: string, page: EventPageRequest): Promise<RunEvent[]>;
  countEvents(runId: string, levels?: readonly EventLevel[]): Promise<number>;

  /**
   * Removes what has outlived its use: the events of runs that ended before an instant, but for the last one of each, with which the
   * numbering goes on; and the ticks that were due before it. The runs and their steps stay. Answers with the counts.
   */
  removeHistory(before: number): Promise<{ events: number; ticks: number }>;

  /**
   * Takes out of ended runs whatever they say in words: their parameters, progress, errors, idempotency key,
   * checkpoint, and their events, in whose place one says so. Counts, times and states stay. What was there is in no file of the store
   * after emptyLog. Runs that have not ended are left as they are. Answers with the count.
   */
  redactRuns(runIds: readonly string[], at: number): Promise<number>;
  /** Ids of the runs that say a text anywhere, in their events too, sorted. Looks at all there are. @param text letters and digits */
  listRunsSaying(text: string): Promise<string[]>;

  // ---- schedules
  findSchedule(pipeline: PipelineName): Promise<Schedule | null>;
  saveSchedule(schedule: Schedule): Promise<void>;
  /** Moves nextDueAt from `from` to `to`; false when another scheduler was first. */
  advanceSchedule(pipeline: PipelineName, from: number | null, to: number | null): Promise<boolean>;
  /** Keeps a tick by (pipeline, dueAt); one that STARTED a run stays as it is. */
  recordTick(tick: Tick): Promise<void>;
  /** Newest first. */
  listTicks(pipeline: PipelineName, first: number): Promise<Tick[]>;

  // ---- leases (the publish lease is named "publish")
  /** Takes or renews a named lease; null when somebody else holds it. The fence grows with every change of holder. */
  acquireLease(name: string, holder: string, now: number, ttlMs: number): Promise<{ fence: number } | null>;
  releaseLease(name: string, holder: string): Promise<void>;
  /** Who holds a named lease now; null: nobody. */
  findLease(name: string, now: number): Promise<{ holder: string } | null>;
  /** Forgets leases, whoever holds them, and their fences; they are in no file of the store after emptyLog. */
  removeLeases(names: readonly string[]): Promise<void>;

  // ---- what a source asked us to remember (breakers, capabilities, quotas, ETags)
  getSourceState(source: string, key: string): Promise<unknown>;
  setSourceState(source: string, key: string, value: unknown): Promise<void>;
  listSourceStates(source: string): Promise<{ key: string; value: unknown }[]>;

  /**
   * Empties the log of the store's file, in which what was removed or replaced still stands.
   *
   * @throws GroovelakeError (INTERNAL) while another process reads on for 10 s
   */
  emptyLog(): Promise<void>;
  close(): Promise<void>;
}

/** Of a run that a worker is on. */
export const UNDER_WAY: readonly RunStatus[] = ['RUNNING', 'CANCELLING'];
/** Of a run that did what it should; of a PARTIAL one something is left. */
export const GOOD_ENDS: readonly RunStatus[] = ['SUCCEEDED', 'PARTIAL', 'SKIPPED'];
/** Of a run that ended for another reason than that somebody wanted it. */
export const FAILED_ENDS: readonly RunStatus[] = ['FAILED', 'CRASHED', 'TIMED_OUT'];
export const ENDED: readonly RunStatus[] = [...GOOD_ENDS, ...FAILED_ENDS, 'CANCELLED'];
export const NOT_ENDED: readonly RunStatus[] = RUN_STATUSES.filter((status) => !ENDED.includes(status));

export function hasEnded(status: RunStatus): boolean {
  return ENDED.includes(status);
}

/** The part of a store that moves a run from one state to the next. */
export type RunMoves = Pick<
  RunStore,
  | 'claimRun'
  | 'listClaimable'
  | 'heartbeat'
  | 'setProgress'
  | 'setCheckpoint'
  | 'finishRun'
  | 'requestCancel'
  | 'requeueRun'
  | 'crashExpired'
  | 'crashRun'
  | 'updateStep'
  | 'redactRuns'
>;
