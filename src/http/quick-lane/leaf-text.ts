// Values of scalars and enumerations as JSON text.
import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLLeafType,
  GraphQLString,
} from 'graphql';

export type LeafWriter = (value: unknown) => string;

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

/**
 * Writes values of a type as JSON.stringify would what the type makes of them; the usual ones without asking it.
 *
 * @throws whatever the type's own serialize throws, and for a value that it makes nothing of
 */
export function leafWriterOf(type: GraphQLLeafType): LeafWriter {
  const serialized = (value: unknown): string => {
    if (value instanceof Error) throw value;
    const text: string | undefined = JSON.stringify(type.serialize(value) ?? undefined);
    if (text === undefined) throw new TypeError(`${type.name} makes nothing of a value.`);
    return text;
  };
  switch (type) {
    case GraphQLString:
    case GraphQLID:
      return (value) => (typeof value === 'string' ? JSON.stringify(value) : serialized(value));
    case GraphQLInt:
      return (value) =>
        typeof value === 'number' && Number.isInteger(value) && value <= INT_MAX && value >= INT_MIN
          ? String(value)
          : serialized(value);
    case GraphQLFloat:
      return (value) =>
        typeof value === 'number' && Number.isFinite(value) ? String(value) : serialized(value);
    case GraphQLBoolean:
      return (value) => (typeof value === 'boolean' ? String(value) : serialized(value));
    default:
      return serialized;
  }
}
