// Follows a run that was started or repeated: to its end, or until whoever watches has seen enough.
import { systemClock } from '../clock.ts';
import { GroovelakeError, InvalidInputError, NotFoundError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Operator, RunView } from './operator.ts';
import { describeEnd, exitCodeOf, isParked, toJson, watchRun } from './run-view.ts';
import type { Terminal } from './terminal.ts';

export interface FollowOptions {
  readonly operator: Operator;
  readonly terminal: Terminal;
  readonly log: Log;
  /** The run as JSON at the end, and nothing else. */
  readonly isJson: boolean;
  /** Called once the run is over, before its end is said. */
  readonly beforeEnd?: () => Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Shows a run until it ends or is parked until later. Ctrl-C cancels a run that is executed by this command, and leaves one of a server alone.
 *
 * @returns the exit code; 0 for a run that was left alone
 */
export async function followRun(runId: string, options: FollowOptions): Promise<number> {
  const { operator, terminal, isJson } = options;
  const leave = new AbortController();
  const onSignal = () => (operator.isServer ? leave.abort() : cancel(runId, options));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const quiet: Terminal = { ...terminal, isInteractive: false, line: () => {}, status: () => {} };
  const run = await watchRun(operator, runId, {
    terminal: isJson ? quiet : terminal,
    clock: systemClock,
    signal: leave.signal,
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  });
  if (!leave.signal.aborted) await options.beforeEnd?.();
  if (isJson) terminal.line(JSON.stringify(toJson(run), null, 2));
  else if (leave.signal.aborted) {
    terminal.line(
      `${run.pipeline} ${runId} goes on at ${operator.where}. Stop it with: groovelake cancel ${runId}`,
    );
  } else
    terminal.line([describeEnd(run, operator.isServer), ...(await listReasons(operator, run))].join('\n'));
  return leave.signal.aborted ? 0 : exitCodeOf(run);
}

/** For --no-wait. @throws InvalidInputError where the run would end with this command */
export function requireServer({ isServer }: Pick<Operator, 'isServer'>): void {
  if (isServer) return;
  throw new InvalidInputError('--no-wait needs a server that goes on with the run; none runs here.', {
    field: 'no-wait',
    expected: 'a running server',
  });
}

/** What is said of a run before it is followed: which one it is, and whether it was there before. */
export async function describeStart(
  operator: Operator,
  { runId, wasStarted }: { runId: string; wasStarted: boolean },
): Promise<string> {
  const run = await findRunOrLatest(operator, runId);
  const name = `${run.pipeline} ${runId}`;
  if (wasStarted) return name;
  if (run.status !== 'WAITING') return `${name} (under way already)`;
  return isParked(run, systemClock.now()) ? `${name} (parked already)` : `${name} (was parked, goes on)`;
}

/** What the steps said that did not do all they were to. */
async function listReasons(operator: Pick<Operator, 'listEvents'>, run: RunView): Promise<string[]> {
  const reasons: string[] = [];
  if (!['PARTIAL', 'SKIPPED'].includes(run.status)) return reasons;
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page: Awaited<ReturnType<Operator['listEvents']>> = await operator.listEvents(run.id, after);
    for (const { at, type, message } of page.events) {
      const isOurs = type === 'step.finished' && at >= (run.startedAt ?? 0);
      if (isOurs && /^\S+ (?:PARTIAL|SKIPPED): /.test(message)) reasons.push(`  ${message}`);
    }
    isMore = page.cursor !== after;
    after = page.cursor;
  }
  return reasons;
}

/** The run named, or the latest one. @throws NotFoundError */
export async function findRunOrLatest(operator: Operator, id: string | undefined): Promise<RunView> {
  const [run] =
    id === undefined ? await operator.listRuns({ first: 1, filter: {} }) : [await operator.findRun(id)];
  if (run) return run;
  if (id !== undefined) throw new NotFoundError('run', id);
  throw new GroovelakeError(
    'NOT_FOUND',
    'There is no run yet. "groovelake run REFRESH" or "groovelake import FILE" makes the first.',
  );
}

function cancel(runId: string, { operator, log }: FollowOptions): void {
  operator
    .cancel(runId, 'Ctrl-C')
    .catch((error: unknown) => log.error('The cancel could not be recorded', { error }));
}
