// Figures of groups: all that is asked of the groups of one plan is read by one statement, histograms by one more each.
import { InvalidInputError } from '../../../errors.ts';
import type { SqlValue } from '../../duckdb.ts';
import { real } from '../../exact-sums.ts';
import type { SqlFragment } from '../catalog.ts';
import { allOf, fragment, textList } from '../sql-fragment.ts';
import { findColumnAggregates } from './column-aggregates.ts';
import { describePlan, type StatsGroup, type StatsPlan } from './groups.ts';
import {
  findMeasureUnits,
  type Measure,
  type MeasureUnits,
  type Statistic,
  statisticSql,
} from './measures.ts';

/** One figure of a group. */
export type Aggregate =
  | { readonly kind: 'rows' }
  | { readonly kind: 'share' }
  | { readonly kind: 'missing'; readonly measure: string }
  | { readonly kind: 'statistic'; readonly statistic: Statistic; readonly measure: string }
  | { readonly kind: 'percentile'; readonly measure: string; readonly p: number }
  | { readonly kind: 'distinct'; readonly count: string };

/** Tells figures apart. */
export function aggregateKey(aggregate: Aggregate): string {
  switch (aggregate.kind) {
    case 'rows':
    case 'share':
      return aggregate.kind;
    case 'missing':
      return `missing ${aggregate.measure}`;
    case 'statistic':
      return `${aggregate.statistic} ${aggregate.measure}`;
    case 'percentile':
      return `${aggregate.p} ${aggregate.measure}`;
    case 'distinct':
      return `distinct ${aggregate.count}`;
  }
}

export interface HistogramRequest {
  readonly measure: string;
  readonly bins: number;
  /** Lower end of the first bin; the least value of the group unless stated. */
  readonly min: number | null;
  /** Upper end of the last bin; the greatest value of the group unless stated. */
  readonly max: number | null;
}

export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Figures of groups of one plan: [groups x aggregates]. A figure over no value is null, a count 0.
 *
 * No statement where columns in memory have them all; else one, plus one for each distinct count that needs a join of its own.
 */
export async function loadAggregates(
  plan: StatsPlan,
  groups: readonly StatsGroup[],
  aggregates: readonly Aggregate[],
): Promise<(number | null)[][]> {
  const isJoined = (aggregate: Aggregate) =>
    aggregate.kind === 'distinct' && plan.subject.counts[aggregate.count]?.join;
  const plain = aggregates.filter((aggregate) => !isJoined(aggregate));
  const joined = aggregates.filter(isJoined);
  const read = async (batch: readonly Aggregate[]) =>
    (await findColumnAggregates(plan, groups, batch)) ?? (await selectAggregates(plan, groups, batch));
  const tables = await Promise.all(
    [plain, ...joined.map((aggregate) => [aggregate])]
      .filter((batch) => batch.length > 0)
      .map(async (batch) => ({ batch, rows: await read(batch) })),
  );
  return groups.map((group) =>
    aggregates.map((aggregate) => {
      const table = tables.find(({ batch }) => batch.includes(aggregate));
      const value = table?.rows.get(group.id)?.[table.batch.indexOf(aggregate)];
      return value ?? (isCount(aggregate) ? 0 : null);
    }),
  );
}

/** Histograms of groups, one per group in their order; empty where the group has no value. @throws InvalidInputError */
export async function loadHistograms(
  plan: StatsPlan,
  groups: readonly StatsGroup[],
  request: HistogramRequest,
): Promise<HistogramBin[][]> {
  checkHistogram(request);
  const { bins, min, max } = request;
  const measure = measureOf(plan, request.measure);
  const { from, id } = describePlan(plan, [measure]);
  const groupId = plan.dimensions.length === 0 ? "'[]'" : id;
  const where = allOf([plan.filter, inGroups(plan, groups)]);
  const rows = await plan.catalog.all<{ id: string; bin: number; n: number; lo: number; hi: number }>(
    `with measured as (select ${groupId} as id, (${measure.sql})::double as v from ${from}
        where (${where.sql}) and ${measure.sql} is not null),
      bounds as (select id, coalesce(?::double, min(v)) as lo, coalesce(?::double, max(v)) as hi from measured group by id)
     select id, lo, hi, ${binSql(bins)} as bin, count(*) as n
     from (select id, lo, hi, v, least(floor((v - lo) / (hi - lo) * ${bins}), ${bins - 1})::integer as near
       from measured join bounds using (id) where v between lo and hi)
     group by all`,
    [...where.params, min, max],
  );
  const byGroup = Map.groupBy(rows, (row) => row.id);
  return groups.map((group) => toBins(byGroup.get(group.id) ?? [], bins));
}

/**
 * The bin of v between lo and hi: the last whose lower edge, as toBins says it, is not above v. Division finds it, as `near`, but for the
 * last digits (0.29 * 100 is 28.999...), so that it may be one off; more only where edges are nearly as close as doubles.
 */
function binSql(bins: number): string {
  const edge = (place: string) => `lo + (hi - lo) * (${place})::double / ${bins}`;
  return `case when hi = lo then 0
    when (hi - lo) / ${bins} < 1e-12 * greatest(abs(lo), abs(hi))
      then len(list_filter(range(1, ${bins}), lambda e: ${edge('e')} <= v))::integer
    when v < ${edge('near')} then near - 1
    when near < ${bins - 1} and v >= ${edge('near + 1')} then near + 1
    else near end`;
}

async function selectAggregates(
  plan: StatsPlan,
  groups: readonly StatsGroup[],
  aggregates: readonly Aggregate[],
): Promise<Map<string, (number | null)[]>> {
  const { catalog } = plan;
  const units = await findMeasureUnits(
    catalog,
    aggregates.flatMap((aggregate) =>
      aggregate.kind === 'statistic'
        ? [{ statistic: aggregate.statistic, measure: measureOf(plan, aggregate.measure) }]
        : [],
    ),
  );
  const columns = aggregates.map((aggregate) => toColumn(plan, aggregate, units));
  const measures = columns.flatMap(({ measure }) => measure ?? []);
  const joins = [...new Set(columns.flatMap(({ join }) => join ?? []))].join('\n');
  const { from, id, groupBy } = describePlan(plan, measures);
  const groupId = plan.dimensions.length === 0 ? "'[]'" : id;
  const where = allOf([plan.filter, inGroups(plan, groups)]);
  const rows = await catalog.all<Record<string, number | null> & { id: string }>(
    `select ${groupId} as id, ${columns.map(({ sql }, at) => `${sql.sql} as c${at}`).join(', ')}
     from ${from} ${joins} where ${where.sql} ${groupBy}`,
    [...columns.flatMap(({ sql }) => sql.params), ...where.params],
  );
  return new Map(rows.map((row) => [row.id, aggregates.map((_, at) => toNumber(row[`c${at}`]))]));
}

interface AggregateColumn {
  readonly sql: SqlFragment;
  readonly measure?: Measure;
  readonly join?: string;
}

function toColumn(plan: StatsPlan, aggregate: Aggregate, units: MeasureUnits): AggregateColumn {
  switch (aggregate.kind) {
    case 'rows':
      return { sql: fragment('count(*)') };
    case 'share': {
      const { subject, filter } = plan;
      return {
        sql: {
          sql: `count(*)::double / nullif((select count(*) from ${subject.from} where ${filter.sql}), 0)`,
          params: filter.params,
        },
      };
    }
    case 'missing': {
      const measure = measureOf(plan, aggregate.measure);
      return { sql: fragment(`count(*) - count(${measure.sql})`), measure };
    }
    case 'statistic': {
      const measure = measureOf(plan, aggregate.measure);
      return { sql: fragment(statisticSql(aggregate.statistic, measure, units)), measure };
    }
    case 'percentile': {
      const measure = measureOf(plan, aggregate.measure);
      return {
        sql: fragment(`quantile_cont((${measure.sql})::double, ${real(toQuantile(aggregate.p))})`),
        measure,
      };
    }
    case 'distinct': {
      const count = plan.subject.counts[aggregate.count];
      return { sql: fragment(count?.sql ?? '0'), ...(count?.join ? { join: count.join } : {}) };
    }
  }
}

/** p/100, which quantile_cont wants as a constant: a checked number is one. @throws InvalidInputError */
export function toQuantile(p: number): number {
  if (isPercent(p)) return p / 100;
  throw new InvalidInputError(`"p" is ${p}; a number from 0 to 100 is expected. The median is p: 50.`, {
    field: 'p',
    given: String(p),
    expected: 'a number from 0 to 100',
  });
}

export function isPercent(p: number): boolean {
  return Number.isFinite(p) && p >= 0 && p <= 100;
}

/** Rows of these groups only: each dimension by the keys that occur, so that a few groups of many cost little. */
function inGroups(plan: StatsPlan, groups: readonly StatsGroup[]): SqlFragment {
  return allOf(
    plan.dimensions.map(({ dimension }, at) => {
      const keys = [...new Set(groups.map((group) => group.keys[at] ?? null))];
      const given = keys.filter((key) => key !== null);
      const isNull = keys.length > given.length;
      const params: SqlValue[] = given.length > 0 ? [textList(given)] : [];
      const among = given.length > 0 ? `(${dimension.key})::varchar in (select unnest(?))` : 'false';
      return { sql: isNull ? `(${among} or (${dimension.key}) is null)` : among, params };
    }),
  );
}

function toBins(
  rows: readonly { bin: number; n: number; lo: number; hi: number }[],
  bins: number,
): HistogramBin[] {
  const [first] = rows;
  if (!first) return [];
  const { lo, hi } = first;
  if (lo === hi) return [{ from: lo, to: hi, count: rows.reduce((sum, row) => sum + row.n, 0) }];
  const counts = new Map(rows.map((row) => [row.bin, row.n]));
  const edge = (at: number) => (at === bins ? hi : lo + ((hi - lo) * at) / bins);
  return Array.from({ length: bins }, (_, at) => ({
    from: edge(at),
    to: edge(at + 1),
    count: counts.get(at) ?? 0,
  }));
}

function checkHistogram({ bins, min, max }: HistogramRequest): void {
  if (!Number.isInteger(bins) || bins < 1 || bins > 1_000) {
    throw new InvalidInputError(
      `"bins" is ${bins}; a whole number from 1 to 1000 is expected. Ask for fewer bins.`,
      {
        field: 'bins',
        given: String(bins),
        expected: 'a whole number from 1 to 1000',
      },
    );
  }
  if (min !== null && max !== null && min >= max) {
    throw new InvalidInputError(
      `"min" is ${min} and "max" is ${max}; min below max is expected. Swap them.`,
      {
        field: 'min',
        given: String(min),
        expected: 'a number below max',
      },
    );
  }
  // An end that is not given is a value of the data, of which none is near the end of the numbers.
  if (!Number.isFinite(((max ?? 0) - (min ?? 0)) * bins)) {
    throw new InvalidInputError(
      `"min" is ${min} and "max" is ${max}; ends are expected between which a number can say where ${bins} bins begin. Bring them closer.`,
      { field: 'min', given: String(min), expected: 'ends that are closer' },
    );
  }
}

function measureOf(plan: StatsPlan, name: string): Measure {
  return plan.subject.measures[name] as Measure;
}

function isCount(aggregate: Aggregate): boolean {
  return (
    aggregate.kind === 'rows' ||
    aggregate.kind === 'missing' ||
    aggregate.kind === 'distinct' ||
    aggregate.kind === 'share' ||
    (aggregate.kind === 'statistic' && aggregate.statistic === 'COUNT')
  );
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
