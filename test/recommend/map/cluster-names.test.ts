import { describe, expect, it } from 'vitest';
import { nameClusters } from '../../../src/recommend/map/cluster-names.ts';
import { FEATURE_ORDER } from '../../../src/recommend/recipe.ts';

describe('nameClusters', () => {
  const center = (known: Record<string, number>) => FEATURE_ORDER.map((name) => known[name] ?? 0);

  it('names the strongest features, and more of them where two would be called the same', () => {
    expect(
      nameClusters([center({ energy: 2, valence: -1 }), center({ acousticness: 1, energy: -3 })]),
    ).toEqual(['energetic, dark', 'calm, acoustic']);
    expect(
      nameClusters([
        center({ energy: 2, valence: 1, tempo: 0.5 }),
        center({ energy: 2, valence: 1, tempo: -0.5 }),
      ]),
    ).toEqual(['energetic, cheerful, fast', 'energetic, cheerful, slow']);
  });
});
