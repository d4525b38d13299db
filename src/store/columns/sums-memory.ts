// Which sums are prepared: those of shapes that were asked for twice, the ones used last, within a budget of bytes.
import type { ColumnName } from './column-query.ts';
import type { PreparedSums, SumsShape } from './prepared-sums.ts';
import type { RowOrder } from './row-order.ts';

export interface SumsMemory {
  find(shape: SumsShape): PreparedSums | null;
  /** Counts the question; true once for a shape that is asked for again and has not been prepared. */
  isWanted(shape: SumsShape): boolean;
  /** An order of rows that some prepared sums have. */
  findOrder(column: ColumnName): RowOrder | null;
  /** @param prepared null where it is not worth it */
  keep(shape: SumsShape, prepared: PreparedSums | null): void;
  readonly bytes: number;
}

/** Shapes that are remembered, prepared or not. */
const MAX_SHAPES = 256;

export function createSumsMemory(maxBytes: number): SumsMemory {
  // In the order of use. Without sums: "asked" once, or "settled": being prepared, or not worth it.
  const known = new Map<string, PreparedSums | 'asked' | 'settled'>();
  const listPrepared = () => [...known.values()].filter((entry) => typeof entry === 'object');
  const use = (key: string, entry: PreparedSums | 'asked' | 'settled') => {
    known.delete(key);
    known.set(key, entry);
  };
  const findOrder = (column: ColumnName) =>
    listPrepared().find(({ shape }) => shape.column === column)?.order ?? null;
  const count = () => {
    const arrays = listPrepared().flatMap(({ order, counts, measured }) => [
      order.rows,
      counts,
      ...[...measured.values()].flatMap(({ units, counts: known }) => (known ? [units, known] : [units])),
    ]);
    // An order that several have counts once.
    return [...new Set(arrays)].reduce((sum, { byteLength }) => sum + byteLength, 0);
  };

  return {
    find: ({ key }) => {
      const entry = known.get(key);
      if (typeof entry !== 'object') return null;
      use(key, entry);
      return entry;
    },
    isWanted: ({ key }) => {
      const entry = known.get(key);
      use(key, entry === undefined ? 'asked' : 'settled');
      for (const [oldest] of known) {
        if (known.size <= MAX_SHAPES) break;
        known.delete(oldest);
      }
      return entry === 'asked';
    },
    findOrder,
    keep: ({ key, column }, prepared) => {
      // The same rows came in an array of its own.
      const order = findOrder(column) ?? prepared?.order;
      use(key, prepared && order ? { ...prepared, order } : 'settled');
      for (const [oldest, entry] of known) {
        if (count() <= maxBytes) break;
        if (typeof entry === 'object') known.delete(oldest);
      }
    },
    get bytes() {
      return count();
    },
  };
}
