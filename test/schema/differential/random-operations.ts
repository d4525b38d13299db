// Queries drawn from the schema: valid against it, while what they ask for may not be there or may fail.
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import { SNAPSHOT_FIELDS } from '../../../src/schema/snapshot-only.ts';
import type { Draw } from '../../fixtures/catalogue-model.ts';

/** Types that lead out of the snapshot. */
const OUTSIDE = new Set(['Provenance', 'Run', 'Snapshot', 'SimilarityIndex']);
const DEEPEST = 6;

/** @param names values of text arguments by their name, some of which name nothing */
export function createRandomOperations(
  schema: GraphQLSchema,
  { next, pick, whole }: Draw,
  names: Readonly<Record<string, readonly string[]>>,
): () => string {
  const value = (type: GraphQLInputType, name: string): string | null => {
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const item = value(nullable.ofType, name);
      return item === null ? null : `[${item}]`;
    }
    if (isEnumType(nullable)) return pick(nullable.getValues()).name;
    const given = names[name];
    if (given) return JSON.stringify(pick(given));
    // Sometimes one that is refused.
    return String(nullable) === 'Int' ? String(whole(12)) : null;
  };
  const args = (all: readonly GraphQLArgument[]): string | null => {
    const given: string[] = [];
    for (const argument of all) {
      if (!isRequiredArgument(argument) && next() < 0.6) continue;
      const drawn = value(argument.type, argument.name);
      if (drawn !== null) given.push(`${argument.name}: ${drawn}`);
      else if (isRequiredArgument(argument)) return null;
    }
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  };
  let aliases = 0;
  const selection = (
    type: GraphQLObjectType,
    depth: number,
    { only, isMember = false }: { only?: ReadonlySet<string>; isMember?: boolean } = {},
  ): string => {
    const fields = Object.values(type.getFields()).filter(({ name }) => !only || only.has(name));
    const wanted = only ? whole(2) + 1 : whole(4) + 1;
    const parts = new Map<string, string>();
    for (let tries = 0; tries < 12 && parts.size < wanted; tries++) {
      const field = pick(fields);
      const target = getNamedType(field.type);
      const given = args(field.args);
      if (OUTSIDE.has(target.name) || given === null) continue;
      const isObject = isObjectType(target) || isUnionType(target);
      if (isObject && depth === DEEPEST) continue;
      // A name in the answer stands for one thing only, whichever member of a union it is of.
      const isNamed = isMember || given !== '' || next() < 0.2;
      const key = isNamed ? `x${aliases++}: ${field.name}` : field.name;
      const inner = isUnionType(target)
        ? ` { __typename ${target
            .getTypes()
            .map((member) => `... on ${member.name} ${selection(member, depth + 1, { isMember: true })}`)
            .join(' ')} }`
        : isObjectType(target)
          ? ` ${selection(target, depth + 1, { isMember })}`
          : '';
      const condition =
        next() < 0.05 ? ` @${pick(['skip', 'include'])}(if: ${pick(['$yes', '$no', 'true'])})` : '';
      parts.set(key, `${key}${given}${condition}${inner}`);
    }
    return `{ __typename ${[...parts.values()].join(' ')} }`;
  };
  const root = schema.getQueryType() as GraphQLObjectType;
  return () => `query ($yes: Boolean = true, $no: Boolean = false) {
    yes: __typename @include(if: $yes) no: __typename @skip(if: $no) ... ${selection(root, 0, { only: SNAPSHOT_FIELDS })} }`;
}
