// groovelake cancel, retry and logs: one run that is on record.
import { systemClock, toIso } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { showControls } from '../log.ts';
import { hasEnded } from '../store/runs/run-store.ts';
import { parseWords, readText, readWord } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { findRunOrLatest, followRun, requireServer } from './follow-run.ts';
import { type EventView, type Operator, openOperator } from './operator.ts';
import { describeRun, toIsoTimes, toJson } from './run-view.ts';
import type { Terminal } from './terminal.ts';
import { untilAnswered } from './until-answered.ts';
import { untilServed } from './wait-served.ts';

export const cancelCommand: Command = {
  run: cancelRun,
};

export const retryCommand: Command = {
  run: (parts) => untilServed(parts, (noteEnd) => retryRun(parts, noteEnd)),
};

export const logsCommand: Command = {
  run: showLogs,
};

/** A worker winds up within so long, or is killed. */
const CANCEL_WAIT_MS = 15_000;
const POLL_MS = 200;

async function cancelRun(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, 1, { reason: { type: 'string' }, json: { type: 'boolean' } });
  const id = requireId(parsed.positionals, 'cancel');
  return withOperator(parts, { executes: false }, async (operator) => {
    await operator.cancel(id, readText(parsed, 'reason'));
    const deadline = systemClock.monotonic() + CANCEL_WAIT_MS;
    let run = await findRunOrLatest(operator, id);
    while (!hasEnded(run.status) && systemClock.monotonic() < deadline) {
      parts.terminal.status(`  ${run.status}`);
      await systemClock.sleep(POLL_MS);
      run = await findRunOrLatest(operator, id);
    }
    const seen = { now: systemClock.now(), isServer: operator.isServer };
    parts.terminal.line(parsed.values.json ? JSON.stringify(toJson(run), null, 2) : describeRun(run, seen));
    // One that had published before it heard of it has ended otherwise.
    return run.status === 'CANCELLED' ? 0 : 1;
  });
}

async function retryRun(parts: CommandParts, beforeEnd: () => Promise<void>): Promise<number> {
  const parsed = parseWords(parts.words, 1, {
    from: { type: 'string' },
    'no-wait': { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const id = requireId(parsed.positionals, 'retry');
  const from = readWord(readText(parsed, 'from') ?? 'failure', ['START', 'FAILURE'], 'from');
  return withOperator(parts, { executes: true, isOnRecord: true }, async (operator) => {
    if (parsed.values['no-wait']) requireServer(operator);
    const isResumed = from === 'FAILURE' && (await operator.resume(id));
    if (!isResumed) await operator.retry(id, from);
    const isJson = parsed.values.json === true;
    if (parsed.values['no-wait']) {
      parts.terminal.line(isJson ? JSON.stringify({ id, wasStarted: true }) : id);
      return 0;
    }
    const where = from === 'START' ? 'its first step' : 'where it failed';
    if (!isJson) parts.terminal.line(isResumed ? `${id} goes on` : `${id} again, from ${where}`);
    return followRun(id, { ...parts, operator, isJson, beforeEnd });
  });
}

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

async function showLogs(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, 1, {
    follow: { type: 'boolean', short: 'f' },
    level: { type: 'string' },
    json: { type: 'boolean' },
  });
  const least = LEVELS.indexOf(readWord(readText(parsed, 'level') ?? 'debug', LEVELS, 'level'));
  const isJson = parsed.values.json === true;
  const print = (terminal: Terminal, event: EventView) => {
    if (LEVELS.indexOf(event.level) < least) return;
    terminal.line(isJson ? JSON.stringify(toIsoTimes(event)) : describeEvent(event));
  };
  return withOperator(parts, { executes: false }, async (operator) => {
    const { id } = await findRunOrLatest(operator, parsed.positionals[0]);
    const asked = <T>(ask: () => Promise<T>) =>
      parsed.values.follow ? untilAnswered(ask, { terminal: parts.terminal, clock: systemClock }) : ask();
    for (let after: string | null = null; ; ) {
      // Looked at before the events are read, so that the last of them are not missed.
      const isOver = hasEnded((await asked(() => findRunOrLatest(operator, id))).status);
      const from: string | null = after;
      const page: Awaited<ReturnType<Operator['listEvents']>> = await asked(() =>
        operator.listEvents(id, from),
      );
      for (const event of page.events) print(parts.terminal, event);
      after = page.cursor;
      if (page.events.length > 0) continue;
      if (isOver || !parsed.values.follow) return 0;
      await systemClock.sleep(POLL_MS);
    }
  });
}

function describeEvent({ at, level, step, message, data }: EventView): string {
  const place = (step ?? '').padEnd(10);
  const more = data === null || data === undefined ? '' : `  ${JSON.stringify(data)}`;
  return `${toIso(at)} ${level.padEnd(5)} ${place} ${showControls(message)}${more}`;
}

async function withOperator(
  parts: CommandParts,
  how: Parameters<typeof openOperator>[1],
  work: (operator: Operator) => Promise<number>,
): Promise<number> {
  const operator = await openOperator(parts, how);
  try {
    return await work(operator);
  } finally {
    await operator.close();
  }
}

function requireId([id]: readonly string[], command: string): string {
  if (id) return id;
  throw new InvalidInputError(
    `${command} names no run; the id of one is expected, as "groovelake runs" lists it.`,
    {
      field: 'run',
      expected: 'the id of a run',
    },
  );
}
