// groovelake run and groovelake runs.
import { systemClock } from '../clock.ts';
import { InvalidInputError } from '../errors.ts';
import { PIPELINES, RUN_STATUSES, type RunFilter, TRIGGERS } from '../store/runs/run-store.ts';
import { type Parsed, parseWords, readParameters, readText, readWholeNumber, readWord } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { CRAWL_OPTIONS, readCrawlParameters } from './crawl-options.ts';
import { describeStart, followRun, requireServer } from './follow-run.ts';
import { openOperator } from './operator.ts';
import { describeRun, toJson } from './run-view.ts';
import { untilServed } from './wait-served.ts';

export const runCommand: Command = {
  run: (parts) => untilServed(parts, (noteEnd) => runPipeline(parts, noteEnd)),
};

/** Files are imported by a command of its own. */
const RUNNABLE = PIPELINES.filter((name) => name !== 'IMPORT');

async function runPipeline(parts: CommandParts, beforeEnd: () => Promise<void>): Promise<number> {
  const parsed = parseWords(parts.words, 1, {
    ...CRAWL_OPTIONS,
    'accept-loss': { type: 'boolean' },
    parameters: { type: 'string' },
    'no-wait': { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const pipeline = readWord(parsed.positionals[0] ?? '', RUNNABLE, 'pipeline');
  const parameters = {
    ...readParameters(parsed),
    ...readCrawlParameters(parsed),
    ...(parsed.values['accept-loss'] ? { acceptLoss: true } : {}),
  };
  const isJson = parsed.values.json === true;
  const operator = await openOperator(parts, { executes: true });
  try {
    if (parsed.values['no-wait']) requireServer(operator);
    const { runId, wasStarted } = await operator.trigger(pipeline, parameters);
    if (parsed.values['no-wait']) {
      parts.terminal.line(isJson ? JSON.stringify({ id: runId, wasStarted }) : runId);
      return 0;
    }
    if (!isJson) parts.terminal.line(await describeStart(operator, { runId, wasStarted }));
    return await followRun(runId, { ...parts, operator, isJson, beforeEnd });
  } finally {
    await operator.close();
  }
}

export const runsCommand: Command = {
  run: listRuns,
};

async function listRuns(parts: CommandParts): Promise<number> {
  const parsed = parseWords(parts.words, 0, {
    first: { type: 'string' },
    pipeline: { type: 'string' },
    status: { type: 'string' },
    trigger: { type: 'string' },
    since: { type: 'string' },
    json: { type: 'boolean' },
  });
  const filter: RunFilter = {
    pipelines: readWords(parsed, 'pipeline', PIPELINES),
    statuses: readWords(parsed, 'status', RUN_STATUSES),
    triggers: readWords(parsed, 'trigger', TRIGGERS),
    createdAfter: readTime(parsed, 'since'),
  };
  const operator = await openOperator(parts, { executes: false });
  try {
    const runs = await operator.listRuns({ first: readWholeNumber(parsed, 'first') ?? 20, filter });
    if (parsed.values.json) parts.terminal.line(JSON.stringify(runs.map(toJson), null, 2));
    else {
      if (runs.length === 0) parts.terminal.line(describeNone(filter));
      const seen = { now: systemClock.now(), isServer: operator.isServer };
      for (const run of runs) parts.terminal.line(describeRun(run, seen));
    }
    return 0;
  } finally {
    await operator.close();
  }
}

function describeNone(filter: RunFilter): string {
  return Object.values(filter).some((value) => value !== undefined)
    ? 'No run is of that kind.'
    : 'No runs yet. "groovelake run REFRESH" or "groovelake import FILE" makes the first.';
}

/** Words with commas between them. */
function readWords<T extends string>(parsed: Parsed, name: string, words: readonly T[]): T[] | undefined {
  return readText(parsed, name)
    ?.split(',')
    .map((word) => readWord(word.trim(), words, name));
}

function readTime(parsed: Parsed, name: string): number | undefined {
  const given = readText(parsed, name);
  if (given === undefined) return undefined;
  const at = Date.parse(given);
  if (!Number.isNaN(at)) return at;
  throw new InvalidInputError(
    `--${name} is "${given}"; a time is expected, e.g. 2026-11-20 or 2026-11-20T05:00Z.`,
    {
      field: name,
      given,
      expected: 'an ISO 8601 time',
    },
  );
}
