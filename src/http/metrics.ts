// Prometheus metrics in text form. Labels are bounded: pipelines, statuses, steps, sources and their families, relations.
import type { Config } from '../config.ts';
import { PIPELINE_STEPS } from '../store/runs/pipelines.ts';
import { GOOD_ENDS, PIPELINES, RUN_STATUSES, type RunStore } from '../store/runs/run-store.ts';
import { listSources } from '../store/runs/source-states.ts';
import { listStepHistory } from '../store/runs/step-history.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

export interface RequestCounters {
  /** Answers per status class: 2xx, 3xx, 4xx, 5xx. */
  readonly answers: Map<string, number>;
  /** Refusals by code: UNAUTHENTICATED, FORBIDDEN. */
  readonly refused: Map<string, number>;
  inFlight: number;
  /** Subscriptions and other answers that stay open. */
  streams: number;
}

export interface MetricsParts {
  readonly config: Pick<Config, 'isSandbox'>;
  readonly runs: RunStore;
  readonly findSnapshot: () => Manifest | null;
  readonly counters: RequestCounters;
  readonly statements: () => { started: number; active: number };
  /** Reasons for "degraded" by code. */
  readonly reasons: () => Promise<readonly string[]>;
  /** Webhook deliveries by state. */
  readonly deliveries: () => Promise<Readonly<Record<string, number>>>;
  readonly now: () => number;
}

type Values = readonly (readonly [labels: string, value: number])[];

/** Renders all metrics; times are seconds, sizes bytes. */
export async function renderMetrics(parts: MetricsParts): Promise<string> {
  const groups = await Promise.all([
    renderServer(parts),
    renderSnapshot(parts),
    renderRuns(parts.runs, parts.now()),
    renderSteps(parts.runs),
    renderSources(parts),
    renderDeliveries(parts),
  ]);
  return `${groups.flat().join('\n')}\n`;
}

async function renderServer({ counters, statements, reasons }: MetricsParts): Promise<string[]> {
  const { started, active } = statements();
  const codes = await reasons();
  const byCode = [...new Set(codes)].sort().map((code) => {
    return [`{reason="${code}"}`, codes.filter((each) => each === code).length] as const;
  });
  return [
    ...metric('groovelake_http_responses_total', 'counter', 'Answers by status class.', [
      ...[...counters.answers].sort().map(([status, n]) => [`{status="${status}"}`, n] as const),
    ]),
    ...metric('groovelake_refused_total', 'counter', 'Requests refused with 401 or 403, by code.', [
      ...[...counters.refused].sort().map(([code, n]) => [`{code="${code}"}`, n] as const),
    ]),
    ...metric('groovelake_http_requests_in_flight', 'gauge', 'Requests being answered.', [
      ['', counters.inFlight],
    ]),
    ...metric('groovelake_subscriptions', 'gauge', 'Subscriptions under way.', [['', counters.streams]]),
    ...metric('groovelake_statements_total', 'counter', 'Statements started on the served snapshot.', [
      ['', started],
    ]),
    ...metric('groovelake_statements_in_flight', 'gauge', 'Statements under way.', [['', active]]),
    ...metric('groovelake_process_resident_memory_bytes', 'gauge', 'Resident memory.', [
      ['', process.memoryUsage.rss()],
    ]),
    ...metric('groovelake_degraded', 'gauge', 'Reasons for /health/ready to say "degraded".', byCode),
  ];
}

async function renderSnapshot({ findSnapshot, now }: MetricsParts): Promise<string[]> {
  const snapshot = findSnapshot();
  if (!snapshot) return [];
  const age = Math.max(0, (now() - Date.parse(snapshot.publishedAt)) / 1000);
  const rows = snapshot.relations.map(
    (relation) => [`{layer="${relation.layer}",relation="${relation.name}"}`, relation.rows] as const,
  );
  return [
    ...metric('groovelake_snapshot_age_seconds', 'gauge', 'Age of the served snapshot.', [['', age]]),
    ...metric('groovelake_relation_rows', 'gauge', 'Rows of each relation served.', rows),
  ];
}

async function renderRuns(runs: RunStore, now: number): Promise<string[]> {
  const counts = await runs.countRunsByStatus();
  const count = (pipeline: string, status: string) =>
    counts.find((each) => each.pipeline === pipeline && each.status === status)?.runs ?? 0;
  const byStatus = PIPELINES.flatMap((pipeline) =>
    RUN_STATUSES.map(
      (status) => [`{pipeline="${pipeline}",status="${status}"}`, count(pipeline, status)] as const,
    ),
  );
  const ends = await Promise.all(
    PIPELINES.map(async (pipeline) => {
      const last = await runs.findLastEnded(pipeline, { statuses: GOOD_ENDS, now });
      return last?.endedAt ? [[`{pipeline="${pipeline}"}`, last.endedAt / 1_000] as const] : [];
    }),
  );
  return [
    ...metric('groovelake_runs', 'gauge', 'Runs on record.', byStatus),
    ...metric(
      'groovelake_run_last_success_timestamp_seconds',
      'gauge',
      'When a pipeline last ended well.',
      ends.flat(),
    ),
  ];
}

async function renderSteps(runs: RunStore): Promise<string[]> {
  const last = await Promise.all(
    PIPELINES.map(async (pipeline) => {
      const history = await listStepHistory(runs, pipeline, 1);
      return history
        .filter(({ step }) => PIPELINE_STEPS[pipeline].steps.includes(step))
        .flatMap(({ step, times: [time] }) =>
          time ? [{ labels: `{pipeline="${pipeline}",step="${step}"}`, time }] : [],
        );
    }),
  );
  const steps = last.flat();
  return [
    ...metric(
      'groovelake_step_duration_seconds',
      'gauge',
      'How long a step took in the latest run that ended well.',
      steps.map(({ labels, time }) => [labels, time.ms / 1_000]),
    ),
    ...metric(
      'groovelake_step_rows_out',
      'gauge',
      'Rows a step wrote in that run.',
      steps.flatMap(({ labels, time }) => (time.rowsOut === null ? [] : [[labels, time.rowsOut]])),
    ),
  ];
}

async function renderSources({ runs, config, now }: MetricsParts): Promise<string[]> {
  const families = (await listSources(runs, config, now())).flatMap(({ name, families }) =>
    families.map((family) => ({ ...family, labels: `source="${name}",family="${family.name}"` })),
  );
  return [
    ...metric(
      'groovelake_source_requests_total',
      'counter',
      'Requests to a family of calls of a source.',
      families.map(({ labels, requests }) => [`{${labels}}`, requests]),
    ),
    ...metric(
      'groovelake_source_state',
      'gauge',
      '1 for the state a family is in.',
      families.map(({ labels, state }) => [`{${labels},state="${state}"}`, 1]),
    ),
  ];
}

async function renderDeliveries({ deliveries }: MetricsParts): Promise<string[]> {
  const byState = Object.entries(await deliveries()).map(([state, n]) => [`{state="${state}"}`, n] as const);
  return metric('groovelake_webhook_deliveries', 'gauge', 'Webhook deliveries on record by state.', byState);
}

function metric(name: string, type: 'counter' | 'gauge', help: string, values: Values): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}
