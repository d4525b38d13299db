// What filters leave of a snapshot, kept while it is served: a snapshot never changes, so neither does the answer.
import type { LabelSet } from './label-set.ts';

export interface LabelCache {
  /** The set under a key, or what `load` gives, which is kept. A failure is not. */
  get(key: string, load: () => Promise<LabelSet>): Promise<LabelSet>;
}

/** Keeps the `most` sets used last. */
export function createLabelCache(most: number): LabelCache {
  const kept = new Map<string, LabelSet>();
  return {
    get: async (key, load) => {
      const found = kept.get(key) ?? (await load());
      kept.delete(key);
      kept.set(key, found);
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) kept.delete(oldest);
      return found;
    },
  };
}
