import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

  it('keeps nothing under an id that is longer than ids are', () => {
    const memory = createRowMemory(10);
    for (const length of [200, 201, 100_000]) memory.remember(['t', '*'], 'x'.repeat(length), () => null);
    expect(memory.count()).toBe(1);
    expect(memory.remember(['t', '*'], 'x'.repeat(201), () => 'read anew')).toBe('read anew');
  });

  it('keeps an id, not the document that it was cut out of', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const memory = createRowMemory(1_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 400; at++) {
      const document = `{ track(id: "an-id-of-some-length-${at}") } ${'x'.repeat(100_000)}`;
      memory.remember(['t', '*'], document.slice(13, 40), () => null);
    }
    collect();
    expect(memory.count()).toBe(400);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  });
});
