// Random operations: drawn from the schema, or drawn from known ones and damaged. Most are invalid somewhere; all are data to a server.
import {
  type FieldNode,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  print,
  visit,
} from 'graphql';
import type { Draw } from '../../fixtures/catalogue-model.ts';

export interface RandomOperation {
  readonly query: string;
  readonly variables?: unknown;
}

/** Values that have broken programs before. */
const NASTY: readonly unknown[] = [
  '',
  "'",
  '"',
  "' or 1=1 --",
  '%',
  '_',
  '\\',
  '../../etc/passwd',
  "read_text('/etc/passwd')",
  '\u0000',
  '\ud800',
  '💥'.repeat(40),
  'a'.repeat(5_000),
  '(a+)+$',
  '[',
  '(?<n',
  'NaN',
  '1e999',
  -1,
  0,
  1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e308,
  -0.0,
  0.1,
  true,
  false,
  null,
  [],
  {},
  [[[]]],
  { eq: { eq: 1 } },
  '2026-02-30T00:00:00Z',
  'W10',
  'eyJhIjoxfQ',
  '__proto__',
  'constructor',
];

export function createRandomOperations(
  schema: GraphQLSchema,
  corpus: readonly string[],
  draw: Draw,
): () => RandomOperation {
  const { next, whole, pick } = draw;
  const documents = corpus.map((text) => parse(text));

  const literal = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
    if (typeof value === 'object' && value !== null)
      return `{ ${Object.entries(value)
        .map(([name, inner]) => `${name}: ${literal(inner)}`)
        .join(', ')} }`;
    return JSON.stringify(value) ?? 'null';
  };

  const value = (type: GraphQLInputType, depth: number): string => {
    if (next() < 0.06) return literal(pick(NASTY));
    if (isNonNullType(type)) return value(type.ofType, depth);
    if (isListType(type))
      return `[${Array.from({ length: whole(3) }, () => value(type.ofType, depth)).join(', ')}]`;
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      if (depth <= 0) return '{}';
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || next() < 0.15,
      );
      return `{ ${fields.map((field) => `${field.name}: ${value(field.type, depth - 1)}`).join(', ')} }`;
    }
    switch (getNamedType(type).name) {
      case 'Int':
        return String(whole(120) - 5);
      case 'Long':
        return String(whole(2 ** 50));
      case 'Float':
        return String(Math.round((next() * 3 - 1) * 100) / 100);
      case 'Boolean':
        return String(next() < 0.5);
      default:
        return JSON.stringify(
          pick([
            'a',
            'blue',
            'Rush',
            't000000000000000000000',
            'r000000000000000000001',
            'x'.repeat(30),
            '2026-01-01T00:00:00Z',
          ]),
        );
    }
  };

  const selection = (type: GraphQLOutputType, depth: number): string => {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return '';
    if (isUnionType(named)) return `{ __typename ... on ${pick(named.getTypes()).name} { __typename } }`;
    const fields = isObjectType(named) ? Object.values(named.getFields()) : [];
    const usable = fields.filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    const chosen = Array.from({ length: 1 + whole(3) }, () => (usable.length ? pick(usable) : null)).filter(
      (field) => field !== null,
    );
    const texts = chosen.map((field, at) => {
      const args = field.args
        .filter((arg) => isNonNullType(arg.type) || next() < 0.4)
        .map((arg) => `${arg.name}: ${value(arg.type, 3)}`);
      const alias = next() < 0.3 ? `f${at}_${whole(99)}: ` : '';
      return `${alias}${field.name}${args.length ? `(${args.join(', ')})` : ''} ${selection(field.type, depth - 1)}`;
    });
    return `{ __typename ${texts.join(' ')} }`;
  };

  const fromSchema = (): RandomOperation => {
    const root = next() < 0.95 ? schema.getQueryType() : schema.getMutationType();
    return root
      ? { query: `${root.name === 'Query' ? 'query' : 'mutation'} ${selection(root, 2 + whole(3))}` }
      : { query: '{ __typename }' };
  };

  /** A known operation with fields doubled, dropped, moved or renamed, and values replaced. */
  const damaged = (): RandomOperation => {
    const document = visit(pick(documents), {
      Field: (node): FieldNode | null | undefined => {
        if (next() < 0.05) return null;
        if (next() < 0.03) return { ...node, name: { kind: Kind.NAME, value: `${node.name.value}x` } };
        return next() < 0.05 ? { ...node, alias: { kind: Kind.NAME, value: `a${whole(50)}` } } : undefined;
      },
      IntValue: (node) =>
        next() < 0.3 ? { ...node, value: String(pick([-1, 0, 1, 50, 101, 10 ** 6, 2 ** 31])) } : undefined,
      StringValue: (node) =>
        next() < 0.4 ? { ...node, value: String(pick(NASTY)), block: false } : undefined,
      EnumValue: (node) => (next() < 0.1 ? { ...node, value: 'NOPE' } : undefined),
    });
    return {
      query: print(document),
      variables:
        next() < 0.3
          ? pick(NASTY)
          : { term: pick(NASTY), where: pick(NASTY), first: pick(NASTY), id: pick(NASTY) },
    };
  };

  /** Text that is hardly GraphQL any more. */
  const torn = (): RandomOperation => {
    const text = next() < 0.5 ? fromSchema().query : pick(corpus);
    const at = whole(text.length);
    return {
      query:
        text.slice(0, at) +
        pick(['', '{', '}', '"', '#', '\u0000', '...', '$x', '@a', '((((']) +
        text.slice(at + whole(6)),
    };
  };

  return () => {
    const way = next();
    return way < 0.55 ? fromSchema() : way < 0.85 ? damaged() : torn();
  };
}
