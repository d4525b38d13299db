import { describe, expect, it } from 'vitest';
import { cosineMeasure } from '../../src/recommend/distance.ts';

/** Something, nothing, and something that weights below leave nothing of. */
const VECTORS = [
  [0.6, 0.8],
  [0, 0],
  [1, 0],
];
const ROWS = { dim: 2, vectors: Float32Array.from(VECTORS.flat()), norms: new Float32Array(3).fill(1) };

describe('cosineMeasure(rows, query, weights)', () => {
  it.each([
    ['something', [0.6, 0.8], null, [0, 1, 0.4]],
    ['nothing', [0, 0], null, [1, 0, 1]],
    ['something', [0.6, 0.8], [0, 1], [0, 1, 1]],
    ['nothing', [0, 0], [0, 1], [1, 0, 0]],
    ['what weights leave nothing of', [1, 0], [0, 1], [1, 0, 0]],
  ])('has parts that add up to the distance from %s: %j, weights %j', (_what, query, weights, distances) => {
    const { distance, explain } = cosineMeasure(ROWS, query, weights);
    for (const [label, expected] of distances.entries()) {
      expect(distance(label)).toBeCloseTo(expected, 6);
      expect(explain(label).reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(expected, 6);
    }
  });
});
