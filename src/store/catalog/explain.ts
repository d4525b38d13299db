// Seeing the work: which statements a request makes, for which field, with what estimate, and with or without running them.
import { AsyncLocalStorage } from 'node:async_hooks';
import { DuckDBListValue } from '@duckdb/node-api';
import type { Clock } from '../../clock.ts';
import type { SqlParams, SqlValue } from '../duckdb.ts';
import type { Catalog } from './catalog.ts';

/** run: statements are run and timed; plan: they are planned only, and every one answers with no rows. */
export type ExplainMode = 'run' | 'plan';

export interface ExplainedStatement {
  /** Path of the field whose resolver asked first, without places in lists: tracks.nodes.artists. */
  readonly field: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Rows the engine expects to come out; null where it says nothing. */
  readonly estimatedRows: number | null;
  /** Null where it was not run. */
  readonly milliseconds: number | null;
  readonly rows: number | null;
}

/** The field being resolved, for statements made on its behalf. */
const resolving = new AsyncLocalStorage<string>();

/** Calls `resolve` on behalf of a field. */
export function resolveAs<T>(field: string, resolve: () => T): T {
  return resolving.run(field, resolve);
}

/** The same catalogue, which adds each of its statements to `statements`. */
export function explainCatalog(
  catalog: Catalog,
  mode: ExplainMode,
  statements: ExplainedStatement[],
  clock: Clock,
): Catalog {
  return {
    ...catalog,
    // What is explained is answered by DuckDB alone: a look-up in the serving index, or a walk over columns, has no plan to show.
    serving: null,
    columns: null,
    all: async <T>(sql: string, params: SqlParams = []): Promise<T[]> => {
      const field = resolving.getStore() ?? '';
      const estimatedRows = await estimate(catalog, sql, params);
      const about = { field, sql: tidy(sql), parameters: params.map(toJson), estimatedRows };
      if (mode === 'plan') {
        statements.push({ ...about, milliseconds: null, rows: null });
        return [];
      }
      const started = clock.monotonic();
      const rows = await catalog.all<T>(sql, params);
      const milliseconds = Math.round((clock.monotonic() - started) * 100) / 100;
      statements.push({ ...about, milliseconds, rows: rows.length });
      return rows;
    },
  };
}

interface PlanNode {
  readonly name: string;
  readonly children?: readonly PlanNode[];
  readonly extra_info?: Readonly<Record<string, unknown>>;
}

/** https://duckdb.org/docs/stable/guides/meta/explain: the topmost operator that states how many rows it expects. */
async function estimate(catalog: Catalog, sql: string, params: SqlParams): Promise<number | null> {
  const [row] = await catalog.all<{ explain_value: string }>(`explain (format json) ${sql}`, params);
  const nodes = JSON.parse(row?.explain_value ?? '[]') as PlanNode[];
  for (
    let level: readonly PlanNode[] = nodes;
    level.length > 0;
    level = level.flatMap(({ children }) => children ?? [])
  ) {
    for (const { extra_info: info } of level) {
      const said = Number(info?.['Estimated Cardinality'] ?? Number.NaN);
      if (Number.isFinite(said)) return said;
    }
  }
  return null;
}

function tidy(sql: string): string {
  return sql.replace(/\s+/g, ' ').trim();
}

function toJson(value: SqlValue): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(toJson);
  return typeof value === 'bigint' ? Number(value) : value;
}
