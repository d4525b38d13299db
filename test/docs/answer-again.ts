// Executes an operation over the answer that a page shows: a field that the answer lacks, one that was not asked for, and a value that no
// type allows come out otherwise.
import {
  type DocumentNode,
  type ExecutionResult,
  executeSync,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';

/** @param schema as it is printed: without resolvers, and with enums whose values are their names */
export function answerAgain(schema: GraphQLSchema, document: DocumentNode, answer: unknown): ExecutionResult {
  return executeSync({
    schema,
    document,
    rootValue: answer,
    fieldResolver: (source, _arguments, _context, { path }) => source[path.key],
    typeResolver: (value, _context, { fieldNodes }, type) => {
      const keys = Object.keys(value).sort().join();
      const selections = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
      const keysAs = (possible: GraphQLObjectType) =>
        selections.flatMap((set) => listKeys(schema, set, possible)).sort();
      return schema.getPossibleTypes(type).find((possible) => keysAs(possible).join() === keys)?.name;
    },
  });
}

/** The keys that a selection gives an object of that type. */
function listKeys(
  schema: GraphQLSchema,
  { selections }: SelectionSetNode,
  type: GraphQLObjectType,
): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return (selection.alias ?? selection.name).value;
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [];
    const condition = schema.getType(selection.typeCondition?.name.value ?? type.name);
    const isMet = condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    return isMet ? listKeys(schema, selection.selectionSet, type) : [];
  });
}
