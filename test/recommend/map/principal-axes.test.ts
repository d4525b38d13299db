import { describe, expect, it } from 'vitest';
import { findPrincipalAxes, measureCovariance } from '../../../src/recommend/map/principal-axes.ts';

describe('findPrincipalAxes', () => {
  it('finds the axes of a matrix whose axes are known on paper', () => {
    const [first, second] = findPrincipalAxes([
      [2, 1],
      [1, 2],
    ]);
    expect([first?.share, second?.share]).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)]);
    expect(Math.abs(first?.direction[0] ?? 0)).toBeCloseTo(Math.SQRT1_2, 12);
    expect((first?.direction[0] ?? 0) * (first?.direction[1] ?? 0)).toBeCloseTo(0.5, 12);
  });

  it('finds axes that the covariance only stretches, in ten dimensions', () => {
    const dim = 10;
    const rows = Float64Array.from(
      { length: 400 * dim },
      (_, at) => Math.sin(at * 1.7) * (1 + (at % dim)) + Math.cos(at / 9),
    );
    const { covariance } = measureCovariance(rows, dim);
    const trace = covariance.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
    for (const { direction, share } of findPrincipalAxes(covariance)) {
      const image = covariance.map((row) =>
        row.reduce((sum, value, j) => sum + value * (direction[j] ?? 0), 0),
      );
      for (const [i, value] of image.entries())
        expect(value).toBeCloseTo(share * trace * (direction[i] ?? 0), 8);
    }
  });

  it('gives nothing a share of no variance', () => {
    expect(
      findPrincipalAxes([
        [0, 0],
        [0, 0],
      ]).map(({ share }) => share),
    ).toEqual([0, 0]);
  });
});
