import { describe, expect, it } from 'vitest';
import { grow } from '../../src/recommend/grow.ts';

describe('grow', () => {
  it('gives an array of the same kind that begins with the same numbers', () => {
    expect(grow(Float64Array.of(1.5, Number.NaN))).toEqual(Float64Array.of(1.5, Number.NaN, 0, 0));
    expect(grow(Int32Array.of(-1))).toEqual(Int32Array.of(-1, 0));
  });

  it('makes it as long as is needed', () => {
    expect(grow(Uint8Array.of(7), 5)).toEqual(Uint8Array.of(7, 0, 0, 0, 0));
  });
});
