// groovelake schedule: shows schedules, and changes, pauses, resumes or resets one.
import { toIso } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { showControls } from '../log.ts';
import { PIPELINES, type PipelineName } from '../store/runs/run-store.ts';
import type { ScheduleChange } from '../store/runs/schedule.ts';
import { type Parsed, parseWords, readParameters, readText, readWholeNumber, readWord } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { type Operator, openOperator, type ScheduleView } from './operator.ts';
import { toIsoTimes } from './run-view.ts';
import type { Terminal } from './terminal.ts';

export const scheduleCommand: Command = {
  run: manageSchedules,
};

const OPTIONS = {
  cron: { type: 'string' },
  zone: { type: 'string' },
  missed: { type: 'string' },
  overlap: { type: 'string' },
  jitter: { type: 'string' },
  parameters: { type: 'string' },
  pause: { type: 'boolean' },
  resume: { type: 'boolean' },
  reset: { type: 'boolean' },
  reason: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function manageSchedules(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, 1, OPTIONS);
  const [given] = parsed.positionals;
  const pipeline = given === undefined ? undefined : readWord(given, PIPELINES, 'pipeline');
  refuseContradiction(parsed);
  const operator = await openOperator(parts, { executes: false });
  try {
    if (pipeline) await change(operator, pipeline, parsed);
    const all = await operator.listSchedules();
    const shown = all.filter((schedule) => pipeline === undefined || schedule.pipeline === pipeline);
    if (parsed.values.json) parts.terminal.line(JSON.stringify(toIsoTimes(shown), null, 2));
    else show(parts.terminal, shown);
    return 0;
  } finally {
    await operator.close();
  }
}

const STATES = ['pause', 'resume', 'reset'] as const;
const PARTS = ['cron', 'zone', 'missed', 'overlap', 'jitter', 'parameters'] as const;

/** What would be passed over without anybody being told. */
function refuseContradiction({ values, positionals }: Parsed): void {
  const refuse = (field: string, message: string, expected: string) => {
    throw new InvalidInputError(`${message}; ${expected} is expected.`, { field, expected });
  };
  const [state, second] = STATES.filter((name) => values[name]);
  const [part] = PARTS.filter((name) => values[name] !== undefined);
  const changes = state ?? part;
  if (state && second)
    refuse(second, `--${state} and --${second} exclude each other`, 'one of --pause, --resume and --reset');
  if (state === 'reset' && part)
    refuse(part, `--reset and --${part} exclude each other`, 'one of them, or one after the other,');
  if (changes && positionals.length === 0)
    refuse('pipeline', `--${changes} names no pipeline to change`, `one of ${PIPELINES.join(', ')}`);
  if (values.reason !== undefined && !changes)
    refuse('reason', '--reason says why something is changed, and nothing is', 'a change beside it');
}

async function change(operator: Operator, pipeline: PipelineName, parsed: Parsed): Promise<void> {
  const reason = readText(parsed, 'reason');
  if (parsed.values.reset) return operator.resetSchedule(pipeline, reason);
  const missed = readText(parsed, 'missed');
  const overlap = readText(parsed, 'overlap');
  const wanted: Omit<ScheduleChange, 'pipeline' | 'reason'> = {
    cron: readText(parsed, 'cron'),
    timeZone: readText(parsed, 'zone'),
    isEnabled: parsed.values.pause ? false : parsed.values.resume ? true : undefined,
    missedTicks: missed === undefined ? undefined : readWord(missed, ['ONCE', 'SKIP', 'ALL'], 'missed'),
    overlap: overlap === undefined ? undefined : readWord(overlap, ['SKIP', 'QUEUE_ONE'], 'overlap'),
    jitterSeconds: readWholeNumber(parsed, 'jitter'),
    parameters: readParameters(parsed),
  };
  if (Object.values(wanted).some((value) => value !== undefined)) {
    await operator.changeSchedule({ ...wanted, pipeline, reason });
  }
}

function show(terminal: Terminal, schedules: readonly ScheduleView[]): void {
  if (schedules.length === 0) {
    terminal.line('No schedule. Make one with: groovelake schedule REFRESH --cron "0 5 * * *"');
  }
  for (const schedule of schedules) {
    const { pipeline, cron, timeZone, isEnabled, missedTicks, overlap, jitterSeconds, reason } = schedule;
    const jitter = jitterSeconds > 0 ? `, up to ${jitterSeconds} s later` : '';
    const because = reason ? ` (${showControls(reason)})` : '';
    terminal.line(`${pipeline}  "${cron}" ${timeZone}${jitter}${isEnabled ? '' : ', paused'}${because}`);
    const told = describeParameters(schedule);
    terminal.line(`  ${describeOrigin(schedule)}; missed ${missedTicks}, overlap ${overlap}${told}`);
    if (isEnabled) terminal.line(`  next ${schedule.upcoming.map(toIso).join(', ')}`);
    for (const { dueAt, outcome, reason: why, runId } of schedule.ticks) {
      terminal.line(
        `  ${toIso(dueAt)}  ${outcome.padEnd(7)}  ${showControls([runId, why].filter(Boolean).join('  '))}`.trimEnd(),
      );
    }
  }
}

/** What its runs are told. */
function describeParameters({ parameters }: ScheduleView): string {
  const text = JSON.stringify(parameters);
  return text === '{}' ? '' : `, parameters ${showControls(text)}`;
}

/** One that was reset rests where the configuration knows none, or has it paused: which of the two a server does not say. */
function describeOrigin({ origin, isEnabled }: ScheduleView): string {
  if (origin === 'stored') return 'by an operator';
  return isEnabled ? 'by the configuration' : 'the configuration does not ask for it';
}
