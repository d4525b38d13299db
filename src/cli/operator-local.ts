// The data folder as operator: for when no server runs. Changes are in the audit log as by "command line".
import { type Clock, systemClock, systemRandomness, toIso } from '../clock.ts';
import type { Config } from '../config.ts';
import { GroovelakeError, NotFoundError } from '../errors.ts';
import type { Log } from '../log.ts';
import { createDispatcher, type DispatcherOptions } from '../pipeline/runs/dispatcher.ts';
import { createRecovery, isAbandoned } from '../pipeline/runs/recovery.ts';
import type { AccessStore } from '../store/access/access-store.ts';
import { prepareDataDir, requireDataDir, requireWritableDataDir } from '../store/data-dir.ts';
import { openServerStores } from '../store/open-stores.ts';
import { resetSchedule } from '../store/runs/configured-schedules.ts';
import { listUpcoming } from '../store/runs/cron.ts';
import { type Lease, takeLease } from '../store/runs/lease.ts';
import { isClaimable } from '../store/runs/run-moves.ts';
import { hasEnded, PIPELINES, type Run, type RunStore } from '../store/runs/run-store.ts';
import { changeSchedule } from '../store/runs/schedule.ts';
import { estimateRest, listStepHistory } from '../store/runs/step-history.ts';
import { triggerRun } from '../store/runs/trigger.ts';
import { audited } from './audited.ts';
import type { Operator, RunView, ScheduleView } from './operator.ts';

const STOP_MS = 8_000;
/** A command that is killed holds its runs for so long. */
const RESERVED_MS = 30_000;
const EVENTS = 100;
const UPCOMING = 3;
const TICKS = 5;
/** So many earlier runs say how long a step takes. */
const RUNS_LOOKED_AT = 5;

/**
 * @param executes whether a dispatcher works on the runs that this operator triggers or retries, until it is closed, which parks or cancels
 *   what is left. All others wait for a server: it may have other keys, sources and limits in its environment than this command. A folder
 *   is made only where something is executed
 * @param isOnRecord whether what is executed is there already, so that a folder without it is not the one that is meant
 * @throws ConfigError where there is no data folder, and there is something to be found in it
 */
export async function openLocalOperator(parts: {
  config: Config;
  log: Log;
  executes: boolean;
  isOnRecord?: boolean;
  spawnWorker?: DispatcherOptions['spawnWorker'];
}): Promise<Operator> {
  const { config, log, executes, isOnRecord = !executes } = parts;
  // What lies in MongoDB can be read without a folder.
  if (isOnRecord && config.mongodbUri === undefined)
    await (executes ? requireDataDir : requireWritableDataDir)(config.dataDir);
  if (executes) await prepareDataDir(config.dataDir);
  const { runs, access, close: closeStores } = await openServerStores(config);
  const reservation = createReservation(runs, systemClock);
  const own = new Set<string>();
  const triggered = new Set<string>();
  const dispatcher = executes
    ? createDispatcher({
        config,
        runs,
        clock: systemClock,
        log,
        onChange: () => {},
        mayStart: (runId) => own.has(runId),
        reservation: reservation.name,
        endsWithCommand: (runId) => triggered.has(runId),
        ...(parts.spawnWorker ? { spawnWorker: parts.spawnWorker } : {}),
      })
    : null;
  await dispatcher?.start();
  const execute = (runId: string, isNew: boolean) => {
    own.add(runId);
    if (isNew) triggered.add(runId);
    dispatcher?.wake();
  };
  const close = async () => {
    await dispatcher?.drain(STOP_MS);
    await reservation.end().finally(closeStores);
  };
  const executing = executes ? execute : null;
  const recovery = createRecovery({ config, runs, clock: systemClock, log, onChange: () => {} });
  const bury = ({ id, fence }: Run) => recovery.bury({ runId: id, fence }, 'Nobody worked on it any more.');
  const reserve = executes ? reservation.take : async () => undefined;
  const store = { config, runs, access, clock: systemClock, reserve };
  return { ...createStoreOperator({ ...store, execute: executing, bury }), close };
}

interface StoreParts {
  readonly config: Config;
  readonly runs: RunStore;
  readonly access: AccessStore;
  readonly clock: Clock;
  /** Called with a run that somebody here has asked for, one that is new ends with this command; null where runs wait for a server. */
  readonly execute: ((runId: string, isNew: boolean) => void) | null;
  /** The lease by which a new run is kept for this command; undefined where runs wait for a server. */
  readonly reserve: () => Promise<string | undefined>;
  /** Ends a run whose worker is gone. */
  readonly bury: (run: Run) => Promise<void>;
}

/**
 * Keeps what a command triggers from a server on the same folder until the command ends: it may have other keys and limits, and need not
 * see the files of the command.
 */
function createReservation(runs: RunStore, clock: Clock) {
  const name = `command ${systemRandomness.hex(8)}`;
  const lost = (cause?: unknown) => new GroovelakeError('FENCED', `The lease "${name}" was lost.`, { cause });
  let lease: Promise<Lease | null> | undefined;
  return {
    name,
    take: async () => {
      lease ??= takeLease(runs, { name, holder: name, ms: RESERVED_MS, lost }, clock);
      await lease;
      return name;
    },
    end: async () => {
      if (!lease) return;
      await (await lease)?.release();
      await runs.removeLeases([name]);
    },
  };
}

function createStoreOperator({ config, runs, access, clock, execute, reserve, bury }: StoreParts): Operator {
  const change = <T>(action: string, input: unknown, work: () => Promise<T>) =>
    audited({ access, clock }, { action, input }, work);
  const changeRun = <T>(
    action: string,
    input: { runId: string; [name: string]: unknown },
    work: () => Promise<T>,
  ) => audited({ access, clock }, { action, input }, work, () => input.runId);
  return {
    where: config.dataDir,
    isServer: false,
    ...createRunFinder(runs, clock),
    listRuns: async ({ first, filter }) => {
      const found = await runs.listRuns({ first, filter });
      return Promise.all(found.runs.map((run) => toView(runs, run, clock.now())));
    },
    listEvents: async (runId, after) => {
      const events = await runs.listEvents(runId, { after: Number(after ?? 0), first: EVENTS });
      const last = events.at(-1);
      return { events, cursor: last ? String(last.sequence) : after };
    },
    trigger: (pipeline, parameters) =>
      audited(
        { access, clock },
        { action: 'triggerPipeline', input: { pipeline, parameters } },
        async () => {
          const reservedBy = await reserve();
          const wanted = { pipeline, trigger: 'CLI', parameters, reservedBy } as const;
          const outcome = await triggerRun(runs, clock, wanted);
          const { run } = outcome;
          if (outcome.kind === 'run') {
            execute?.(run.id, outcome.wasStarted);
            return { runId: run.id, wasStarted: outcome.wasStarted };
          }
          throw new GroovelakeError(
            'RUN_STATE',
            `${pipeline} is busy with other work: run "${run.id}" is ${run.status}. ${describeWayOut(run)}`,
          );
        },
        (result) => result?.runId ?? null,
      ),
    cancel: async (runId, reason) => {
      const known = await requireRun(runs, runId);
      const request = { at: clock.now(), reason };
      await changeRun('cancelRun', { runId, reason }, async () => {
        const asked = await runs.requestCancel(runId, request);
        if (asked && isAbandoned(asked, clock.now())) await bury(asked);
        if (asked) return;
        throw new GroovelakeError('RUN_STATE', `The run "${runId}" has ended: it is ${known.status}.`);
      });
    },
    retry: async (runId, from) => {
      const known = await requireRun(runs, runId);
      const again = { at: clock.now(), keepFinishedSteps: from === 'FAILURE' };
      await changeRun('retryRun', { runId, from }, async () => {
        if (await runs.requeueRun(runId, again)) return execute?.(runId, false);
        throw new GroovelakeError('RUN_STATE', `The run "${runId}" is ${refuseRetry(known, clock.now())}`);
      });
    },
    resume: async (runId) => {
      const known = await requireRun(runs, runId);
      if (!execute || !isClaimable(known, clock.now())) return false;
      await changeRun('retryRun', { runId, from: 'FAILURE' }, async () => execute(runId, false));
      return true;
    },
    listSchedules: () => listSchedules(runs, clock.now()),
    changeSchedule: async (wanted) => {
      await change('updateSchedule', wanted, () => changeSchedule(runs, wanted, clock.now()));
    },
    resetSchedule: async (pipeline, reason) => {
      const wanted = { pipeline, reason: reason ?? null, now: clock.now() };
      const schedule = await change('resetSchedule', { pipeline, reason }, () =>
        resetSchedule(runs, config, wanted),
      );
      if (!schedule) throw new NotFoundError('schedule of', pipeline);
    },
    close: async () => {},
  };
}

function describeWayOut({ id, status }: Run): string {
  return status === 'QUEUED'
    ? `No server runs that would start it: "groovelake retry ${id}" starts it here, "groovelake cancel ${id}" takes it away.`
    : 'Wait for it, or cancel it.';
}

/** Why a run cannot be queued again, and what can be done instead. */
function refuseRetry(run: Run, now: number): string {
  const { id, status } = run;
  if (hasEnded(status))
    return `${status}. Start a new run, with --force where what is fresh is to be fetched again.`;
  if (isClaimable(run, now))
    return `${status}. "groovelake retry ${id}" goes on with it now; to begin anew, cancel it first.`;
  if (run.resumesAt === null) return `${status}. Wait for it, or cancel it.`;
  return (
    `${status} until ${toIso(run.resumesAt)}. It goes on then if a server runs; without one, give this command again after ` +
    'that time. Or cancel it.'
  );
}

export function createRunFinder(runs: RunStore, clock: Clock): Pick<Operator, 'findRun'> {
  return {
    findRun: async (id) => {
      const run = await runs.findRun(id);
      return run && toView(runs, run, clock.now());
    },
  };
}

async function requireRun(runs: RunStore, id: string): Promise<Run> {
  const run = await runs.findRun(id);
  if (!run) throw new NotFoundError('run', id);
  return run;
}

async function toView(runs: RunStore, run: Run, now: number): Promise<RunView> {
  const steps = await runs.listSteps([run.id]);
  const history = run.status === 'RUNNING' ? await listStepHistory(runs, run.pipeline, RUNS_LOOKED_AT) : [];
  return {
    ...run,
    steps,
    isAbandoned: isAbandoned(run, now),
    remainingMs: estimateRest(run, steps, history, now),
  };
}

async function listSchedules(runs: RunStore, now: number): Promise<ScheduleView[]> {
  const all = await Promise.all(PIPELINES.map((pipeline) => runs.findSchedule(pipeline)));
  return Promise.all(
    all
      .filter((schedule) => schedule !== null)
      .map(async (schedule) => ({
        ...schedule,
        upcoming: listUpcoming(schedule, now, UPCOMING),
        ticks: await runs.listTicks(schedule.pipeline, TICKS),
      })),
  );
}
