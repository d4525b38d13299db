import { describe, expect, it } from 'vitest';
import { labelSetOf, readLabelSet } from '../../src/recommend/label-set.ts';

describe('a label set', () => {
  it.each([1, 7, 8, 9, 64, 100])("of %i labels is read from the engine's bits", (size) => {
    const chosen = Array.from({ length: size }, (_, label) => label).filter((label) => label % 3 === 0);
    const bits = Array.from({ length: size }, (_, label) => (label % 3 === 0 ? '1' : '0')).join('');
    const bytes = Uint8Array.from(bits.padStart(Math.ceil(size / 8) * 8, '0').match(/.{8}/g) ?? [], (byte) =>
      Number.parseInt(byte, 2),
    );
    const set = readLabelSet(bytes, size);
    const visited: number[] = [];
    set.each(0, size, (label) => visited.push(label));
    expect(visited).toEqual(chosen);
    expect(set.count).toBe(chosen.length);
    expect([set.has(0), set.has(1)]).toEqual([true, false]);
    const same: number[] = [];
    labelSetOf(chosen, size).each(0, size, (label) => same.push(label));
    expect(same).toEqual(chosen);
  });

  it('of another size is refused', () => {
    expect(() => readLabelSet(new Uint8Array(2), 17)).toThrow(RangeError);
    expect(() => readLabelSet(new Uint8Array(2), 8)).toThrow(RangeError);
  });
});
