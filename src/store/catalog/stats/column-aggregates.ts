// Figures of groups as columns in memory give them.
import type { ColumnFigure } from '../../columns/column-query.ts';
import { type Aggregate, toQuantile } from './aggregates.ts';
import { askColumns, toFigure } from './by-columns.ts';
import type { StatsGroup, StatsPlan } from './groups.ts';
import type { Measure } from './measures.ts';

/** Figures of groups of a plan, by the group's id; null where only DuckDB can say. @throws InvalidInputError */
export async function findColumnAggregates(
  plan: StatsPlan,
  groups: readonly StatsGroup[],
  aggregates: readonly Aggregate[],
): Promise<Map<string, (number | null)[]> | null> {
  const figures = aggregates.map((aggregate) => toColumnFigure(plan, aggregate));
  const answer = await askColumns(plan.catalog, plan, figures);
  if (!answer) return null;
  return new Map(
    groups.flatMap(({ id, keys }) => {
      const at = answer.placeOf(keys);
      if (at === null) return [];
      return [
        [
          id,
          aggregates.map((aggregate, of) => toValue(aggregate, answer.figures[of]?.[at], answer.passed)),
        ] as const,
      ];
    }),
  );
}

/** Null where the columns have no such figure. @throws InvalidInputError for a percentile that is none */
export function toColumnFigure(plan: StatsPlan, aggregate: Aggregate): ColumnFigure | null {
  const measureOf = (name: string) => plan.subject.measures[name] as Measure;
  switch (aggregate.kind) {
    case 'rows':
    case 'share':
      return { figure: 'ROWS' };
    case 'missing':
      return { figure: 'MISSING', column: measureOf(aggregate.measure).sql };
    case 'statistic':
      return toFigure(aggregate.statistic, measureOf(aggregate.measure));
    case 'percentile': {
      const share = toQuantile(aggregate.p);
      return { figure: 'QUANTILE', column: measureOf(aggregate.measure).sql, share };
    }
    case 'distinct':
      return null;
  }
}

/** @param passed rows of all groups, each once */
export function toValue({ kind }: Aggregate, value: number | undefined, passed: number): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  if (kind !== 'share') return value;
  return passed === 0 ? null : value / passed;
}
