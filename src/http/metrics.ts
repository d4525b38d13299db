// Prometheus metrics in text form, with bounded labels only.
import type { RunStore } from '../store/runs/run-store.ts';
import { PIPELINES } from '../store/runs/run-store.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';

export interface RequestCounters {
  /** Answers per status class: 2xx, 3xx, 4xx, 5xx. */
  readonly answers: Map<string, number>;
  inFlight: number;
}

export interface MetricsParts {
  readonly runs: RunStore;
  readonly findSnapshot: () => Manifest | null;
  readonly counters: RequestCounters;
  readonly statements: () => { started: number; active: number };
  readonly now: () => number;
}

/** Renders all metrics; times are seconds, sizes bytes. */
export async function renderMetrics(parts: MetricsParts): Promise<string> {
  const snapshot = parts.findSnapshot();
  const { started, active } = parts.statements();
  const lines = [
    ...metric('groovelake_http_responses_total', 'counter', 'Answers by status class.', [
      ...[...parts.counters.answers].sort().map(([status, n]) => [`{status="${status}"}`, n] as const),
    ]),
    ...metric('groovelake_http_requests_in_flight', 'gauge', 'Requests being answered.', [
      ['', parts.counters.inFlight],
    ]),
    ...metric('groovelake_statements_total', 'counter', 'Statements started on the served snapshot.', [
      ['', started],
    ]),
    ...metric('groovelake_statements_in_flight', 'gauge', 'Statements under way.', [['', active]]),
    ...metric('groovelake_process_resident_memory_bytes', 'gauge', 'Resident memory.', [
      ['', process.memoryUsage.rss()],
    ]),
  ];
  if (snapshot) {
    const age = Math.max(0, (parts.now() - Date.parse(snapshot.publishedAt)) / 1000);
    const rows = snapshot.relations.map(
      (relation) => [`{layer="${relation.layer}",relation="${relation.name}"}`, relation.rows] as const,
    );
    lines.push(
      ...metric('groovelake_snapshot_age_seconds', 'gauge', 'Age of the served snapshot.', [['', age]]),
      ...metric('groovelake_relation_rows', 'gauge', 'Rows of each relation served.', rows),
    );
  }
  lines.push(...metric('groovelake_runs', 'gauge', 'Runs on record.', await countRuns(parts.runs)));
  return `${lines.join('\n')}\n`;
}

async function countRuns(runs: RunStore): Promise<(readonly [string, number])[]> {
  const groups = PIPELINES.flatMap((pipeline) =>
    (
      [
        'SUCCEEDED',
        'PARTIAL',
        'SKIPPED',
        'FAILED',
        'CANCELLED',
        'CRASHED',
        'TIMED_OUT',
        'RUNNING',
        'QUEUED',
      ] as const
    ).map((status) => ({ pipeline, status })),
  );
  return Promise.all(
    groups.map(async ({ pipeline, status }) => {
      const n = await runs.countRuns({ pipelines: [pipeline], statuses: [status] });
      return [`{pipeline="${pipeline}",status="${status}"}`, n] as const;
    }),
  );
}

function metric(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  values: readonly (readonly [labels: string, value: number])[],
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...values.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}
