import { describe, expect, it } from 'vitest';
import { createRowMemory } from '../../../src/store/serving/row-memory.ts';

describe('createRowMemory(max)', () => {
  it('reads a row once, and a missing one too', () => {
    const memory = createRowMemory(10);
    let reads = 0;
    const read = (value: object | null) => () => {
      reads += 1;
      return value;
    };
    const row = { id: 'a' };
    expect(memory.remember(['tracks', '*'], 'a', read(row))).toBe(row);
    expect(memory.remember(['tracks', '*'], 'a', read({}))).toBe(row);
    expect(memory.remember(['artists', '*'], 'a', read(null))).toBeNull();
    expect(memory.remember(['artists', '*'], 'a', read({}))).toBeNull();
    expect(reads).toBe(2);
  });

  it('keeps what is asked for again, forgets the rest, and never holds more than max', () => {
    const memory = createRowMemory(10);
    for (let at = 0; at < 100; at++) {
      memory.remember(['t', '*'], `${at}`, () => at);
      expect(memory.remember(['t', '*'], 'often', () => 'often')).toBe('often');
      expect(memory.count()).toBeLessThanOrEqual(10);
    }
    expect(memory.remember(['t', '*'], 'often', () => 'read anew')).toBe('often');
    expect(memory.remember(['t', '*'], '0', () => 'read anew')).toBe('read anew');
  });
});
