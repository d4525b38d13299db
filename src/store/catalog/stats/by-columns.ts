// The statistics that columns in memory can compute, and as what they are asked of them. What it does not know is null here and DuckDB's.
import type { ColumnAnswer, ColumnFigure, ColumnSource, RowTest } from '../../columns/column-query.ts';
import type { ColumnEngine } from '../../columns/open.ts';
import { MAX_SORTED_ROWS } from '../../columns/row-order.ts';
import type { Catalog } from '../catalog.ts';
import { TRACK_NUMBERS } from '../filter-numbers.ts';
import type { TrackFilter } from '../filter-types.ts';
import type { Given, NumberFilter } from '../predicates.ts';
import { type Dimension, TRACK_ALBUM, TRACK_DIMENSIONS } from './dimensions.ts';
import type { StatsPlan } from './groups.ts';
import { type Measure, type Statistic, TRACK_MEASURES } from './measures.ts';

const { GENRE } = TRACK_DIMENSIONS;
const MODE = 't.mode';
const IS_EXPLICIT = 't.is_explicit::integer';
const HAS_FEATURES = '(t.features_provider is not null)::integer';

/** What hangs on a row of gold.tracks and nothing else, and what of its album and its genres groups are made by. */
export const TRACK_COLUMNS: ColumnSource = {
  relation: 'gold.tracks',
  joins: TRACK_ALBUM,
  columns: [
    ...listNumbers().map((sql) => ({ name: sql, sql, kind: 'number' as const })),
    ...listDimensions().map(({ key }) => ({ name: key, sql: key, kind: 'text' as const })),
  ],
  lists: [
    {
      name: GENRE.key,
      sql: GENRE.key,
      join: 'join gold.track_genres dg on dg.track_id = t.track_id',
    },
  ],
};

/** More combinations of values than this are not counted in arrays. */
const MAX_GROUPS = 1 << 18;

/** What the columns say of all groups of a plan, by place: figures[at] are one figure of each. */
export interface PlanFigures extends ColumnAnswer {
  keysAt(place: number): (string | null)[];
  /** Null for a group that is not among them. */
  placeOf(keys: readonly (string | null)[]): number | null;
}

/** Asks the columns for figures of all groups of a plan, in no order; null where only DuckDB can say. */
export async function askColumns(
  { columns }: Catalog,
  plan: StatsPlan,
  figures: readonly (ColumnFigure | null)[],
): Promise<PlanFigures | null> {
  if (!columns || plan.subject.name !== 'track') return null;
  const known = figures.filter((figure) => figure !== null && canCompute(columns, figure));
  if (known.length < figures.length) return null;
  const groupBy = plan.dimensions.map(({ dimension }) => dimension.key);
  const groups = columns.countGroups(groupBy);
  const test = toTest(plan.where as Given<TrackFilter>);
  if (test === null || groups === null || groups > MAX_GROUPS) return null;
  const answer = await columns.ask({ test, groupBy, figures: known as ColumnFigure[] });
  return (
    answer && {
      ...answer,
      keysAt: (place) => columns.keysOf(groupBy, answer.groups[place] as number),
      placeOf: (keys) => findPlace(answer.groups, columns.numberOf(groupBy, keys)),
    }
  );
}

/** @param groups ascending */
function findPlace(groups: Int32Array, group: number | null): number | null {
  if (group === null) return null;
  let [low, high] = [0, groups.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((groups[middle] as number) < group) low = middle + 1;
    else high = middle;
  }
  return groups[low] === group ? low : null;
}

/** Whether the columns hold what a figure is of, few enough values for it, and give the same as DuckDB to the bit. */
export function canCompute(columns: ColumnEngine, figure: ColumnFigure): boolean {
  if (figure.figure === 'ROWS') return true;
  // They would not be sorted: DuckDB finds quantiles of so many.
  if (figure.figure === 'QUANTILE' && columns.rows > MAX_SORTED_ROWS) return false;
  return columns.has(figure.column) && columns.isExact(figure);
}

/** Null where the columns have no such figure. Without a measure: rows. */
export function toFigure(statistic: Statistic, measure: Measure | null): ColumnFigure | null {
  if (measure === null) return statistic === 'COUNT' ? { figure: 'ROWS' } : null;
  if (statistic === 'MEDIAN') return { figure: 'QUANTILE', column: measure.sql, share: 0.5 };
  return { figure: statistic, column: measure.sql };
}

type Part = (value: unknown) => RowTest | null;

/** What a filter asks of the columns; null for what they do not hold. */
function toTest(filter: Given<TrackFilter>): RowTest | null {
  return every(filter ?? {}, PARTS);
}

const PARTS: Readonly<Record<string, Part>> = {
  and: (value) => allOf((value as readonly TrackFilter[]).map(toTest)),
  or: (value) => anyOf((value as readonly TrackFilter[]).map(toTest)),
  not: (value) => {
    const part = toTest(value as TrackFilter);
    return part && { not: part };
  },
  ...Object.fromEntries(
    Object.entries(TRACK_NUMBERS).map(([field, column]): [string, Part] => [
      field,
      (value) => toNumberTest(value as NumberFilter, `t.${column}`),
    ]),
  ),
  mode: (value) => ({ column: MODE, is: '=', value: value === 'MAJOR' ? 1 : 0 }),
  isExplicit: (value) => ({ column: IS_EXPLICIT, is: '=', value: value ? 1 : 0 }),
  hasAudioFeatures: (value) => ({ column: HAS_FEATURES, is: '=', value: value ? 1 : 0 }),
};

function toNumberTest(filter: NumberFilter, column: string): RowTest | null {
  const compare =
    (is: '=' | '<>' | '>' | '>=' | '<' | '<='): Part =>
    (value) => ({ column, is, value: value as number });
  return every(filter, {
    eq: compare('='),
    ne: compare('<>'),
    gt: compare('>'),
    gte: compare('>='),
    lt: compare('<'),
    lte: compare('<='),
    between: (ends) => {
      const [low, high] = ends as [number, number];
      return allOf([compare('>=')(low), compare('<=')(high)]);
    },
    in: (values) => ({ column, oneOf: values as number[] }),
    isNull: (isNull) => ({ column, isNull: isNull as boolean }),
  });
}

/** Every key that is given must be known; all must hold. */
function every(given: object, parts: Readonly<Record<string, Part>>): RowTest | null {
  return allOf(
    Object.entries(given)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => parts[name]?.(value) ?? null),
  );
}

function allOf(parts: readonly (RowTest | null)[]): RowTest | null {
  const known = parts.filter((part) => part !== null);
  const [only] = known;
  if (known.length < parts.length) return null;
  return known.length === 1 && only ? only : { all: known };
}

function anyOf(parts: readonly (RowTest | null)[]): RowTest | null {
  const known = parts.filter((part) => part !== null);
  return known.length < parts.length ? null : { any: known };
}

function listNumbers(): string[] {
  const measures: Measure[] = Object.values(TRACK_MEASURES);
  return [
    ...new Set([
      ...measures.filter(({ join }) => join === undefined).map(({ sql }) => sql),
      ...Object.values(TRACK_NUMBERS).map((column) => `t.${column}`),
      MODE,
      IS_EXPLICIT,
      HAS_FEATURES,
    ]),
  ];
}

function listDimensions(): Dimension[] {
  const dimensions: Dimension[] = Object.values(TRACK_DIMENSIONS);
  return dimensions.filter(
    ({ join, entity, playlistColumns }) =>
      (join === undefined || join === TRACK_ALBUM) && entity === undefined && playlistColumns === undefined,
  );
}
