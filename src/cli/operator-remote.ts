// A running server as operator, asked over GraphQL.
import { systemClock } from '../clock.ts';
import { NotFoundError } from '../errors.ts';
import type { PipelineName, Run, RunFilter, RunStep } from '../store/runs/run-store.ts';
import { isSilent } from '../store/runs/unattended.ts';
import { createAsk, requireSuccess } from './graphql-client.ts';
import type { EventView, Operator, RunView, ScheduleView } from './operator.ts';

const ERROR = 'error { code message isRetryable step hint }';
const RUN = `
  id pipeline status attempt trigger parameters createdAt startedAt endedAt resumesAt leaseUntil cancelReason snapshotId
  progress { done total message remainingSeconds } ${ERROR}
  steps { name status attempt startedAt endedAt rowsIn rowsOut rowsRejected requests ${ERROR} }`;
const INVALID = '... on InvalidInputError { field given expected }';
const NOT_FOUND = '... on NotFoundError { id }';
const SCHEDULE = `cron timeZone isEnabled missedTicks overlap jitterSeconds parameters origin updatedAt reason nextDueAt
  upcoming(first: 3) ticks(first: 5) { dueAt outcome reason run { id } }`;

/** A page of the server is at most so long, by its default. */
const PAGE = 50;

export function createRemoteOperator(url: string, apiKey: string | undefined): Operator {
  const ask = createAsk(url, apiKey);
  /** @param members what is asked of members of the result's union, besides the message of errors */
  const change = async <T extends { __typename: string }>(
    name: string,
    inputType: string,
    input: object,
    members: string,
  ): Promise<T> => {
    const { result } = await ask<{ result: T }>(
      `mutation ($input: ${inputType}!) { result: ${name}(input: $input) { __typename ... on Error { message } ${members} } }`,
      { input: withoutUndefined(input) },
    );
    return requireSuccess(result);
  };
  return {
    where: url,
    isServer: true,
    findRun: async (id) => {
      const { run } = await ask<{ run: Wire | null }>(`query ($id: ID!) { run(id: $id) { ${RUN} } }`, { id });
      return run && toRunView(run);
    },
    listRuns: async ({ first, filter }) => {
      const found: RunView[] = [];
      let after: string | null = null;
      for (let hasNext = true; hasNext && found.length < first; ) {
        const page: RunPage = await ask<RunPage>(
          `query ($first: Int, $after: String, $where: RunFilter) { runs(first: $first, after: $after, where: $where) {
             nodes { ${RUN} } pageInfo { hasNextPage endCursor } } }`,
          { first: Math.min(PAGE, first - found.length), after, where: toWire(filter) },
        );
        found.push(...page.runs.nodes.map(toRunView));
        after = page.runs.pageInfo.endCursor;
        hasNext = page.runs.pageInfo.hasNextPage;
      }
      return found;
    },
    listEvents: async (runId, after) => {
      const { run } = await ask<{
        run: { events: { nodes: Wire[]; pageInfo: { endCursor: string | null } } } | null;
      }>(
        `query ($id: ID!, $after: String) { run(id: $id) { events(first: 100, after: $after) {
           nodes { at level type step message data } pageInfo { endCursor } } } }`,
        { id: runId, after },
      );
      if (!run) throw new NotFoundError('run', runId);
      const events = run.events.nodes.map((event) => toTimes<EventView>(event, ['at']));
      return { events, cursor: run.events.pageInfo.endCursor ?? after };
    },
    trigger: async (pipeline, parameters) => {
      const members = `... on TriggerRunSuccess { wasStarted run { id } } ${INVALID} ${NOT_FOUND}`;
      const { run, wasStarted } = await change<{
        __typename: string;
        run: { id: string };
        wasStarted: boolean;
      }>('triggerPipeline', 'TriggerPipelineInput', { pipeline, parameters }, members);
      return { runId: run.id, wasStarted };
    },
    cancel: async (runId, reason) => {
      await change('cancelRun', 'CancelRunInput', { runId, reason }, NOT_FOUND);
    },
    retry: async (runId, from) => {
      await change('retryRun', 'RetryRunInput', { runId, from }, `${INVALID} ${NOT_FOUND}`);
    },
    // A server looks for such runs every second.
    resume: async () => false,
    listSchedules: async () => {
      const { pipelines } = await ask<{ pipelines: { name: PipelineName; schedule: Wire | null }[] }>(
        `{ pipelines { name schedule { ${SCHEDULE} } } }`,
      );
      return pipelines.flatMap(({ name, schedule }) => (schedule ? [toScheduleView(name, schedule)] : []));
    },
    changeSchedule: async (input) => {
      await change('updateSchedule', 'UpdateScheduleInput', input, `${INVALID} ${NOT_FOUND}`);
    },
    resetSchedule: async (pipeline, reason) => {
      await change('resetSchedule', 'ResetScheduleInput', { pipeline, reason }, `${INVALID} ${NOT_FOUND}`);
    },
    close: async () => {},
  };
}

type Wire = Readonly<Record<string, unknown>>;
interface RunPage {
  readonly runs: { nodes: Wire[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

const RUN_TIMES = ['createdAt', 'startedAt', 'endedAt', 'resumesAt', 'leaseUntil'];

type WireRun = RunView & Pick<Run, 'leaseUntil'> & { progress: { remainingSeconds: number | null } };

function toRunView(wire: Wire): RunView {
  const { leaseUntil, ...run } = toTimes<WireRun>(wire, RUN_TIMES);
  const steps = (wire.steps as Wire[]).map((step) =>
    toTimes<Omit<RunStep, 'runId' | 'position'>>(step, ['startedAt', 'endedAt']),
  );
  const { remainingSeconds, ...progress } = run.progress;
  return {
    ...run,
    steps,
    progress,
    // A server that works ends such a run within a second; one that only serves leaves that to its workers.
    isAbandoned: isSilent({ status: run.status, leaseUntil }, systemClock.now()),
    remainingMs: remainingSeconds === null ? null : remainingSeconds * 1_000,
  };
}

function toScheduleView(pipeline: PipelineName, wire: Wire): ScheduleView {
  const schedule = toTimes<ScheduleView>(wire, ['nextDueAt', 'updatedAt']);
  return {
    ...schedule,
    pipeline,
    origin: wire.origin === 'CONFIG' ? 'config' : 'stored',
    upcoming: (wire.upcoming as string[]).map((at) => Date.parse(at)),
    ticks: (wire.ticks as (Wire & { run: { id: string } | null })[]).map(({ run, ...tick }) => ({
      ...toTimes<Omit<ScheduleView['ticks'][number], 'runId'>>(tick, ['dueAt']),
      runId: run?.id ?? null,
    })),
  };
}

/** Instants from ISO 8601 to milliseconds. */
function toTimes<T>(wire: Wire, names: readonly string[]): T {
  const times = names.map((name) => {
    const given = wire[name];
    return [name, typeof given === 'string' ? Date.parse(given) : null] as const;
  });
  return { ...wire, ...Object.fromEntries(times) } as T;
}

function toWire({ pipelines, statuses, triggers, createdAfter, createdBefore }: RunFilter): object {
  const toIso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  return withoutUndefined({
    pipelines,
    statuses,
    triggers,
    createdAfter: toIso(createdAfter),
    createdBefore: toIso(createdBefore),
  });
}

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
