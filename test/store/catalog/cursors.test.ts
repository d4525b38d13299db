import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, writeCursor } from '../../../src/store/catalog/cursors.ts';

const about = {
  field: 'after' as const,
  order: 'tracks TEMPO NAME ID',
  types: ['number', 'text', 'text'] as const,
  sameAs: 'orderBy',
};

describe('readCursor', () => {
  it('gives back what writeCursor was given, to the last bit', () => {
    const value = fc.tuple(
      fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.option(fc.string()),
      fc.string(),
    );
    fc.assert(
      fc.property(value, (values) => {
        const read = readCursor(writeCursor(about.order, values), about);
        expect(read).toEqual(values.map((v) => (Object.is(v, -0) ? 0 : v)));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('takes no text that is not a cursor, and says which argument it was', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => readCursor(text, about)).toThrow(expect.objectContaining({ field: 'after' }));
      }),
      { seed: 2, numRuns: 200 },
    );
  });

  it('shortens a long one in the message', () => {
    expect(() => readCursor('x'.repeat(10_000), about)).toThrow(/"x{60}\.\.\."/);
  });
});
