// What the commands about runs speak to: a running server, or the data folder where none runs. Both answer in the same shapes.
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError } from '../errors.ts';
import type { Log } from '../log.ts';
import type {
  PipelineName,
  Run,
  RunEvent,
  RunFilter,
  RunStep,
  Schedule,
  Tick,
} from '../store/runs/run-store.ts';
import type { ScheduleChange } from '../store/runs/schedule.ts';
import { findServer, isHeld } from '../store/server-lock.ts';
import { isServerAlive } from './graphql-client.ts';
import type { Terminal } from './terminal.ts';

/** A run as the command line shows it; times are milliseconds since 1970. */
export interface RunView
  extends Pick<
    Run,
    | 'id'
    | 'pipeline'
    | 'status'
    | 'attempt'
    | 'trigger'
    | 'parameters'
    | 'createdAt'
    | 'startedAt'
    | 'endedAt'
    | 'resumesAt'
    | 'parkedAt'
    | 'cancelReason'
    | 'progress'
    | 'snapshotId'
    | 'error'
  > {
  readonly steps: readonly Omit<RunStep, 'runId' | 'position'>[];
  /** It is under way, but nobody works on it any more, and nobody is there to end it. */
  readonly isAbandoned: boolean;
  /** Estimated; null when it cannot be told. */
  readonly remainingMs: number | null;
}

export type EventView = Pick<RunEvent, 'at' | 'level' | 'type' | 'step' | 'message' | 'data'>;

export interface ScheduleView extends Omit<Schedule, 'parameters'> {
  readonly parameters: unknown;
  readonly upcoming: readonly number[];
  /** Newest first. */
  readonly ticks: readonly Omit<Tick, 'pipeline'>[];
}

export interface Operator {
  /** For whoever reads: the server's address, or the data folder. */
  readonly where: string;
  /** Whether runs go on when this command ends. */
  readonly isServer: boolean;
  findRun(id: string): Promise<RunView | null>;
  /** Newest first. */
  listRuns(request: { first: number; filter: RunFilter }): Promise<RunView[]>;
  /** Up to 100 events behind the cursor, oldest first; the cursor of the last one. */
  listEvents(runId: string, after: string | null): Promise<{ events: EventView[]; cursor: string | null }>;
  /** @throws InvalidInputError, GroovelakeError (RUN_STATE) while the pipeline is busy with other work */
  trigger(
    pipeline: PipelineName,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<{ runId: string; wasStarted: boolean }>;
  /** @throws NotFoundError, GroovelakeError (RUN_STATE) for a run that has ended */
  cancel(runId: string, reason: string | undefined): Promise<void>;
  /** @throws NotFoundError, GroovelakeError (RUN_STATE) for a run that has not ended, or succeeded */
  retry(runId: string, from: 'START' | 'FAILURE'): Promise<void>;
  /**
   * Goes on here with a run that somebody could work on now: one that is queued, or parked until an instant that has passed. False: it
   * is no such run, or that is for a server.
   */
  resume(runId: string): Promise<boolean>;
  listSchedules(): Promise<ScheduleView[]>;
  /** @throws InvalidInputError */
  changeSchedule(change: ScheduleChange): Promise<void>;
  /** @throws NotFoundError when neither the store nor the configuration has one */
  resetSchedule(pipeline: PipelineName, reason: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/** A server that starts, or whose machine is busy, answers sooner. */
const SERVER_WAIT_MS = 30_000;
const ANSWER_MS = 10_000;
const POLL_MS = 100;

/**
 * The server of GROOVELAKE_SERVER_URL, else the one that holds the data folder, else the folder itself.
 *
 * @param executes whether runs are to be executed here where there is no server; `isOnRecord` whether they are there already
 * @throws GroovelakeError (UNAVAILABLE) when a server was named and does not answer, or one holds the folder and does not for `longestMs`
 */
export async function openOperator(
  { config, log, terminal }: { config: Config; log: Log; terminal?: Pick<Terminal, 'status'> },
  how: { executes: boolean; isOnRecord?: boolean },
  longestMs = SERVER_WAIT_MS,
): Promise<Operator> {
  const wait = { longestMs, onWait: () => terminal?.status('  waiting for the server to answer') };
  const url = config.serverUrl ?? (await findHolder(config.dataDir, wait));
  // Of the two only the one that is used is loaded: every command waits for it.
  if (url !== null) return (await import('./operator-remote.ts')).createRemoteOperator(url, config.apiKey);
  return (await import('./operator-local.ts')).openLocalOperator({ config, log, ...how });
}

/**
 * The address of the server that holds the folder, once it answers; null where none holds it. What is asked of a server that starts must not
 * be done past it: it may have other keys, sources and limits in its environment than this command.
 */
async function findHolder(
  dataDir: string,
  { longestMs, onWait }: { longestMs: number; onWait: () => void },
): Promise<string | null> {
  const deadline = systemClock.monotonic() + longestMs;
  for (;;) {
    const announced = await findServer(dataDir);
    const leftMs = Math.max(1, deadline - systemClock.monotonic());
    if (announced && (await isServerAlive(announced.url, Math.min(ANSWER_MS, leftMs)))) return announced.url;
    if (!seemsHeld(dataDir)) return null;
    if (systemClock.monotonic() >= deadline) {
      const whose = announced ? `, process ${announced.pid} at ${announced.url},` : '';
      throw new GroovelakeError(
        'UNAVAILABLE',
        `The server that holds "${dataDir}"${whose} has not answered within ${longestMs / 1000} s: it starts, hangs, or is not to be reached from here. ` +
          'Wait, stop it, or set GROOVELAKE_SERVER_URL to the address at which it is reached.',
        { isRetryable: true },
      );
    }
    onWait();
    await systemClock.sleep(POLL_MS);
  }
}

/** A lock that cannot be looked at is nobody's here: what is wrong with the folder is said when it is opened. */
function seemsHeld(dataDir: string): boolean {
  try {
    return isHeld(dataDir);
  } catch {
    return false;
  }
}
