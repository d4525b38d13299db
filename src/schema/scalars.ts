// The scalars of the contract. What comes in is checked, what goes out is printed.
import { GraphQLError, Kind } from 'graphql';
import { parseInstant, toIso } from '../clock.ts';
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description:
    'An instant as ISO 8601 in UTC, e.g. 2026-11-20T22:15:07.000Z. Input may carry another offset.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: toIso,
  parseValue: parseDateTime,
});

builder.scalarType('PartialDate', {
  description: '1997, 1997-05 or 1997-05-20: as precise as the source knows it.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && /^\d{4}(-\d{2}(-\d{2})?)?$/.test(value) && isInCalendar(value))
      return value;
    throw new GraphQLError(
      `"${String(value)}" is not a partial date; 1997, 1997-05 or 1997-05-20 is expected.`,
    );
  },
});

builder.scalarType('Long', {
  description:
    'A whole number between -(2^53 - 1) and 2^53 - 1 as a JSON number, for counts that outgrow Int.',
  serialize: parseLong,
  parseValue: parseLong,
  parseLiteral: (node) => parseLong(node.kind === Kind.INT ? Number(node.value) : undefined),
});

builder.scalarType('JSON', {
  description: 'Any JSON value: object, list, text, number, boolean or null.',
  serialize: (value) => value,
});

function isInCalendar(date: string): boolean {
  return parseInstant(`${date}${'-01-01'.slice(date.length - 4)}T00:00:00Z`) !== null;
}

function parseDateTime(value: unknown): number {
  const ms = typeof value === 'string' ? parseInstant(value) : null;
  if (ms !== null) return ms;
  throw new GraphQLError(
    `"${String(value)}" is not an instant; ISO 8601 with an offset is expected, e.g. 2026-11-20T22:15:07Z.`,
  );
}

function parseLong(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError(`"${String(value)}" is not a Long; a whole number of at most 2^53 - 1 is expected.`);
}
