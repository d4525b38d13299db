import { describe, expect, it } from 'vitest';
import { hashCanonical, printCanonical } from '../../../src/store/runs/canonical.ts';

describe('printCanonical(value)', () => {
  it('gives equal values one text, whatever the order of their keys', () => {
    expect(printCanonical({ b: [1, { d: null, c: 'x' }], a: true })).toBe(
      '{"a":true,"b":[1,{"c":"x","d":null}]}',
    );
    expect(hashCanonical({ a: 1, b: 2 })).toBe(hashCanonical({ b: 2, a: 1 }));
  });

  it('tells the order of a list, and leaves out what is undefined', () => {
    expect(printCanonical([2, 1])).not.toBe(printCanonical([1, 2]));
    expect(printCanonical({ a: undefined })).toBe('{}');
    expect(printCanonical(undefined)).toBe('null');
  });
});
