import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countFields, MOST } from '../../../src/http/limits/count-fields.ts';
import { findOperation, type NamedOperation } from '../../../src/http/limits/limits.ts';

const count = (text: string) => {
  const { operation, fragments } = findOperation(parse(text), null) as NamedOperation;
  return countFields(operation, fragments);
};

describe('countFields', () => {
  it('counts fields with fragments spread, as often as they are', () => {
    expect(count('{ a { b ...F } ... { c ...F } } fragment F on T { d e { f } }')).toBe(3 + 2 * 3);
    expect(count('{ a { __typename } __schema { types { name } } }')).toBe(3);
  });

  it('is linear in the text, and a number whatever fans out', () => {
    const fan = (depth: number) =>
      `{ ...f0 } ${Array.from({ length: depth }, (_, at) => `fragment f${at} on T { ...f${at + 1} ...f${at + 1} }`).join(' ')} fragment f${depth} on T { id }`;
    expect(count(fan(30))).toBe(2 ** 30);
    expect(count(fan(200))).toBe(MOST);
    expect(count('{ ...a } fragment a on T { x ...b } fragment b on T { ...a }')).toBe(MOST);
  });
});
