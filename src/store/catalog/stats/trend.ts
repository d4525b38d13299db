// Least squares over a series of evenly spaced periods. Pure arithmetic.

export interface TimelinePoint {
  /** 1990s, 1997 or 1997-05 */
  readonly period: string;
  readonly value: number | null;
  /** Value of the period before; null for the first, or where that has none. */
  readonly previous: number | null;
  readonly change: number | null;
  /** change / previous; null when previous is 0 or missing. 0.391 is +39.1 %. */
  readonly changeRate: number | null;
}

export interface Trend {
  /** Change per period. */
  readonly slope: number;
  /** Value of the line at the first period. */
  readonly intercept: number;
  /** 0..1; 1 for a series without variation. */
  readonly rSquared: number;
  /** Number of periods in the series; the forecast begins with the next. */
  readonly periods: number;
}

/** The least-squares line through the points that have a value, over their place in the series from 0; null below two. */
export function fitTrend(values: readonly (number | null)[]): Trend | null {
  const points = values.flatMap((y, x) => (y === null ? [] : [{ x, y }]));
  if (points.length < 2) return null;
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const sxx = sum(points.map(({ x }) => (x - meanX) ** 2));
  const sxy = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY)));
  const syy = sum(points.map(({ y }) => (y - meanY) ** 2));
  const slope = sxy / sxx;
  return {
    slope,
    intercept: meanY - slope * meanX,
    rSquared: syy === 0 ? 1 : sxy ** 2 / (sxx * syy),
    periods: values.length,
  };
}

/** Points with the change on the one before. */
export function toPoints(series: readonly { period: string; value: number | null }[]): TimelinePoint[] {
  return series.map(({ period, value }, at) => {
    const previous = series[at - 1]?.value ?? null;
    const change = value === null || previous === null ? null : value - previous;
    return {
      period,
      value,
      previous,
      change,
      changeRate: change === null || !previous ? null : change / previous,
    };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
