import { GraphQLScalarType, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/schema.ts';

function scalar(name: string): GraphQLScalarType {
  const type = buildSchema().getType(name);
  if (type instanceof GraphQLScalarType) return type;
  throw new Error(`${name} is no scalar`);
}

describe('DateTime', () => {
  it('prints milliseconds as ISO 8601 in UTC', () => {
    expect(scalar('DateTime').serialize(0)).toBe('1970-01-01T00:00:00.000Z');
  });

  it.each([
    ['2026-11-20T22:15:07Z', Date.UTC(2026, 10, 20, 22, 15, 7)],
    ['2026-11-20T22:15:07.125Z', Date.UTC(2026, 10, 20, 22, 15, 7, 125)],
    ['2026-11-20T22:15+02:00', Date.UTC(2026, 10, 20, 20, 15)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, ms) => {
    expect(scalar('DateTime').parseValue(text)).toBe(ms);
  });

  it.each([
    '2026-11-20',
    '2026-11-20T22:15:07',
    'yesterday',
    '',
    5,
    null,
    '2026-13-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
  ])('refuses %j', (text) => {
    expect(() => scalar('DateTime').parseValue(text)).toThrow(/is not an instant/);
  });
});

describe('PartialDate', () => {
  it('reads a year, a month or a day', () => {
    expect(['1997', '1997-05', '1997-05-20'].map((text) => scalar('PartialDate').parseValue(text))).toEqual([
      '1997',
      '1997-05',
      '1997-05-20',
    ]);
    expect(scalar('PartialDate').parseValue('2024-02-29')).toBe('2024-02-29');
  });

  it.each([
    '97',
    1997,
    '1997-13',
    '1997-00',
    '1997-02-29',
    '1997-5',
    '1997-05-20T00:00:00Z',
  ])('refuses %j', (value) => {
    expect(() => scalar('PartialDate').parseValue(value)).toThrow(/is not a partial date; 1997, 1997-05 or/);
  });
});

describe('Long', () => {
  it('takes and gives whole numbers up to 2^53 - 1', () => {
    for (const value of [0, -5, Number.MAX_SAFE_INTEGER]) {
      expect(scalar('Long').parseValue(value)).toBe(value);
      expect(scalar('Long').serialize(value)).toBe(value);
    }
    expect(scalar('Long').parseLiteral(parseValue('9007199254740991'))).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0.5, 2 ** 53, Number.NaN, '5', true, null])('refuses %j', (value) => {
    expect(() => scalar('Long').parseValue(value)).toThrow(/is not a Long/);
  });

  it.each(['9007199254740993', '1.5', '"5"', '5e3'])('refuses the literal %s', (literal) => {
    expect(() => scalar('Long').parseLiteral(parseValue(literal))).toThrow(/is not a Long/);
  });
});
