// A bound on popularity, which leads the default orders of tracks, artists and albums, tells between which ranks the rows that pass lie.
import type { EntityName } from '../serving/layout.ts';
import type { ServingIndex } from '../serving/serving-index.ts';
import type { NumberFilter } from './predicates.ts';

/** Whole numbers that a popularity lies between, both ends included; empty where least is above most. A row without one has MISSING. */
export interface PopularityRange {
  readonly least: number;
  readonly most: number;
}

/** Below every number, as rows without a popularity come last. */
const MISSING = Number.NEGATIVE_INFINITY;
const LOWEST = Number.MIN_SAFE_INTEGER;
const HIGHEST = Number.POSITIVE_INFINITY;

const COMPARISONS: {
  readonly [K in keyof NumberFilter]-?: (value: NonNullable<NumberFilter[K]>) => PopularityRange;
} = {
  eq: (value) => ({ least: value, most: value }),
  ne: () => ({ least: LOWEST, most: HIGHEST }),
  gt: (value) => ({ least: Math.floor(value) + 1, most: HIGHEST }),
  gte: (value) => ({ least: value, most: HIGHEST }),
  lt: (value) => ({ least: LOWEST, most: Math.ceil(value) - 1 }),
  lte: (value) => ({ least: LOWEST, most: value }),
  between: ([least = LOWEST, most = HIGHEST]) => ({ least, most }),
  in: (values) => ({ least: Math.min(...values), most: Math.max(...values) }),
  isNull: (wanted) => (wanted ? { least: MISSING, most: MISSING } : { least: LOWEST, most: HIGHEST }),
};

/** The range that every row which passes lies in, and perhaps others. */
export function toPopularityRange(filter: NumberFilter): PopularityRange {
  const ranges = Object.entries(filter)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => COMPARISONS[name as keyof NumberFilter](value as never));
  return meet(ranges);
}

/** What all ranges share; of none of them, every row. */
export function meet(ranges: readonly PopularityRange[]): PopularityRange {
  return {
    least: Math.max(MISSING, ...ranges.map(({ least }) => least)),
    most: Math.min(HIGHEST, ...ranges.map(({ most }) => most)),
  };
}

/**
 * Finds the ranks just before and just after the rows of a range, by halving: some twenty look-ups for each end at a million rows,
 * made once, as the index remembers them.
 *
 * @returns ranks of the entity; 0 and one more than there are where the range is open, so that none lies outside
 */
export function findRanks(
  index: ServingIndex,
  entity: EntityName,
  { least, most }: PopularityRange,
): { after: number; before: number } {
  const size = index.count(entity);
  /** The last rank whose popularity is one of those that come first, or 0. */
  const findLast = (isFirst: (popularity: number) => boolean): number => {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (isFirst(index.findPopularity(entity, middle) ?? MISSING)) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    after: most === HIGHEST ? 0 : findLast((popularity) => popularity > most),
    before: least === MISSING ? size + 1 : findLast((popularity) => popularity >= least) + 1,
  };
}
