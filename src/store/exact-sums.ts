// Sums that do not hang on the order of the rows, nor on who adds them up. Numbers of music have decimals: 0.345 is 345 units of 1/1000, and
// whole numbers are added exactly. What is said of them (sum, mean, deviation) is rounded where it is divided, once in each engine.

/** The units that a column is counted in: every number of it is a whole number of 1/scale, and so many units of all rows fit into a double. */
export interface Units {
  readonly scale: number;
  /** The most units that one number has. */
  readonly largest: number;
  /** The most that all rows have together. */
  readonly total: number;
}

const SCALES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;
/** Half of what a double holds exactly: a row may be in a group more than once. */
const LARGEST_SUM = 2 ** 52;
/**
 * Up to here a sum of doubles with its losses carried on (Kahan, in any order and by any number of threads: off by 8 * 2^-53 of it at the
 * most) is nearer to the right number of units than to any other, so that rows need not be rounded one by one.
 */
const LARGEST_NEAR = 2 ** 48;
/** Up to here the square of a number of units is a bigint. */
const LARGEST_SQUARED = 2 ** 31;

/** The units of numbers, NaN passed over; null where they are too fine, or too large for so many rows. */
export function findUnits(values: Float64Array, rows: number): Units | null {
  let at = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    largest = Math.max(largest, Math.abs(value));
    for (; at < SCALES.length; at++) {
      const scale = SCALES[at] as number;
      if (Math.round(value * scale) / scale === value) break;
    }
    if (at === SCALES.length) return null;
  }
  return toUnits(at, largest, rows);
}

/** The same of columns of a relation, by a statement that looks at each different value once; in the order of the columns. */
export async function selectUnits(
  all: (sql: string) => Promise<{ place: number; at: number | null; largest: number | null; rows: number }[]>,
  from: string,
  columns: readonly string[],
): Promise<(Units | null)[]> {
  const steps = SCALES.map((scale, at) => `when round(v * ${real(scale)}) / ${real(scale)} = v then ${at}`);
  const found = await all(
    columns
      .map(
        (column, place) => `select ${place} as place, sum(n)::double as rows, max(abs(v)) as largest,
          max(case when v is null then 0 ${steps.join(' ')} else ${SCALES.length} end) as at
        from (select (${column})::double as v, count(*) as n from ${from} group by all)`,
      )
      .join(' union all '),
  );
  const byPlace = new Map(found.map((row) => [row.place, row]));
  return columns.map((_, place) => {
    const row = byPlace.get(place);
    return toUnits(row?.at ?? 0, row?.largest ?? 0, row?.rows ?? 0);
  });
}

function toUnits(at: number, largest: number, rows: number): Units | null {
  const scale = SCALES[at];
  if (scale === undefined) return null;
  const total = largest * scale * rows;
  return total <= LARGEST_SUM ? { scale, largest: Math.ceil(largest * scale), total } : null;
}

/**
 * What a column holds: whole numbers of 32 or of 64 bits, or units. Null: numbers that are too fine; they are added in the order of
 * their size, which is the same whatever order they lie in, and slow.
 */
export type Summed = 'INTEGER' | 'BIGINT' | Units | null;

/** SQL of the sum of a column over a group. @param value an expression */
export function sumSql(value: string, summed: Summed): string {
  if (summed === null) return `fsum(${value} order by ${value})`;
  if (typeof summed === 'string') return `sum(${value})::double`;
  return `${countUnits(value, summed)} / ${real(summed.scale)}`;
}

/** Of its mean. */
export function meanSql(value: string, summed: Summed): string {
  if (summed === null) return `favg(${value} order by ${value})`;
  if (typeof summed === 'string') return `sum(${value})::double / count(${value})`;
  return `${countUnits(value, summed)} / (${real(summed.scale)} * count(${value}))`;
}

/** A double, which is whole. */
function countUnits(value: string, { scale, total }: Units): string {
  return total <= LARGEST_NEAR
    ? `round(fsum(${value}) * ${real(scale)})`
    : `sum(round(${value} * ${real(scale)}))`;
}

/** A hugeint holds 1.7e38. */
const LARGEST_PRODUCT = 1.5e38;

/** Of its standard deviation: of the sample, null below two values. */
export function deviationSql(value: string, summed: Summed): string {
  if (summed === null) return `stddev_samp(${value} order by ${value})`;
  const units = typeof summed === 'string' ? value : `round(${value} * ${real(summed.scale)})`;
  const isSmall = typeof summed === 'string' ? summed === 'INTEGER' : summed.largest <= LARGEST_SQUARED;
  const whole = `(${units})::${isSmall ? 'bigint' : 'hugeint'}`;
  const n = `count(${value})`;
  const sum = typeof summed === 'string' ? `sum(${value})` : `${countUnits(value, summed)}::hugeint`;
  const squares = `sum(${whole} * ${whole})`;
  const exact = `(${n}::hugeint * ${squares} - ${sum} * ${sum})::double`;
  // A source may say any number of followers: beyond what a hugeint holds it is as exact as doubles are, and the same in any order.
  const rough = `greatest(0, ${n}::double * ${squares}::double - ${sum}::double * ${sum}::double)`;
  const spread = isSmall
    ? exact
    : `case when ${n}::double * ${squares}::double < ${real(LARGEST_PRODUCT)} then ${exact} else ${rough} end`;
  const scale = typeof summed === 'string' ? 1 : summed.scale;
  return `sqrt(${spread} / nullif(${n} * (${n} - 1), 0)::double) / ${real(scale)}`;
}

/** A literal that is a double from the beginning: with a point alone it would be a decimal first. */
export function real(value: number): string {
  const text = String(value);
  return text.includes('e') ? text : `${text}e0`;
}

/** Sums of squares of units by group: as they are while a double holds them exactly, else by the two halves of each number. */
export class SquareSums {
  readonly #isSplit: boolean;
  readonly #high: Float64Array;
  readonly #mixed: Float64Array;
  readonly #low: Float64Array;

  /** @param rows how many will be added at most */
  constructor(groups: number, { largest }: Units, rows: number) {
    this.#isSplit = largest ** 2 * rows > Number.MAX_SAFE_INTEGER;
    this.#high = new Float64Array(this.#isSplit ? groups : 0);
    this.#mixed = new Float64Array(this.#isSplit ? groups : 0);
    this.#low = new Float64Array(groups);
  }

  /** Whether so many squares of such units are added exactly. */
  static holds({ largest }: Units, rows: number): boolean {
    return largest <= LARGEST_SQUARED && rows <= 2 ** 25;
  }

  add(group: number, units: number): void {
    const high = this.#isSplit ? Math.round(units / HALF) : 0;
    const low = units - high * HALF;
    this.#low[group] = (this.#low[group] as number) + low * low;
    if (!this.#isSplit) return;
    this.#high[group] = (this.#high[group] as number) + high * high;
    this.#mixed[group] = (this.#mixed[group] as number) + high * low;
  }

  /**
   * n * sum(u * u) - sum(u)^2, which is n * (n - 1) times the variance, to the nearest double as DuckDB finds it.
   *
   * @param n how many units were added
   * @param sum of the units
   */
  spread(group: number, n: number, sum: number): number {
    const [high, mixed, low] = [this.#high[group] ?? 0, this.#mixed[group] ?? 0, this.#low[group] as number];
    const squares = high * HALF ** 2 + mixed * (2 * HALF) + low;
    if (n * squares <= Number.MAX_SAFE_INTEGER) return n * squares - sum * sum;
    const exact = BigInt(high) * BigInt(HALF ** 2) + BigInt(mixed) * BigInt(2 * HALF) + BigInt(low);
    return toDouble(BigInt(n) * exact - BigInt(sum) ** 2n);
  }
}

const HALF = 2 ** 15;

/** As DuckDB makes a double of a hugeint: of its two halves. */
function toDouble(value: bigint): number {
  return Number(BigInt.asUintN(64, value)) + Number(value >> 64n) * 2 ** 64;
}
