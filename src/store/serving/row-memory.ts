// Rows that were read lately. Rows of a snapshot never change, and a few artists and albums hang on most of what is asked.

export interface RowMemory {
  /** What was remembered under the kind and the id, or what `read` gives, which is remembered then. */
  remember<T>(kind: string, id: string, read: () => T): T;
  /** How many are remembered. */
  count(): number;
}

/** @param max rows or short lists of them; about 0.7 kB each */
export function createRowMemory(max: number): RowMemory {
  // Two generations: when the young one is full it becomes the old one, and what was not asked for since then is forgotten.
  let young = new Map<string, unknown>();
  let old = new Map<string, unknown>();
  return {
    count: () => young.size + old.size,
    remember: <T>(kind: string, id: string, read: () => T): T => {
      const key = `${kind} ${id}`;
      let found = young.get(key);
      if (found !== undefined) return found as T;
      found = old.get(key) ?? read();
      if (young.size >= max / 2) {
        old = young;
        young = new Map();
      }
      young.set(key, found);
      return found as T;
    },
  };
}
