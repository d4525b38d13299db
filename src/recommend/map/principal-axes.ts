// Principal component analysis of a few dimensions, to the last digit the same on every run.

export interface PrincipalAxis {
  /** Unit vector. */
  readonly direction: readonly number[];
  /** Share of the variance along it, 0..1; 0 when there is none. */
  readonly share: number;
}

/**
 * The principal axes of rows that are given by their covariance, most variance first, by Jacobi rotations
 * (https://en.wikipedia.org/wiki/Jacobi_eigenvalue_algorithm). Signs are left to the caller.
 *
 * @param covariance symmetric, [dim][dim]
 */
export function findPrincipalAxes(covariance: readonly (readonly number[])[]): PrincipalAxis[] {
  const dim = covariance.length;
  const a = covariance.map((row) => [...row]);
  const v = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < MOST_SWEEPS && measureRest(a) > 1e-20; sweep++) {
    for (let p = 0; p < dim; p++) for (let q = p + 1; q < dim; q++) rotate(a, v, p, q);
  }
  const total = a.reduce((sum, row, i) => sum + Math.max(0, row[i] ?? 0), 0);
  return a
    .map((row, i) => ({
      direction: v.map((line) => line[i] ?? 0),
      share: total > 0 ? Math.max(0, row[i] ?? 0) / total : 0,
    }))
    .sort((one, other) => other.share - one.share);
}

const MOST_SWEEPS = 60;

/** Means and covariance of rows, [n x dim]. */
export function measureCovariance(
  rows: Float64Array,
  dim: number,
): { mean: number[]; covariance: number[][] } {
  const n = rows.length / dim;
  const mean = new Array<number>(dim).fill(0);
  for (let at = 0; at < rows.length; at++) mean[at % dim] = (mean[at % dim] ?? 0) + (rows[at] as number) / n;
  const covariance = mean.map(() => new Array<number>(dim).fill(0));
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < dim; i++) {
      const deviation = (rows[row * dim + i] as number) - (mean[i] as number);
      const line = covariance[i] as number[];
      for (let j = i; j < dim; j++)
        line[j] =
          (line[j] as number) + (deviation * ((rows[row * dim + j] as number) - (mean[j] as number))) / n;
    }
  }
  for (let i = 0; i < dim; i++)
    for (let j = 0; j < i; j++) (covariance[i] as number[])[j] = covariance[j]?.[i] ?? 0;
  return { mean, covariance };
}

function measureRest(a: readonly (readonly number[])[]): number {
  return a.reduce(
    (sum, row, i) => sum + row.reduce((part, value, j) => part + (i === j ? 0 : value * value), 0),
    0,
  );
}

/** One rotation in the plane of p and q, after which a[p][q] is 0. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const apq = a[p]?.[q] ?? 0;
  if (Math.abs(apq) < 1e-300) return;
  const theta = ((a[q]?.[q] ?? 0) - (a[p]?.[p] ?? 0)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (const row of a) turn(row, p, q, c, s);
  const [rowP, rowQ] = [a[p] as number[], a[q] as number[]];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k] as number, rowQ[k] as number];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
  for (const row of v) turn(row, p, q, c, s);
}

function turn(row: number[], p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p] as number, row[q] as number];
  row[p] = c * x - s * y;
  row[q] = s * x + c * y;
}
