// Pearson correlation and least-squares regression of two measures over the tracks, or an account's plays, that have both.
import { InvalidInputError } from '../../../errors.ts';
import type { Catalog, SqlFragment } from '../catalog.ts';
import type { TrackFilter } from '../filter-types.ts';
import { compileTrackFilter } from '../filters.ts';
import { type Measure, TRACK_MEASURES, type TrackMeasure } from './measures.ts';
import { TRACKS } from './subject.ts';

export interface Correlation {
  readonly x: TrackMeasure;
  readonly y: TrackMeasure;
  /** Rows with both values. */
  readonly n: number;
  /** -1..1; null below two tracks or when one measure is constant. */
  readonly pearson: number | null;
  /** Of the line y = slope x + intercept. */
  readonly slope: number | null;
  readonly intercept: number | null;
  readonly rSquared: number | null;
}

const MAX_MEASURES = 14;

/**
 * Correlations of all pairs (i < j) of the measures, in one statement.
 *
 * @throws InvalidInputError for fewer than two or repeated measures
 */
export async function correlate(
  catalog: Catalog,
  measures: readonly TrackMeasure[],
  where: TrackFilter | null | undefined,
): Promise<Correlation[]> {
  if (measures.length < 2 || measures.length > MAX_MEASURES || new Set(measures).size < measures.length) {
    throw new InvalidInputError(
      `"measures" is [${measures.join(', ')}]; two to ${MAX_MEASURES} different measures are expected. Change the list.`,
      {
        field: 'measures',
        given: measures.join(', '),
        expected: `two to ${MAX_MEASURES} different measures`,
      },
    );
  }
  const pairs = measures.flatMap((x, at) => measures.slice(at + 1).map((y) => ({ x, y })));
  const rows = await selectPairs(catalog, pairs, tracksWhere(where));
  return pairs.map(({ x, y }, at) => toCorrelation(x, y, rows, at));
}

/** Correlation of two measures; of a measure with itself too. */
export function correlatePair(
  catalog: Catalog,
  x: TrackMeasure,
  y: TrackMeasure,
  where: TrackFilter | null | undefined,
): Promise<Correlation> {
  return correlateRows(catalog, x, y, tracksWhere(where));
}

/** The same over other rows. */
export async function correlateRows(
  catalog: Catalog,
  x: TrackMeasure,
  y: TrackMeasure,
  rows: TrackRows,
): Promise<Correlation> {
  return toCorrelation(x, y, await selectPairs(catalog, [{ x, y }], rows), 0);
}

/** Rows with a track each, by the alias `t`. */
interface TrackRows {
  readonly from: string;
  readonly filter: SqlFragment;
}

function tracksWhere(where: TrackFilter | null | undefined): TrackRows {
  return { from: TRACKS.from, filter: compileTrackFilter(where) };
}

type Figures = Readonly<Record<string, number | null>>;

async function selectPairs(
  catalog: Catalog,
  pairs: readonly { x: TrackMeasure; y: TrackMeasure }[],
  { from, filter }: TrackRows,
): Promise<Figures> {
  const used: Measure[] = pairs.flatMap(({ x, y }) => [TRACK_MEASURES[x], TRACK_MEASURES[y]]);
  const joins = [...new Set(used.flatMap((measure) => measure.join ?? []))].join('\n');
  const columns = pairs.map(({ x, y }, at) => {
    const args = `(${TRACK_MEASURES[y].sql})::double, (${TRACK_MEASURES[x].sql})::double`;
    return `regr_count(${args}) as ${columnOf('n', at)}, corr(${args}) as ${columnOf('r', at)},
      regr_slope(${args}) as ${columnOf('slope', at)}, regr_intercept(${args}) as ${columnOf('intercept', at)},
      regr_r2(${args}) as ${columnOf('r2', at)}`;
  });
  const [row] = await catalog.all<Figures>(
    `select ${columns.join(', ')} from ${from} ${joins} where ${filter.sql}`,
    filter.params,
  );
  return row ?? {};
}

/** Figure and pair apart from each other: r2 of pair 0 is not r of pair 20. */
const columnOf = (figure: string, pair: number) => `${figure}_${pair}`;

function toCorrelation(x: TrackMeasure, y: TrackMeasure, row: Figures, at: number): Correlation {
  const read = (name: string) => {
    const value = row[columnOf(name, at)];
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const n = read('n') ?? 0;
  // A line through one point is no regression.
  const isLine = n >= 2 && read('slope') !== null;
  return {
    x,
    y,
    n,
    pearson: n >= 2 ? read('r') : null,
    slope: isLine ? read('slope') : null,
    intercept: isLine ? read('intercept') : null,
    rSquared: isLine ? read('r2') : null,
  };
}
