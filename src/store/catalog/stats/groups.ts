// The groups of a statistics field: which there are, in which order, and how many rows each has. Their figures are read
// separately (aggregates.ts), all that a request selects in one statement.
import { InvalidInputError } from '../../../errors.ts';
import type { ColumnFigure } from '../../columns/column-query.ts';
import type { Catalog, SqlFragment } from '../catalog.ts';
import type { AlbumFilter, ArtistFilter, TrackFilter } from '../filter-types.ts';
import { type OrderTerm, toOrderBy } from '../order.ts';
import { type Connection, createConnection, type PageArgs, type PageLimits, planPage } from '../page.ts';
import { ALWAYS, allOf, fragment } from '../sql-fragment.ts';
import type { Aggregate } from './aggregates.ts';
import { toFigure } from './by-columns.ts';
import { endsOf, type FigureBounds, findColumnGroups } from './column-groups.ts';
import { checkDimensions, type Dimension, joinsOf } from './dimensions.ts';
import {
  checkStatistic,
  findMeasureUnits,
  type Measure,
  type MeasureUnits,
  type Statistic,
  statisticSql,
} from './measures.ts';
import type { Subject } from './subject.ts';

/** Label of the rows that have no value. */
export const NONE_LABEL = '(none)';

export interface StatCondition {
  readonly statistic: Statistic;
  readonly measure?: string | null | undefined;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
}

export interface StatOrder {
  readonly by: Statistic;
  readonly measure?: string | null | undefined;
  readonly direction?: 'ASC' | 'DESC' | null | undefined;
}

/** Which rows are grouped by what. Groups of equal plans share their statements. */
export interface StatsPlan {
  readonly subject: Subject;
  /** What the client asked for, and the same as SQL. */
  readonly where: StatsRequest['where'];
  readonly filter: SqlFragment;
  readonly dimensions: readonly { readonly name: string; readonly dimension: Dimension }[];
  /** What figures of its groups are asked of, too. */
  readonly catalog: Catalog;
}

/** One group; the null key stands for the rows that have no value. */
export interface StatsGroup {
  readonly plan: StatsPlan;
  /** Identifies the group within its plan: its keys as JSON. */
  readonly id: string;
  readonly keys: readonly (string | null)[];
  readonly labels: readonly (string | null)[];
  /** Figures that are known already, by aggregateKey. */
  readonly figures?: ReadonlyMap<string, number | null> | undefined;
}

export interface StatsRequest {
  readonly where?: TrackFilter | AlbumFilter | ArtistFilter | null | undefined;
  /** Which rows there are for `where` to choose from; all unless stated. */
  readonly within?: SqlFragment;
  readonly groupBy?: readonly string[] | null | undefined;
  readonly having?: readonly StatCondition[] | null | undefined;
  readonly orderBy?: readonly StatOrder[] | null | undefined;
  readonly page: PageArgs;
  /** Figures that will be asked of the groups, where that is known. */
  readonly figures?: readonly Aggregate[];
}

/** @throws InvalidInputError */
export function planStats(
  catalog: Catalog,
  subject: Subject,
  groupBy: readonly string[],
  where: StatsRequest['where'],
): StatsPlan {
  checkDimensions(groupBy);
  const dimensions = groupBy.map((name) => ({ name, dimension: subject.dimensions[name] as Dimension }));
  return { catalog, subject, where, filter: subject.compile(where), dimensions };
}

/**
 * The groups as a connection: most rows first, then by label, unless asked otherwise. Without groupBy one group of
 * everything, there even when no row passes.
 *
 * @throws InvalidInputError
 */
export function listGroups(
  catalog: Catalog,
  subject: Subject,
  request: StatsRequest,
  limits: PageLimits,
): Connection<StatsGroup> {
  const planned = planStats(catalog, subject, request.groupBy ?? [], request.where);
  const plan = { ...planned, filter: allOf([planned.filter, request.within ?? ALWAYS]) };
  const order = toTerms(subject, request.orderBy ?? []);
  const page = planPage(`${subject.name}Stats`, order.terms, request.page, limits);
  const having = toConditions(subject, request.having ?? []);
  const prepareGroups = async () =>
    selectGroups(plan, having, order, await findMeasureUnits(catalog, [...order.columns, ...having]));
  // The cursor may be of a snapshot whose sums and means are others, which must not bring the cursor's own group again.
  const within = allOf([page.within, ...endsOf(page).map((id) => fragment('g.id <> ?', id))]);
  // Asked once for the page and the total: one engine says both.
  let finding: ReturnType<typeof findColumnGroups> | undefined;
  const findInMemory = () => {
    finding ??= findColumnGroups(catalog, plan, having, order.columns, request.figures ?? []);
    return finding;
  };
  const selectPage = async () => {
    const groups = await prepareGroups();
    return catalog.all<GroupRow>(
      `select * from (${groups.sql}) g where ${within.sql} order by ${toOrderBy(page.terms)} limit ${page.limit}`,
      [...groups.params, ...within.params],
    );
  };
  return createConnection({
    page: async () => {
      const inMemory = await findInMemory();
      const rows = await (inMemory?.cutPage(page, order.terms) ?? selectPage());
      return page.toPage(rows, {
        node: ({ id, keys, labels, figures }) => ({
          plan,
          id,
          keys: keys ?? [],
          labels: labels ?? [],
          figures,
        }),
        place: (row) => page.terms.map((term) => row[term.sql.replace('g.', '')] as string | number | null),
      });
    },
    count: async () => {
      const inMemory = await findInMemory();
      if (inMemory) return inMemory.count;
      const groups = await prepareGroups();
      const [row] = await catalog.all<{ n: number }>(
        `select count(*) as n from (${groups.sql})`,
        groups.params,
      );
      return row?.n ?? 0;
    },
  });
}

/** SQL over the joined rows of a plan: from clause, keys, labels and the group's id. */
export function describePlan(
  plan: StatsPlan,
  measures: readonly Measure[],
): {
  from: string;
  keys: string;
  labels: string;
  id: string;
  groupBy: string;
} {
  const measureJoins = [...new Set(measures.flatMap((measure) => measure.join ?? []))].join('\n');
  const dimensions = plan.dimensions.map(({ dimension }) => dimension);
  const keys = `[${dimensions.map(({ key }) => `(${key})::varchar`).join(', ')}]::varchar[]`;
  return {
    from: `${plan.subject.from}\n${joinsOf(dimensions)}\n${measureJoins}`,
    keys,
    labels: `[${dimensions.map(({ label }) => `any_value((${label})::varchar)`).join(', ')}]::varchar[]`,
    id: `to_json(${keys})::varchar`,
    groupBy:
      dimensions.length === 0
        ? ''
        : `group by ${dimensions.map(({ key }) => `(${key})::varchar`).join(', ')}`,
  };
}

/** A group as it is listed: with the figures it is ordered by, s0 and so on. */
export interface GroupRow {
  readonly id: string;
  readonly keys: (string | null)[] | null;
  readonly labels: (string | null)[] | null;
  readonly label: string;
  readonly figures?: ReadonlyMap<string, number | null>;
  readonly [column: string]: unknown;
}

interface Order {
  readonly terms: readonly OrderTerm[];
  /** Statistics by the column of the groups they become. */
  readonly columns: readonly (GroupFigure & { readonly name: string })[];
}

interface GroupFigure {
  readonly statistic: Statistic;
  readonly measure: Measure | null;
  /** The same for columns in memory; null where they do not have it. */
  readonly figure: ColumnFigure | null;
}

type Condition = GroupFigure & FigureBounds;

const LABEL_AND_ID: readonly OrderTerm[] = [
  { field: 'LABEL', sql: 'g.label', type: 'text', direction: 'ASC', nulls: 'LAST' },
  { field: 'ID', sql: 'g.id', type: 'text', direction: 'ASC', nulls: 'LAST' },
];

/** Different terms of an order: each is a figure of every group, and a cursor compares it together with all that come before. */
const MAX_TERMS = 10;
/** Conditions of "having": each is a figure of every group. */
const MAX_CONDITIONS = 20;

/** A figure that is named again changes nothing and is left out. @throws InvalidInputError */
function toTerms(subject: Subject, orderBy: readonly StatOrder[]): Order {
  const asked = orderBy.length > 0 ? uniqueTerms(orderBy) : [BY_COUNT];
  const columns = asked.map(({ by, measure }, at) => ({
    name: `s${at}`,
    ...toGroupFigure(subject, by, measure, 'orderBy'),
  }));
  const terms = asked.map(
    (order, at): OrderTerm => ({
      field: `${order.by}.${order.measure ?? ''}`,
      sql: `g.s${at}`,
      type: 'number',
      direction: order.direction ?? 'ASC',
      nulls: 'LAST',
    }),
  );
  return { terms: [...terms, ...LABEL_AND_ID], columns };
}

const BY_COUNT: StatOrder = { by: 'COUNT', direction: 'DESC' };

function uniqueTerms(orderBy: readonly StatOrder[]): StatOrder[] {
  const terms = new Map<string, StatOrder>();
  for (const term of orderBy) {
    const figure = `${term.by}.${term.measure ?? ''}`;
    if (!terms.has(figure)) terms.set(figure, term);
  }
  checkLength(terms.size, MAX_TERMS, 'orderBy', 'different terms', 'Leave out the last ones.');
  return [...terms.values()];
}

/** @throws InvalidInputError */
function toConditions(subject: Subject, having: readonly StatCondition[]): Condition[] {
  checkLength(having.length, MAX_CONDITIONS, 'having', 'conditions', 'Leave some out.');
  return having.map((condition) => toCondition(subject, condition));
}

function checkLength(given: number, most: number, field: string, what: string, remedy: string): void {
  if (given <= most) return;
  throw new InvalidInputError(`"${field}" has ${given} ${what}; at most ${most} are expected. ${remedy}`, {
    field,
    given: `${given} ${what}`,
    expected: `at most ${most} ${what}`,
  });
}

function selectGroups(
  plan: StatsPlan,
  having: readonly Condition[],
  order: Order,
  units: MeasureUnits,
): SqlFragment {
  const measures = [...order.columns, ...having].flatMap(({ measure }) => measure ?? []);
  const { from, keys, labels, id, groupBy } = describePlan(plan, measures);
  const kept = allOf(having.map((condition) => toConditionSql(condition, units)));
  const ordered = order.columns
    .map(({ statistic, measure, name }) => `, ${statisticSql(statistic, measure, units)} as ${name}`)
    .join('');
  const anyKeys = plan.dimensions.length === 0 ? '[]::varchar[]' : keys;
  const anyId = plan.dimensions.length === 0 ? "'[]'" : id;
  return {
    sql: `select *, array_to_string(list_transform(labels, lambda x: coalesce(x, '${NONE_LABEL}')), ' / ') as label from (
        select ${anyId} as id, ${anyKeys} as keys, ${labels} as labels${ordered}
        from ${from} where ${plan.filter.sql} ${groupBy} having ${kept.sql})`,
    params: [...plan.filter.params, ...kept.params],
  };
}

const BOUNDS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

function toConditionSql({ statistic, measure, ...bounds }: Condition, units: MeasureUnits): SqlFragment {
  const sql = statisticSql(statistic, measure, units);
  return allOf(
    (Object.entries(BOUNDS) as [keyof typeof BOUNDS, string][]).flatMap(([bound, operator]) => {
      const value = bounds[bound];
      return value === null || value === undefined ? [] : [fragment(`${sql} ${operator} ?::double`, value)];
    }),
  );
}

/** @throws InvalidInputError */
function toCondition(subject: Subject, { statistic, measure, ...bounds }: StatCondition): Condition {
  const figure = toGroupFigure(subject, statistic, measure, 'having');
  const isBounded = Object.keys(BOUNDS).some(
    (bound) => (bounds[bound as keyof typeof BOUNDS] ?? null) !== null,
  );
  if (!isBounded) {
    throw new InvalidInputError(
      `A condition of "having" on ${statistic} has no bound; gt, gte, lt or lte is expected. Add one, or leave the condition out.`,
      { field: 'having', given: statistic, expected: 'gt, gte, lt or lte' },
    );
  }
  return { ...figure, ...bounds };
}

/** @throws InvalidInputError when a measure is missing */
function toGroupFigure(
  subject: Subject,
  statistic: Statistic,
  name: string | null | undefined,
  field: string,
): GroupFigure {
  const measure = name === null || name === undefined ? null : (subject.measures[name] ?? null);
  checkStatistic(statistic, measure, field);
  return { statistic, measure, figure: toFigure(statistic, measure) };
}
