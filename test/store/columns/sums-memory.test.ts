import { describe, expect, it } from 'vitest';
import type { PreparedSums, SumsShape } from '../../../src/store/columns/prepared-sums.ts';
import { createSumsMemory } from '../../../src/store/columns/sums-memory.ts';

const shapeOf = (column: string, groupBy: string): SumsShape => ({
  key: `${column} by ${groupBy}`,
  column,
  groupBy: [groupBy],
  measured: [],
});
/** 400 bytes of order, 40 of counts. */
const sumsOf = (shape: SumsShape): PreparedSums => ({
  shape,
  order: { rows: new Int32Array(100), known: 100 },
  step: 10,
  groups: 1,
  counts: new Int32Array(10),
  measured: new Map(),
});
const ENERGY_BY_GENRE = shapeOf('energy', 'genre');
const ENERGY_BY_YEAR = shapeOf('energy', 'year');
const TEMPO_BY_GENRE = shapeOf('tempo', 'genre');

describe('createSumsMemory', () => {
  it('wants a shape prepared the second time it is asked for, and once', () => {
    const memory = createSumsMemory(10_000);
    expect([1, 2, 3].map(() => memory.isWanted(ENERGY_BY_GENRE))).toEqual([false, true, false]);
    memory.keep(ENERGY_BY_GENRE, null);
    expect(memory.find(ENERGY_BY_GENRE)).toBeNull();
    expect(memory.isWanted(ENERGY_BY_GENRE)).toBe(false);
  });

  it('keeps one order of rows for all that is prepared along it', () => {
    const memory = createSumsMemory(10_000);
    memory.keep(ENERGY_BY_GENRE, sumsOf(ENERGY_BY_GENRE));
    memory.keep(ENERGY_BY_YEAR, sumsOf(ENERGY_BY_YEAR));
    expect(memory.find(ENERGY_BY_YEAR)?.order).toBe(memory.find(ENERGY_BY_GENRE)?.order);
    expect(memory.bytes).toBe(400 + 2 * 40);
    expect(memory.findOrder('energy')).toBe(memory.find(ENERGY_BY_GENRE)?.order);
    expect(memory.findOrder('tempo')).toBeNull();
  });

  it('forgets what was not used for longest when it is full, which may be wanted again', () => {
    const memory = createSumsMemory(900);
    for (const shape of [ENERGY_BY_GENRE, ENERGY_BY_YEAR]) memory.keep(shape, sumsOf(shape));
    memory.find(ENERGY_BY_GENRE);
    memory.keep(TEMPO_BY_GENRE, sumsOf(TEMPO_BY_GENRE));
    expect(memory.find(ENERGY_BY_YEAR)).toBeNull();
    expect(memory.find(ENERGY_BY_GENRE)).not.toBeNull();
    expect(memory.find(TEMPO_BY_GENRE)).not.toBeNull();
    expect(memory.bytes).toBe(880);
    expect([1, 2].map(() => memory.isWanted(ENERGY_BY_YEAR))).toEqual([false, true]);
  });

  it('remembers 256 shapes at the most', () => {
    const memory = createSumsMemory(900);
    memory.isWanted(ENERGY_BY_GENRE);
    for (let at = 0; at < 256; at++) memory.isWanted(shapeOf('energy', String(at)));
    expect(memory.isWanted(ENERGY_BY_GENRE)).toBe(false);
  });
});
