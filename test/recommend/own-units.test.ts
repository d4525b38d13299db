import { describe, expect, it } from 'vitest';
import { type FeatureRows, sampleLabels } from '../../src/recommend/own-units.ts';

describe('sampleLabels', () => {
  const sample = (vectors: number) => sampleLabels({ facts: { vectors } } as FeatureRows);

  it('takes all of few tracks', () => {
    expect(sample(0)).toEqual([]);
    expect(sample(3)).toEqual([0, 1, 2]);
    expect(sample(10_000)).toHaveLength(10_000);
  });

  it.each([10_001, 19_999, 1_000_000])('takes at most ten thousand of %i, spread over all', (count) => {
    const labels = sample(count);
    expect(labels.length).toBeGreaterThan(4_000);
    expect(labels.length).toBeLessThanOrEqual(10_000);
    expect(labels.at(-1)).toBeGreaterThanOrEqual(count - 200);
    expect(labels.at(-1)).toBeLessThan(count);
  });
});
