// A run as it goes: on a terminal all its steps, drawn again as they change; elsewhere a plain line for each step that is over; and a
// summary for both.
import { type Clock, toIso } from '../clock.ts';
import { NotFoundError } from '../errors.ts';
import { showControls } from '../log.ts';
import { isClaimable } from '../store/runs/run-moves.ts';
import { hasEnded } from '../store/runs/run-store.ts';
import type { Operator, RunView } from './operator.ts';
import type { Terminal } from './terminal.ts';
import { untilAnswered } from './until-answered.ts';

const POLL_MS = 200;
const BAR = 12;

type StepView = RunView['steps'][number];

/** Whether a run waits for an instant that is still to come. One whose instant has passed goes on as soon as somebody works on it. */
export function isParked(run: Pick<RunView, 'status' | 'resumesAt' | 'parkedAt'>, now: number): boolean {
  return run.status === 'WAITING' && !isClaimable(run, now);
}

/**
 * Follows a run until it has ended or is parked, or the signal aborts, and answers with it as it stands then. A server that does not answer for
 * less than a minute, as it is busy or started again, ends nothing.
 */
export async function watchRun(
  operator: Pick<Operator, 'findRun'>,
  runId: string,
  { terminal, clock, signal }: { terminal: Terminal; clock: Clock; signal?: AbortSignal },
): Promise<RunView> {
  const shown = new Set<string>();
  for (;;) {
    const run = await untilAnswered(() => operator.findRun(runId), { terminal, clock, signal });
    if (!run) throw new NotFoundError('run', runId);
    const isOver = hasEnded(run.status) || isParked(run, clock.now());
    // While it is queued its steps are those of the attempt before.
    if (isOver || (!terminal.isInteractive && run.status !== 'QUEUED')) {
      for (const step of run.steps.filter(({ endedAt }) => endedAt !== null)) {
        const key = `${step.name} ${step.attempt} ${step.status}`;
        if (!shown.has(key)) terminal.line(describeStep(step));
        shown.add(key);
      }
    }
    if (isOver || signal?.aborted) return run;
    terminal.status(...drawRun(run, clock.now()));
    await clock.sleep(POLL_MS, signal).catch(() => {});
  }
}

/**
 * The run's end in one or more lines.
 *
 * @param isServer whether a server goes on with it once its time has come
 */
export function describeEnd(run: RunView, isServer: boolean): string {
  const seconds = run.endedAt && run.startedAt ? ` after ${formatSeconds(run.endedAt - run.startedAt)}` : '';
  const lines = [
    `${run.pipeline} ${run.id}: ${run.status}${seconds}${run.snapshotId ? `, snapshot ${run.snapshotId}` : ''}`,
  ];
  if (run.error) {
    const place = run.error.step ? ` in step ${run.error.step}` : '';
    lines.push(`  ${run.error.code}${place}: ${run.error.message}`);
    if (run.error.hint) lines.push(`  ${run.error.hint}`);
  }
  if (run.resumesAt !== null) {
    const alone = `, if a server runs then; without one: "groovelake retry ${run.id}" after that time`;
    lines.push(`  goes on at ${toIso(run.resumesAt)}${isServer ? '' : alone}`);
  }
  return lines.join('\n');
}

/** One line of a list of runs. */
export function describeRun(run: RunView, { now, isServer }: { now: number; isServer: boolean }): string {
  const end = run.endedAt === null ? '' : ` ${formatSeconds(run.endedAt - (run.startedAt ?? run.createdAt))}`;
  const attempt = run.attempt > 1 ? ` attempt ${run.attempt}` : '';
  const why = run.error?.message ?? (run.status === 'CANCELLED' ? run.cancelReason : null);
  const error = why ? `  ${showControls(why)}` : '';
  return `${run.id}  ${run.pipeline.padEnd(9)} ${run.status.padEnd(10)} ${run.trigger.padEnd(8)} ${toIso(run.createdAt)}${end}${attempt}${error}${describeWait(run, now, isServer)}`;
}

function describeWait(run: RunView, now: number, isServer: boolean): string {
  if (run.isAbandoned) {
    const wayOut = isServer
      ? 'start a worker, which ends it ("groovelake start --role worker")'
      : `"groovelake retry ${run.id}" goes on with it, "groovelake cancel ${run.id}" ends it`;
    return `  nobody works on it any more: ${wayOut}`;
  }
  if (run.status !== 'WAITING') return '';
  const at = toIso(run.resumesAt ?? run.createdAt);
  if (isParked(run, now)) return `  goes on at ${at}`;
  return isServer
    ? `  goes on since ${at}`
    : `  could go on since ${at}: start a server, or "groovelake retry ${run.id}"`;
}

/** 0 for a run that did what it should, 1 for one that did not, 2 for a cancelled one. */
export function exitCodeOf(run: Pick<RunView, 'status'>): number {
  if (run.status === 'CANCELLED') return 2;
  return ['SUCCEEDED', 'PARTIAL', 'SKIPPED', 'WAITING'].includes(run.status) ? 0 : 1;
}

/** A run for machines: instants as ISO 8601. */
export function toJson(run: RunView): object {
  return toIsoTimes(run) as object;
}

const TIMES = /(?:At|dueAt)$/;

/** The same value with every instant (a number under a name that ends in "At") as ISO 8601. */
export function toIsoTimes(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && (TIMES.test(name) || name === 'at')) return toIso(value);
  if (Array.isArray(value)) return value.map((item) => toIsoTimes(item, name === 'upcoming' ? 'at' : ''));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toIsoTimes(item, key)]));
}

/** The steps as they stand: what is over, what is under way and how far, what is to come. */
export function drawRun(run: RunView, now: number): string[] {
  const passed = run.startedAt === null ? '' : ` ${formatSeconds(now - run.startedAt)}`;
  const rest = run.remainingMs === null ? '' : `, about ${formatSeconds(run.remainingMs)} to go`;
  const head = `${run.pipeline} ${run.id} ${run.status}${passed}${rest}`;
  return [head, ...run.steps.map((step) => drawStep(step, run, now))];
}

function drawStep(step: StepView, run: RunView, now: number): string {
  if (step.status === 'PENDING') return `  ${step.name}`;
  if (step.status !== 'RUNNING') return describeStep(step);
  const { done, total, message } = run.progress;
  const share = total ? Math.min(1, done / total) : 0;
  const full = Math.round(share * BAR);
  const bar = total ? `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.round(100 * share)} % ` : '';
  const passed = formatSeconds(now - (step.startedAt ?? now)).padStart(7);
  return `  ${step.name.padEnd(10)} RUNNING   ${passed}  ${bar}${message === step.name ? '' : message}`.trimEnd();
}

function describeStep(step: StepView): string {
  const took =
    step.endedAt !== null && step.startedAt !== null ? formatSeconds(step.endedAt - step.startedAt) : '';
  const counts = [
    step.rowsIn === null ? '' : `${formatCount(step.rowsIn)} in`,
    step.rowsOut === null ? '' : `${formatCount(step.rowsOut)} out`,
    step.rowsRejected ? `${formatCount(step.rowsRejected)} rejected` : '',
    step.requests ? `${formatCount(step.requests)} requests` : '',
  ].filter(Boolean);
  return `  ${step.name.padEnd(10)} ${step.status.padEnd(9)} ${took.padStart(7)}  ${counts.join(', ')}`.trimEnd();
}

function formatSeconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

function formatCount(n: number): string {
  return n.toLocaleString('en-US');
}
