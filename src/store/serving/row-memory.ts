// Rows that were read lately. Rows of a snapshot never change, and a few artists and albums hang on most of what is asked.

export interface RowMemory {
  /** What was remembered under the kind and the id, or what `read` gives, which is remembered then. */
  remember<T>(kind: Kind, id: string, read: () => T): T;
  /** How many are remembered. */
  count(): number;
}

/** Whose rows, and which of their columns. Two texts, so that they need not be put together for every row. */
export type Kind = readonly [of: string, columns: string];

/** Ids are as long as a client makes them; those of sources are not. */
const MAX_ID_LENGTH = 200;

/** @param max rows or short lists of them; about 0.7 kB each */
export function createRowMemory(max: number): RowMemory {
  // Two generations: when the young one is full it becomes the old one, and what was not asked for since then is forgotten.
  let young = new Generation();
  let old = new Generation();
  return {
    count: () => young.size + old.size,
    remember: <T>(kind: Kind, id: string, read: () => T): T => {
      const known = young.rowsOf(kind).get(id);
      if (known !== undefined) return known as T;
      const found = old.rowsOf(kind).get(id) ?? read();
      if (id.length > MAX_ID_LENGTH) return found as T;
      if (young.size >= max / 2) {
        old = young;
        young = new Generation();
      }
      young.keep(kind, id, found);
      return found as T;
    },
  };
}

class Generation {
  readonly #rows = new Map<string, Map<string, Map<string, unknown>>>();
  size = 0;

  rowsOf([of, columns]: Kind): Map<string, unknown> {
    let byColumns = this.#rows.get(of);
    if (!byColumns) {
      byColumns = new Map();
      this.#rows.set(of, byColumns);
    }
    let rows = byColumns.get(columns);
    if (!rows) {
      rows = new Map();
      byColumns.set(columns, rows);
    }
    return rows;
  }

  keep(kind: Kind, id: string, found: unknown): void {
    this.rowsOf(kind).set(copy(id), found);
    this.size += 1;
  }
}

/** A text of its own: one that was cut out of a document keeps the whole of it. */
function copy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
