// What a step of a run is handed, and what it answers.
import type { Clock, Randomness } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { LandingStore } from '../store/landing/landing-store.ts';
import type { Claim, EventLevel, FamilyRequests, Run, RunStore } from '../store/runs/run-store.ts';
import type { SnapshotStore } from '../store/snapshots/snapshot-store.ts';

export interface StepContext {
  readonly run: Run;
  readonly claim: Claim;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly log: Log;
  /** Aborts on cancel, step timeout and loss of the lease; its reason is a typed error. */
  readonly signal: AbortSignal;
  readonly landing: LandingStore;
  readonly runs: RunStore;
  readonly snapshots: SnapshotStore;
  /** What the steps of one run hand on to each other, e.g. the open candidate. Disposed of when the run ends. */
  readonly scope: RunScope;
  /**
   * Says how far the step is; `total` null while unknown; `requests` where the step asks sources. Cheap: writes are thinned out.
   */
  progress(done: number, total: number | null, message: string, requests?: readonly FamilyRequests[]): void;
  /** Adds a line to the run's event log. */
  event(level: EventLevel, type: string, message: string, data?: unknown): void;
}

/** Values that live as long as the run's execution, disposed of in reverse order. */
export interface RunScope {
  get<T>(key: string): T | undefined;
  set<T>(key: string, value: T, dispose?: () => Promise<void> | void): T;
  /** Ends the run with this error, whatever step it is in: for what fails beside the steps. */
  abort(reason: Error): void;
}

export interface StepResult {
  /** SUCCEEDED unless stated. */
  readonly status?: 'SUCCEEDED' | 'PARTIAL' | 'SKIPPED';
  readonly rowsIn?: number;
  readonly rowsOut?: number;
  readonly rowsRejected?: number;
  readonly requests?: number;
  readonly message?: string;
  /** The rest of the run has nothing to do: its steps are SKIPPED, and the run too unless a step before had work. */
  readonly endsRun?: boolean;
  /**
   * Work is parked until then (milliseconds since 1970): the step is WAITING, the run goes on with its other steps, so that what is
   * sealed is published, and then it is WAITING too. At that time the same run begins again with this step.
   */
  readonly resumesAt?: number;
  readonly snapshotId?: string;
}

export interface Step {
  readonly name: string;
  run(context: StepContext): Promise<StepResult>;
}
